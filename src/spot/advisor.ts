import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { HOURS_PER_MONTH } from '../model/window.js';

/** The package's `data` folder, from `src` and from `dist` alike. */
const FILE = new URL('../../data/spot-advisor.json.gz', import.meta.url);

const Bucket = z.object({ label: z.string(), fromPercent: z.number(), toPercent: z.number().nullable() });
const Advisor = z.object({
  source: z.string(),
  asOf: z.string(),
  product: z.string(),
  buckets: z.array(Bucket),
  /** Types of each bucket, separated by spaces. */
  regions: z.record(z.string(), z.array(z.string())),
});

/** How often a type was taken back in a month, as AWS' Spot Instance Advisor told it. */
export interface Interruptions {
  /** 0 (rarely) to 4 (most). */
  bucket: number;
  /** `<5%`. */
  label: string;
  /** Least share of instances interrupted in a month, per cent. */
  fromPercent: number;
  /** Interruptions per node-hour at the bucket's upper edge (DOMAIN 5). */
  perNodeHour: number;
  /** Day of the snapshot, `2025-07-28`. */
  asOf: string;
}

export type SpotAdvisor = (region: string, instanceType: string) => Interruptions | undefined;

/** The worst bucket has no upper edge: as wide again as it is known to be bad. */
const OPEN_BUCKET_PERCENT = 40;

/** λ = −ln(1 − m) / 730 of a monthly share m. */
export function hourlyRate(monthlyShare: number): number {
  return -Math.log(1 - monthlyShare) / HOURS_PER_MONTH;
}

/** Reads the bundled snapshot. */
export function openSpotAdvisor(): SpotAdvisor {
  const { regions, buckets, asOf } = Advisor.parse(JSON.parse(gunzipSync(readFileSync(FILE)).toString()));
  const done = new Map<string, ReadonlyMap<string, Interruptions>>();
  const read = (region: string) => {
    const types = new Map<string, Interruptions>();
    for (const [bucket, list] of (regions[region] ?? []).entries()) {
      const { label, fromPercent, toPercent } = buckets[bucket] ?? { label: '', fromPercent: 0, toPercent: null };
      const perNodeHour = hourlyRate((toPercent ?? OPEN_BUCKET_PERCENT) / 100);
      for (const type of list.split(' ')) types.set(type, { bucket, label, fromPercent, perNodeHour, asOf });
    }
    return types;
  };
  return (region, instanceType) => {
    const types = done.get(region) ?? read(region);
    done.set(region, types);
    return types.get(instanceType);
  };
}
