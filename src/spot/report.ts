import { closest } from 'fastest-levenshtein';
import type { FamilyPlan } from '../analyzers/derived/family-plans.js';
import type { IsOffered } from '../analyzers/derived/offerings.js';
import type { SpotSeen } from '../analyzers/derived/spot-seen.js';
import type { Config } from '../config/schema.js';
import { UsageError } from '../model/errors.js';
import type { FamilyPlanRow } from '../model/spot-plan.js';
import { DAY_MS, formatTime, isoTime, type Window } from '../model/window.js';
import { openPriceBook } from '../pricing/price-book.js';
import { instanceTypesInUse } from '../store/instances.js';
import type { Db } from '../store/open.js';
import { type SpotSeries, spotExtent, spotRegions, spotSeries } from '../store/spot.js';
import { familyPlanRow } from './family-plan-row.js';
import { planOf, type SpotPlan, savingPercent } from './plan.js';
import { availability, type SeenSpot, seenMonthlyPercent } from './seen.js';
import { MAX_HOLD_MS } from './step-function.js';
import { type HourPrices, spotPrices, type TypePrices, type ZonePrices } from './zone-prices.js';

/** AWS keeps so much. */
export const SPOT_WINDOW_DAYS = 90;

interface ZoneRow {
  zone: string;
  zoneId: string | null;
  mean: number | null;
  median: number | null;
  p95: number | null;
  min: number | null;
  max: number | null;
  coverage: number;
  changesPerDay: number | null;
  hours: HourPrices | null;
  /** Whether AWS has the type there; false: it has prices from before. */
  offered: boolean;
  /** What ran, waited and was taken back here; null: nothing was seen. */
  seen: SeenRow | null;
}

/** Hours are instance-hours; `byHour` has the 24 hours of the day. */
interface SeenRow extends SeenSpot {
  /** Of the time in which a machine was wanted. */
  availablePercent: number | null;
  /** 95 % interval. */
  takenBackPercentPerMonth: [number, number] | null;
}

/** The hours of the cheapest zone (the first of a tie). */
interface HoursRow extends HourPrices {
  zone: string;
  matters: boolean;
  p: number | null;
  /** Best start hour against a typical one. */
  savingPercent: number | null;
}

export interface SpotTypeRow {
  type: string;
  product: string;
  zones: ZoneRow[];
  cheapestZones: string[];
  zoneSpreadPercent: number | null;
  hours: HoursRow | null;
  onDemand: number | null;
  onDemandSource: string | null;
  onDemandAsOf: string | null;
  savingPercent: number | null;
}

/** What `sparkfit spot --json` prints. Prices are USD per hour, not rounded. */
export interface SpotReport {
  schema: 'sparkfit.spot/1';
  window: { since: string; until: string };
  region: string;
  timeZone: string;
  /** What the reader must know of the data: where it ends, what is not there. */
  notes: string[];
  types: SpotTypeRow[];
  /** Of each type, and of each Spark family that was seen. */
  plans: (SpotPlan | FamilyPlanRow)[];
}

export interface SpotOptions {
  types?: readonly string[] | undefined;
  products?: readonly string[] | undefined;
  region?: string | undefined;
  timeZone: string;
  window: Window;
  /** What was seen on spot, and what is offered where; without them nothing is known of either. */
  seen?: SpotSeen;
  isOffered?: IsOffered;
  /** Plans of the families in the store; those that run on a type asked for, if types are. */
  families?: readonly FamilyPlan[];
}

function seenRow(seen: SeenSpot | undefined): SeenRow | null {
  if (!seen) return null;
  const share = availability(seen);
  return {
    ...seen,
    availablePercent: share === null ? null : share * 100,
    takenBackPercentPerMonth: seenMonthlyPercent(seen),
  };
}

function zoneRow(
  { zone, zoneId, coverage, summary, hours }: ZonePrices,
  offered: boolean,
  seen: SeenSpot | undefined,
): ZoneRow {
  return {
    zone,
    zoneId,
    mean: summary?.mean ?? null,
    median: summary?.median ?? null,
    p95: summary?.p95 ?? null,
    min: summary?.min ?? null,
    max: summary?.max ?? null,
    coverage,
    changesPerDay: summary?.changesPerDay ?? null,
    hours,
    offered,
    seen: seenRow(seen),
  };
}

/**
 * The hours of the first of the cheapest zones. Where the hour matters, the hours that the test cannot tell from the
 * best one are its ties; elsewhere only equal prices are.
 */
function hoursRow(prices: TypePrices): HoursRow | null {
  const best = prices.zones.find(({ zone }) => zone === prices.cheapestZones[0]);
  const effect = prices.hourEffect;
  if (!best?.hours || !effect) return null;
  const cheapest = effect.matters ? effect.hours : best.hours.cheapest;
  const { matters, p, savingPercent: saving } = effect;
  return { ...best.hours, zone: best.zone, cheapest, matters, p, savingPercent: saving };
}

