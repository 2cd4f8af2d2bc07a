import { MIB } from '../../../model/quantity.js';
import type { ReservedPrice } from '../../../store/commitments.js';
import type { InstanceType, OnDemandPrice, VolumePrice } from '../../../store/prices.js';
import type { ZoneOffering } from '../../../store/spot-market.js';
import { InstanceTypeItem, OfferingItem, PriceListEntry } from './schema.js';

const HOURS_PER_YEAR = 8760;

export const PRICE_SOURCE = 'AWS Price List API';

/** Spot products and the words that the price list has for the same. */
const OPERATING_SYSTEMS: Readonly<Record<string, string>> = {
  'Linux/UNIX': 'Linux',
  'Red Hat Enterprise Linux': 'RHEL',
  'SUSE Linux': 'SUSE',
  Windows: 'Windows',
};

export type Filters = Readonly<Record<string, string>>;

/**
 * What leaves one price per type: plain on-demand use of a shared machine (a whole machine for bare metal).
 * Without capacitystatus, preInstalledSw and licenseModel there are five, one of them $0.
 */
export function instanceFilters(region: string, product: string, kind: 'shared' | 'bare-metal'): Filters | undefined {
  const operatingSystem = OPERATING_SYSTEMS[product];
  if (!operatingSystem) return undefined;
  return {
    regionCode: region,
    operatingSystem,
    preInstalledSw: 'NA',
    licenseModel: 'No License required',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
    ...(kind === 'shared'
      ? { tenancy: 'Shared', productFamily: 'Compute Instance' }
      : { tenancy: 'Dedicated', productFamily: 'Compute Instance (bare metal)' }),
  };
}

export function volumeFilters(region: string): Filters {
  return { regionCode: region, productFamily: 'Storage' };
}

/** An entry of the price list comes as text, or as an object that turns into it. Undefined if it is none. */
export function parseEntry(item: unknown): PriceListEntry | undefined {
  try {
    return PriceListEntry.safeParse(JSON.parse(String(item))).data;
  } catch {
    return undefined;
  }
}

function matches({ product }: PriceListEntry, filters: Filters): boolean {
  return Object.entries(filters).every(
    ([name, value]) => (name === 'productFamily' ? product.productFamily : product.attributes[name]) === value,
  );
}

/** The on-demand price in USD per `unit`; undefined unless there is exactly one above zero. */
function onlyPrice(entry: PriceListEntry, unit: string): number | undefined {
  const dimensions = Object.values(entry.terms.OnDemand ?? {}).flatMap((term) => Object.values(term.priceDimensions));
  const prices = dimensions.filter((d) => d.unit === unit).map((d) => Number(d.pricePerUnit.USD));
  const [price] = prices;
  return prices.length === 1 && price !== undefined && price > 0 ? price : undefined;
}

function asOf(entry: PriceListEntry, fallbackMs: number): number {
  return entry.publicationDate ? Date.parse(entry.publicationDate) : fallbackMs;
}

/** Undefined for what the filters should have kept out: the server's word is not taken for it. */
export function toOnDemandPrice(
  entry: PriceListEntry,
  product: string,
  filters: Filters,
  nowMs: number,
): OnDemandPrice | undefined {
  const { instanceType, regionCode, usagetype } = entry.product.attributes;
  const usdPerHour = onlyPrice(entry, 'Hrs');
  // EC2: BoxUsage is the plain hour (DedicatedUsage for bare metal); outside us-east-1 it has the region before it.
  const plain = /(^|-)(BoxUsage|DedicatedUsage|HostBoxUsage)(:|$)/.test(usagetype ?? '');
  if (!instanceType || !regionCode || usdPerHour === undefined || !plain || !matches(entry, filters)) return undefined;
  return { region: regionCode, instanceType, product, usdPerHour, source: PRICE_SOURCE, asOfMs: asOf(entry, nowMs) };
}

/** Of a term: its price per unit, 0 where the term has no such part; undefined unless it is one number. */
function termPrice(dimensions: readonly { unit: string; pricePerUnit: Record<string, string> }[], unit: string) {
  const prices = dimensions.filter((one) => one.unit === unit).map(({ pricePerUnit }) => Number(pricePerUnit.USD));
  const [price = 0] = prices;
  return prices.length <= 1 && price >= 0 ? price : undefined;
}

/** Reserved Instances of an entry whose on-demand price is plain; what is paid up front is spread over the term. */
export function toReservedPrices(entry: PriceListEntry, plain: OnDemandPrice): ReservedPrice[] {
  return Object.values(entry.terms.Reserved ?? {}).flatMap(({ termAttributes, priceDimensions }) => {
    const years = Number(/^([13])\s?yr$/.exec(termAttributes.LeaseContractLength ?? '')?.[1]);
    const [hourly, upfront] = ['Hrs', 'Quantity'].map((unit) => termPrice(Object.values(priceDimensions), unit));
    if (!years || hourly === undefined || upfront === undefined || hourly + upfront === 0) return [];
    const { region, instanceType, product, source, asOfMs } = plain;
    const { OfferingClass: offeringClass = 'standard', PurchaseOption: payment = '' } = termAttributes;
    const usdPerHour = hourly + upfront / (years * HOURS_PER_YEAR);
    return [
      { region, instanceType, product, years, offeringClass, payment, usdPerHour, upfrontUsd: upfront, source, asOfMs },
    ];
  });
}

/** What AWS calls a GB of EBS is a GiB. Extra IOPS, throughput and snapshots are other entries. */
export function toVolumePrice(entry: PriceListEntry, filters: Filters, nowMs: number): VolumePrice | undefined {
  const { volumeApiName, regionCode, usagetype } = entry.product.attributes;
  const usdPerGibMonth = onlyPrice(entry, 'GB-Mo');
  const plain = /(^|-)EBS:VolumeUsage(\.|$)/.test(usagetype ?? '');
  if (!volumeApiName || !regionCode || usdPerGibMonth === undefined || !plain || !matches(entry, filters))
    return undefined;
  const asOfMs = asOf(entry, nowMs);
  return { region: regionCode, volumeType: volumeApiName, usdPerGibMonth, source: PRICE_SOURCE, asOfMs };
}

/** Old types support i386 too; what runs on them is x86_64. */
function architectureOf(supported: readonly string[]): string | null {
  return supported.find((name) => name === 'x86_64' || name === 'arm64') ?? supported[0] ?? null;
}

export function toInstanceType(item: unknown): InstanceType | undefined {
  const parsed = InstanceTypeItem.safeParse(item).data;
  if (!parsed) return undefined;
  const gpus = parsed.GpuInfo?.Gpus ?? [];
  return {
    name: parsed.InstanceType,
    vcpu: parsed.VCpuInfo.DefaultVCpus,
    memoryBytes: parsed.MemoryInfo.SizeInMiB * MIB,
    architecture: architectureOf(parsed.ProcessorInfo?.SupportedArchitectures ?? []),
    gpuCount: gpus.reduce((sum, gpu) => sum + (gpu.Count ?? 0), 0),
    gpuName: gpus[0]?.Name ?? null,
  };
}

export function toOffering(item: unknown, region: string): ZoneOffering | undefined {
  const parsed = OfferingItem.safeParse(item).data;
  return parsed && { region, zone: parsed.Location, instanceType: parsed.InstanceType };
}
