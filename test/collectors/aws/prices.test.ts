import { describe, expect, it } from 'vitest';
import { awsPrices } from '../../../src/collectors/aws/prices/index.js';
import { pricingRegion } from '../../../src/collectors/aws/sdk.js';
import { openPriceBook } from '../../../src/pricing/price-book.js';
import { reservedPrices } from '../../../src/store/commitments.js';
import { instanceTypes, onDemandPrices } from '../../../src/store/prices.js';
import { zoneOfferings } from '../../../src/store/spot-market.js';
import { useAws, WINDOW } from './harness.js';

const aws = useAws();
const OFFERINGS = 'DescribeInstanceTypeOfferings';

const PLAIN = {
  regionCode: 'us-east-1',
  instanceType: 'r5.4xlarge',
  operatingSystem: 'Linux',
  preInstalledSw: 'NA',
  licenseModel: 'No License required',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
  tenancy: 'Shared',
  usagetype: 'BoxUsage:r5.4xlarge',
};

/** A Reserved term: its parts by unit. */
const reserved = (years: number, PurchaseOption: string, parts: Record<string, string>) => ({
  termAttributes: { LeaseContractLength: `${years}yr`, OfferingClass: 'standard', PurchaseOption },
  priceDimensions: Object.fromEntries(
    Object.entries(parts).map(([unit, USD]) => [unit, { unit, pricePerUnit: { USD } }]),
  ),
});

function entry(
  attributes: Record<string, string>,
  usd: string,
  unit = 'Hrs',
  productFamily = 'Compute Instance',
  Reserved = {},
): string {
  return JSON.stringify({
    product: { productFamily, attributes },
    terms: { OnDemand: { t: { priceDimensions: { d: { unit, pricePerUnit: { USD: usd } } } } }, Reserved },
    publicationDate: '2022-06-23T00:00:00Z',
  });
}

/** What a careless filter gets for one type: five prices, one of them $0. */
const FIVE = [
  entry(PLAIN, '1.0080000000'),
  entry({ ...PLAIN, capacitystatus: 'UnusedCapacityReservation', usagetype: 'UnusedBox:r5.4xlarge' }, '1.0080000000'),
  entry(
    { ...PLAIN, capacitystatus: 'AllocatedCapacityReservation', usagetype: 'Reservation:r5.4xlarge' },
    '0.0000000000',
  ),
  entry({ ...PLAIN, preInstalledSw: 'SQL Web' }, '1.2080000000'),
  entry({ ...PLAIN, tenancy: 'Dedicated', usagetype: 'DedicatedUsage:r5.4xlarge' }, '1.0684800000'),
];