/** The region asked for, configured, or the only one in the store. */
function regionOf(db: Db, asked: string | undefined, config: Config): string {
  const regions = spotRegions(db);
  const wanted = asked ?? (regions.includes(config.aws.region) ? config.aws.region : undefined);
  const [only] = regions;
  if (only === undefined)
    throw new UsageError('the store holds no spot prices', {
      hint: "Run 'sparkfit collect --source aws-spot' first, or name the file with --store.",
    });
  if (wanted !== undefined && !regions.includes(wanted))
    throw new UsageError(`the store holds no spot prices of region '${wanted}'`, {
      hint: `It has ${regions.join(', ')}.`,
    });
  if (wanted === undefined && regions.length > 1)
    throw new UsageError('the store holds spot prices of several regions', {
      hint: `Name one with --region: ${regions.join(', ')}.`,
    });
  return wanted ?? only;
}

/** A zone's product by its name in any case; @throws UsageError that names the nearest. */
function knownNames(what: string, asked: readonly string[], known: readonly string[]): string[] {
  return asked.map((name) => {
    const found = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const near = known.length > 0 ? ` Did you mean '${closest(name, known)}'?` : '';
    throw new UsageError(`the store holds no spot prices of ${what} '${name}'`, {
      hint: `Collect them first (aws.instanceTypes, aws.products in sparkfit.yaml).${near}`,
    });
  });
}

/** The types asked for; else those in use in the cluster and account; else all. */
function wantedTypes(db: Db, region: string, asked: readonly string[] | undefined, series: readonly SpotSeries[]) {
  const known = [...new Set(series.map(({ instanceType }) => instanceType))];
  if (asked && asked.length > 0) return new Set(knownNames('type', asked, known));
  const inUse = instanceTypesInUse(db, region).filter((type) => known.includes(type));
  return inUse.length > 0 ? new Set(inUse) : undefined;
}

/**
 * Without an end of the user's the window ends now, or with the newest record if that is older than a price is
 * believed to hold: prices of last year say nothing of an empty window of today.
 */
export function spotWindow(db: Db, nowMs: number): Window {
  const newestMs = spotExtent(db)?.untilMs ?? nowMs;
  const untilMs = nowMs - newestMs > MAX_HOLD_MS ? newestMs : nowMs;
  return { sinceMs: untilMs - SPOT_WINDOW_DAYS * DAY_MS, untilMs };
}

function notesOf(db: Db, region: string, window: Window, nowMs: number): string[] {
  const extent = spotExtent(db, region);
  if (!extent) return [];
  const notes: string[] = [];
  if (extent.untilMs < window.sinceMs || extent.sinceMs >= window.untilMs)
    notes.push(
      `no prices in this window: the store has them from ${formatTime(extent.sinceMs)} to ${formatTime(extent.untilMs)}`,
    );
  else if (nowMs - extent.untilMs > MAX_HOLD_MS && window.untilMs >= extent.untilMs)
    notes.push(`the newest price in the store is of ${formatTime(extent.untilMs)}; 'sparkfit collect' reads on`);
  return notes;
}

function familyRows({ families = [], types = [] }: SpotOptions): FamilyPlanRow[] {
  return families
    .filter(({ today }) => types.length === 0 || (today !== null && types.includes(today.type)))
    .map(familyPlanRow);
}

/** @throws UsageError if the store has nothing of what was asked for. */
export function buildSpotReport(db: Db, options: SpotOptions, config: Config, nowMs: number): SpotReport {
  const { window, timeZone } = options;
  const region = regionOf(db, options.region, config);
  const series = spotSeries(db, { region });
  const allProducts = [...new Set(series.map(({ product }) => product))];
  const products = options.products?.length
    ? knownNames('product', options.products, allProducts)
    : config.aws.products;
  const types = wantedTypes(db, region, options.types, series);
  const book = openPriceBook(db, { bundled: config.aws.bundledPrices });
  const report: SpotReport = {
    schema: 'sparkfit.spot/1',
    window: { since: isoTime(window.sinceMs), until: isoTime(window.untilMs) },
    region,
    timeZone,
    notes: notesOf(db, region, window, nowMs),
    types: [],
    plans: [],
  };
  for (const prices of spotPrices(db, { region, types, products, window, timeZone })) {
    const onDemand = book.onDemand(region, prices.instanceType, prices.product);
    const { instanceType } = prices;
    const isOffered = (zone: string) => options.isOffered?.(region, zone, instanceType) ?? true;
    const zones = prices.zones.map((one) =>
      zoneRow(one, isOffered(one.zone), options.seen?.in(region, instanceType, one.zone)),
    );
    const cheapest = zones.find(({ zone }) => zone === prices.cheapestZones[0]);
    report.types.push({
      type: prices.instanceType,
      product: prices.product,
      zones,
      cheapestZones: prices.cheapestZones,
      zoneSpreadPercent: prices.zoneSpreadPercent,
      hours: hoursRow(prices),
      onDemand: onDemand?.usd ?? null,
      onDemandSource: onDemand?.source ?? null,
      onDemandAsOf: onDemand ? isoTime(onDemand.asOfMs) : null,
      savingPercent: savingPercent(cheapest?.mean ?? null, onDemand?.usd ?? null),
    });
    report.plans.push(planOf(prices, onDemand?.usd ?? null, isOffered));
  }
  report.plans.push(...familyRows(options));
  return report;
}
