import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { PriceSteps } from '../spot/step-function.js';
import type { Db } from './open.js';

const ADD_SERIES = `INSERT INTO spot_series (region, zone, zone_id, instance_type, product) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET zone_id = coalesce(excluded.zone_id, zone_id) RETURNING id`;
// Of two prices at one instant the higher one is kept; a record that is there already changes nothing.
const ADD_PRICE = `INSERT INTO spot_price (series_id, at_ms, usd_per_hour) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET usd_per_hour = excluded.usd_per_hour WHERE excluded.usd_per_hour > usd_per_hour`;
const SERIES = `SELECT id, region, zone, zone_id AS zoneId, instance_type AS instanceType, product FROM spot_series
  WHERE (@region IS NULL OR region = @region) AND (@instanceType IS NULL OR instance_type = @instanceType)
    AND (@product IS NULL OR product = @product)
  ORDER BY instance_type, product, region, zone`;
const STEPS = `SELECT at_ms, usd_per_hour FROM spot_price WHERE series_id = ? ORDER BY at_ms`;
// From the record that is in force when the window begins.
const STEPS_IN = `SELECT at_ms, usd_per_hour FROM spot_price WHERE series_id = @id AND at_ms < @untilMs
    AND at_ms >= coalesce((SELECT max(at_ms) FROM spot_price WHERE series_id = @id AND at_ms <= @sinceMs), @sinceMs)
  ORDER BY at_ms`;
const NEWEST = `SELECT max((SELECT max(at_ms) FROM spot_price WHERE series_id = s.id)) FROM spot_series s
  WHERE (@region IS NULL OR s.region = @region)`;
const OLDEST = `SELECT min((SELECT min(at_ms) FROM spot_price WHERE series_id = s.id)) FROM spot_series s
  WHERE (@region IS NULL OR s.region = @region)`;
const REGIONS = `SELECT DISTINCT region FROM spot_series ORDER BY region`;

/** One line of the spot price history, product without its " (Amazon VPC)". */
export interface SpotRecord {
  region: string;
  zone: string;
  zoneId: string | null;
  instanceType: string;
  product: string;
  atMs: number;
  usdPerHour: number;
}

const SeriesRow = z.object({
  id: z.number(),
  region: z.string(),
  zone: z.string(),
  zoneId: z.string().nullable(),
  instanceType: z.string(),
  product: z.string(),
});
export type SpotSeries = z.infer<typeof SeriesRow>;

export interface SeriesFilter {
  region?: string | undefined;
  instanceType?: string | undefined;
  product?: string | undefined;
}

/** Writes records as they come, re-statements too; gives how many were new or dearer. Call it inside a transaction. */
export function spotWriter(db: Db): (records: readonly SpotRecord[]) => number {
  const addSeries = db.prepare(ADD_SERIES).pluck();
  const addPrice = db.prepare(ADD_PRICE);
  const ids = new Map<string, number>();
  const idOf = (record: SpotRecord): number => {
    const { region, zone, zoneId, instanceType, product } = record;
    const key = `${region}|${zone}|${instanceType}|${product}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = Number(addSeries.get(region, zone, zoneId, instanceType, product));
    ids.set(key, id);
    return id;
  };
  return (records) => {
    let changed = 0;
    for (const record of records) changed += addPrice.run(idOf(record), record.atMs, record.usdPerHour).changes;
    return changed;
  };
}

/** Series by type, product, region, zone. */
export function spotSeries(db: Db, filter: SeriesFilter = {}): SpotSeries[] {
  const { region = null, instanceType = null, product = null } = filter;
  return z.array(SeriesRow).parse(db.prepare(SERIES).all({ region, instanceType, product }));
}

function toSteps(rows: readonly unknown[]): PriceSteps {
  const atMs = new Float64Array(rows.length);
  const usdPerHour = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!Array.isArray(row)) continue;
    atMs[i] = Number(row[0]);
    usdPerHour[i] = Number(row[1]);
  }
  return { atMs, usdPerHour };
}

/** Reads series one after the other with one prepared statement; the whole series, or what a window needs of it. */
export function spotReader(db: Db): (seriesId: number, window?: Window) => PriceSteps {
  const all = db.prepare(STEPS).raw();
  const within = db.prepare(STEPS_IN).raw();
  return (id, window) => toSteps(window ? within.all({ id, ...window }) : all.all(id));
}

/** The first and the last record's time; undefined if there is none. */
export function spotExtent(db: Db, region?: string): Window | undefined {
  const parameters = { region: region ?? null };
  const newest = db.prepare(NEWEST).pluck().get(parameters);
  const oldest = db.prepare(OLDEST).pluck().get(parameters);
  return typeof newest === 'number' && typeof oldest === 'number' ? { sinceMs: oldest, untilMs: newest } : undefined;
}

export function spotRegions(db: Db): string[] {
  return z.array(z.string()).parse(db.prepare(REGIONS).pluck().all());
}