describe('the price list', () => {
  it('gives one price per type, even where the server does not filter', async () => {
    aws.server.pages.set('GetProducts', [JSON.stringify(FIVE)]);
    const result = await awsPrices.collect(aws.input());
    expect(result.gaps).toEqual([]);
    expect(onDemandPrices(aws.store.db)).toEqual([
      {
        region: 'us-east-1',
        instanceType: 'r5.4xlarge',
        product: 'Linux/UNIX',
        usdPerHour: 1.008,
        source: 'AWS Price List API',
        asOfMs: Date.parse('2022-06-23T00:00:00Z'),
      },
    ]);
  });

  it('is asked for plain on-demand use in the region', async () => {
    await awsPrices.collect(aws.input());
    expect(aws.server.requests[0]?.fields).toMatchObject({
      regionCode: 'us-east-1',
      operatingSystem: 'Linux',
      capacitystatus: 'Used',
      preInstalledSw: 'NA',
      tenancy: 'Shared',
    });
  });

  it('has bare metal under whole machines', async () => {
    const metal = { ...PLAIN, instanceType: 'r5.metal', tenancy: 'Dedicated', usagetype: 'DedicatedUsage:r5.metal' };
    aws.server.pages.set('GetProducts', [
      JSON.stringify([entry(metal, '6.048', 'Hrs', 'Compute Instance (bare metal)')]),
    ]);
    await awsPrices.collect(aws.input());
    expect(openPriceBook(aws.store.db).onDemand('us-east-1', 'r5.metal')?.usd).toBe(6.048);
  });

  it('has volume prices per GiB and month, without what IOPS cost', async () => {
    const gp3 = { regionCode: 'us-east-1', volumeApiName: 'gp3', usagetype: 'EBS:VolumeUsage.gp3' };
    aws.server.pages.set('GetProducts', [
      JSON.stringify([
        entry(gp3, '0.08', 'GB-Mo', 'Storage'),
        entry({ ...gp3, usagetype: 'EBS:VolumeP-IOPS.gp3' }, '0.005', 'IOPS-Mo', 'Storage'),
      ]),
    ]);
    await awsPrices.collect(aws.input());
    const book = openPriceBook(aws.store.db);
    expect(book.volumeGibMonth('us-east-1', 'gp3')).toMatchObject({ usd: 0.08, source: 'AWS Price List API' });
    expect(book.volumeGibMonth('us-east-1', 'io2')).toBeUndefined();
  });

  it('has Reserved Instances of what is plain, what is paid up front spread over the term', async () => {
    const terms = {
      a: reserved(1, 'No Upfront', { Hrs: '0.6350000000' }),
      b: reserved(3, 'All Upfront', { Hrs: '0.0000000000', Quantity: '10512' }),
      c: reserved(1, 'Partial Upfront', { Hrs: '0.3', Quantity: '2628' }),
      d: reserved(2, 'No Upfront', { Hrs: '0.1' }),
    };
    const decoy = { ...PLAIN, tenancy: 'Dedicated', usagetype: 'DedicatedUsage:r5.4xlarge' };
    const list = [PLAIN, decoy].map((each) => entry(each, '1.008', 'Hrs', 'Compute Instance', terms));
    aws.server.pages.set('GetProducts', [JSON.stringify(list)]);
    await awsPrices.collect(aws.input());
    await awsPrices.collect(aws.input());
    const stored = reservedPrices(aws.store.db);
    expect(
      stored.map(({ years, payment, usdPerHour, upfrontUsd }) => [years, payment, usdPerHour, upfrontUsd]),
    ).toEqual([
      [3, 'All Upfront', expect.closeTo(0.4, 9), 10_512],
      [1, 'Partial Upfront', expect.closeTo(0.6, 9), 2_628],
      [1, 'No Upfront', 0.635, 0],
    ]);
    expect(stored[0]).toMatchObject({ source: 'AWS Price List API', asOfMs: Date.parse('2022-06-23T00:00:00Z') });
  });

  it('brings the instance types: x86_64 wins over i386, sizes that cannot be are left out', async () => {
    aws.server.pages.set('DescribeInstanceTypes', [
      `<item><instanceType>g4dn.xlarge</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo>
       <processorInfo><supportedArchitectures><item>i386</item><item>x86_64</item></supportedArchitectures></processorInfo>
       <gpuInfo><gpus><item><name>T4</name><count>1</count></item></gpus></gpuInfo></item>`,
      ...['99999999999999999999', '-1', '0.5', 'NaN'].map(
        (size) =>
          `<item><instanceType>zz9.odd</instanceType><vCpuInfo><defaultVCpus>4</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>${size}</sizeInMiB></memoryInfo></item>`,
      ),
    ]);
    await awsPrices.collect(aws.input());
    expect(instanceTypes(aws.store.db)).toEqual([
      { name: 'g4dn.xlarge', vcpu: 4, memoryBytes: 16 * 2 ** 30, architecture: 'x86_64', gpuCount: 1, gpuName: 'T4' },
    ]);
  });

  it('that may not be read leaves the instance types to be read', async () => {
    aws.server.fail('GetProducts', { kind: 'error', code: 'AccessDeniedException', status: 400 }, 0, 99);
    const result = await awsPrices.collect(aws.input());
    expect(result.gaps).toHaveLength(3);
    expect(result.gaps[0]?.why).toMatch(/pricing:GetProducts/);
    expect(aws.server.requests.slice(-2).map(({ action }) => action)).toEqual([
      'DescribeInstanceTypes',
      'DescribeInstanceTypeOfferings',
    ]);
  });

  it.each([
    ['us-west-2', 'us-east-1'],
    ['eu-west-1', 'eu-central-1'],
    ['ap-southeast-2', 'ap-south-1'],
    ['cn-north-1', 'cn-northwest-1'],
  ])('of %s is asked in %s', (region, where) => {
    expect(pricingRegion(region)).toBe(where);
  });
});

describe('types offered by zone', () => {
  const offered = (...pairs: string[]) =>
    pairs
      .map((pair) => pair.split(' '))
      .map(
        ([zone, type]) =>
          `<item><instanceType>${type}</instanceType><locationType>availability-zone</locationType><location>${zone}</location></item>`,
      )
      .join('');
  const stored = () => zoneOfferings(aws.store.db).map(({ zone, instanceType }) => `${zone} ${instanceType}`);
  const later = { window: { ...WINDOW, untilMs: WINDOW.untilMs + 1 } };

  it('are asked by zone, stored over pages, and gone when they are in no whole list any more', async () => {
    aws.server.pages.set(OFFERINGS, [
      offered('us-east-1a r5.xlarge', 'us-east-1b r5.xlarge'),
      offered('us-east-1a x1.x'),
    ]);
    await awsPrices.collect(aws.input());
    expect(aws.server.requests.at(-1)?.fields.LocationType).toBe('availability-zone');
    expect(stored()).toEqual(['us-east-1a r5.xlarge', 'us-east-1a x1.x', 'us-east-1b r5.xlarge']);
    aws.server.pages.set(OFFERINGS, [offered('us-east-1a r5.xlarge')]);
    await awsPrices.collect(aws.input({}, later));
    expect(stored()).toEqual(['us-east-1a r5.xlarge']);
  });

  it('that break off are a gap, and what was known stays', async () => {
    aws.server.pages.set(OFFERINGS, [offered('us-east-1a r5.xlarge'), offered('us-east-1b r5.xlarge')]);
    await awsPrices.collect(aws.input());
    aws.server.fail(OFFERINGS, { kind: 'error', code: 'UnauthorizedOperation', status: 403 }, 1, 9);
    const { gaps } = await awsPrices.collect(aws.input({}, later));
    expect(gaps.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^types offered by zone: .*UnauthorizedOperation\) \(1 page of it stored\)/),
    ]);
    expect(stored()).toHaveLength(2);
  });
});
