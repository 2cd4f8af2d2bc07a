import { HOUR_MS, type Window } from '../../../model/window.js';
import type { SpotRecord } from '../../../store/spot.js';
import { type SpotCursor, SpotPriceItem } from './schema.js';

/** Prices of VPC instances; the only ones since EC2-Classic ended, so both names are one product. */
const VPC_SUFFIX = ' (Amazon VPC)';

/** Read again on each run: a price may be listed a little after its time. */
const OVERLAP_MS = HOUR_MS;

/** Undefined for a line without a zone, time or price. */
export function toSpotRecord(item: unknown, region: string): SpotRecord | undefined {
  const parsed = SpotPriceItem.safeParse(item);
  if (!parsed.success) return undefined;
  const { AvailabilityZone, AvailabilityZoneId, InstanceType, ProductDescription, SpotPrice, Timestamp } = parsed.data;
  const zone = AvailabilityZone ?? AvailabilityZoneId;
  const usdPerHour = Number(SpotPrice);
  if (!zone || SpotPrice === '' || !Number.isFinite(usdPerHour) || usdPerHour < 0) return undefined;
  return {
    region,
    zone,
    zoneId: AvailabilityZoneId ?? null,
    instanceType: InstanceType,
    product: ProductDescription.replace(VPC_SUFFIX, ''),
    atMs: Timestamp.getTime(),
    usdPerHour,
  };
}

/** Both names of a product: which of them an account's history carries depends on its age. */
export function productNames(product: string): string[] {
  const plain = product.replace(VPC_SUFFIX, '');
  return [plain, `${plain}${VPC_SUFFIX}`];
}

/** What must be read so that `wanted` is covered. A stretch between old and new is read too: coverage has no holes. */
export function missingRanges(covered: Window | null, wanted: Window): Window[] {
  if (!covered) return [wanted];
  const ranges: Window[] = [];
  if (wanted.sinceMs < covered.sinceMs) ranges.push({ sinceMs: wanted.sinceMs, untilMs: covered.sinceMs });
  if (wanted.untilMs > covered.untilMs) ranges.push({ sinceMs: covered.untilMs - OVERLAP_MS, untilMs: wanted.untilMs });
  return ranges;
}

function union(covered: Window | null, range: Window): Window {
  if (!covered) return { sinceMs: range.sinceMs, untilMs: range.untilMs };
  return {
    sinceMs: Math.min(covered.sinceMs, range.sinceMs),
    untilMs: Math.max(covered.untilMs, range.untilMs),
  };
}

/** The cursor after a page of `range`; without a token the range is complete. */
export function afterPage(covered: Window | null, range: Window, token: string | undefined): SpotCursor {
  return token ? { covered, pending: { range, token } } : { covered: union(covered, range), pending: null };
}
