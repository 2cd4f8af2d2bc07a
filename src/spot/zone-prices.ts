import type { Window } from '../model/window.js';
import type { Db } from '../store/open.js';
import { type SpotSeries, spotReader, spotSeries } from '../store/spot.js';
import { type HourEffect, hourEffect } from './hour-effect.js';
import { type HourGrid, hourGrid, hourlyMeans, integrate } from './hour-grid.js';
import { coveredPieces, type PriceSteps, type PriceSummary, summarize, TIE_USD } from './step-function.js';

/** A window says enough of a zone from this share on (RULES.md: covered from 95 %). */
export const ENOUGH_COVERAGE = 0.95;

/** Hour-of-day means on one zone's clock; null for an hour that is not covered. */
export interface HourPrices {
  timeZone: string;
  mean: (number | null)[];
  /** All ties. */
  cheapest: number[];
  /** Dearest over cheapest hour, in per cent above it. Null without prices. */
  spreadPercent: number | null;
}

/** What one zone costs. `summary` and `hours` are null where nothing of the window is known. */
export interface ZonePrices {
  zone: string;
  zoneId: string | null;
  coverage: number;
  summary: PriceSummary | null;
  hours: HourPrices | null;
}

/** All zones of one instance type and product. */
export interface TypePrices {
  region: string;
  instanceType: string;
  product: string;
  zones: ZonePrices[];
  /** All ties, by name. */
  cheapestZones: string[];
  /** Dearest over cheapest zone, in per cent above it. Null without prices. */
  zoneSpreadPercent: number | null;
  /** Whether the hour matters in the first of the cheapest zones; null without prices. */
  hourEffect: HourEffect | null;
}

/** AWS quotes 4 to 6 decimals; what lies beyond 8 in a mean is the rounding of sums. */
const usdRounded = (usd: number): number => Math.round(usd * 1e8) / 1e8;

/** Indexes of the prices that are the lowest, and by how much the highest lies above, in per cent. */
export function lowestOf(prices: readonly (number | null)[]): { indexes: number[]; spreadPercent: number | null } {
  const rounded = prices.map((price) => (price === null ? null : usdRounded(price)));
  const known = rounded.filter((price) => price !== null);
  if (known.length === 0) return { indexes: [], spreadPercent: null };
  const low = Math.min(...known);
  const indexes = rounded.flatMap((price, i) => (price !== null && price <= low + TIE_USD ? [i] : []));
  return { indexes, spreadPercent: low > 0 ? (Math.max(...known) / low - 1) * 100 : 0 };
}

function hourPrices(grid: HourGrid, steps: PriceSteps, window: Window): HourPrices {
  const mean = hourlyMeans(grid, integrate(coveredPieces(steps, window), grid));
  const { indexes, spreadPercent } = lowestOf(mean);
  return { timeZone: grid.timeZone, mean, cheapest: indexes, spreadPercent };
}

function zonePrices(series: SpotSeries, steps: PriceSteps, grid: HourGrid, window: Window): ZonePrices {
  const summary = summarize(steps, window) ?? null;
  return {
    zone: series.zone,
    zoneId: series.zoneId,
    coverage: summary?.coverage ?? 0,
    summary,
    hours: summary ? hourPrices(grid, steps, window) : null,
  };
}

function typePrices(
  series: readonly SpotSeries[],
  grid: HourGrid,
  window: Window,
  read: (seriesId: number) => PriceSteps,
): TypePrices | undefined {
  const [first] = series;
  if (!first) return undefined;
  const steps = series.map((one) => read(one.id));
  const zones = series.map((one, i) => zonePrices(one, steps[i] ?? read(one.id), grid, window));
  const { indexes, spreadPercent } = lowestOf(zones.map(({ summary }) => summary?.mean ?? null));
  const best = indexes[0] === undefined ? undefined : steps[indexes[0]];
  return {
    region: first.region,
    instanceType: first.instanceType,
    product: first.product,
    zones,
    cheapestZones: indexes.flatMap((i) => zones[i]?.zone ?? []),
    zoneSpreadPercent: spreadPercent,
    hourEffect: best ? hourEffect(grid, integrate(coveredPieces(best, window), grid)) : null,
  };
}

export interface SpotQuery {
  region: string;
  /** Undefined: all. */
  types?: ReadonlySet<string> | undefined;
  products: readonly string[];
  window: Window;
  timeZone: string;
}

/** Time-weighted prices by type and product, one type at a time: what is in memory does not grow with the history. */
export function* spotPrices(db: Db, query: SpotQuery): Generator<TypePrices> {
  const grid = hourGrid(query.window, query.timeZone);
  const reader = spotReader(db);
  const read = (id: number) => reader(id, query.window);
  const wanted = spotSeries(db, { region: query.region }).filter(
    ({ instanceType, product }) => query.products.includes(product) && (query.types?.has(instanceType) ?? true),
  );
  // They come by type and product.
  let group: SpotSeries[] = [];
  for (const series of [...wanted, undefined]) {
    const [first] = group;
    if (first && (first.instanceType !== series?.instanceType || first.product !== series.product)) {
      const prices = typePrices(group, grid, query.window, read);
      if (prices) yield prices;
      group = [];
    }
    if (series) group.push(series);
  }
}
