import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { PriceSteps } from '../../src/spot/step-function.js';
import { openStore, type Store } from '../../src/store/open.js';
import { type SpotRecord, spotWriter } from '../../src/store/spot.js';

const FOLDER = new URL('../fixtures/aws/', import.meta.url);

/** What oracle.json covers. */
export const WINDOW = { sinceMs: Date.parse('2021-03-03T00:00:00Z'), untilMs: Date.parse('2021-05-31T00:00:00Z') };

/** Rows of a file in the form of spot.csv.gz. */
export function parseRecords(gzipped: Buffer): SpotRecord[] {
  const [, ...lines] = gunzipSync(gzipped).toString().trim().split('\n');
  return lines.map((line) => {
    const [at, zone = '', instanceType = '', product = '', price] = line.split(',');
    return {
      region: 'us-east-1',
      zone,
      zoneId: null,
      instanceType,
      product,
      atMs: Number(at) * 1000,
      usdPerHour: Number(price),
    };
  });
}

export function readRecords(name: string): SpotRecord[] {
  return parseRecords(readFileSync(new URL(name, FOLDER)));
}

/** A store in memory with these records. */
export function storeWith(records: readonly SpotRecord[]): Store {
  const store = openStore(':memory:');
  store.db.transaction(() => spotWriter(store.db)(records))();
  return store;
}

/** A step function from pairs of time and price. */
export function steps(pairs: readonly (readonly [number, number])[]): PriceSteps {
  return {
    atMs: Float64Array.from(pairs, ([at]) => at),
    usdPerHour: Float64Array.from(pairs, ([, price]) => price),
  };
}

const Hours = z.object({ mean: z.array(z.number().nullable()), cheapest: z.array(z.number()), spread_pct: z.number() });
const Zone = z.object({
  mean: z.number(),
  median: z.number(),
  p95: z.number(),
  min: z.number(),
  max: z.number(),
  cv: z.number(),
  coverage: z.number(),
  changes: z.number(),
  changes_per_day: z.number(),
  hours: z.record(z.string(), Hours).optional(),
});
export const Oracle = z.object({
  types: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        azs: z.record(z.string(), Zone),
        cheapest_az: z.array(z.string()),
        az_spread_pct: z.number(),
        on_demand: z.number().nullable(),
        saving_vs_on_demand_pct: z.number().nullable(),
      }),
    ),
  ),
});
export type OracleZone = z.infer<typeof Zone>;

export function readOracle(): z.infer<typeof Oracle> {
  return Oracle.parse(JSON.parse(readFileSync(new URL('oracle.json', FOLDER), 'utf8')));
}

/** Half a unit of the last stored decimal: what rounding may have taken. */
export function tolerance(decimals: number): number {
  return 0.5001 * 10 ** -decimals;
}
