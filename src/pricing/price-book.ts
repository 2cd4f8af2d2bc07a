import { defineArtifact } from '../analyzers/rule.js';
import { HOUR_MS, type Window } from '../model/window.js';
import { coveredPieces, meanPrice, type PriceSteps } from '../spot/step-function.js';
import { billRates, sheetPrices } from '../store/bill.js';
import type { Db } from '../store/open.js';
import { onDemandPrices, volumePrices } from '../store/prices.js';
import { spotReader, spotSeries } from '../store/spot.js';
import { bundledPrices } from './bundled-prices.js';

/** What Kubernetes nodes run on unless something else is named. */
export const DEFAULT_PRODUCT = 'Linux/UNIX';

const SPOT_SOURCE = 'AWS spot price history';
const BILL_SOURCE = 'AWS bill, effective rate';

/** A price with where it came from and of which day it is. */
export interface Price {
  readonly usd: number;
  readonly source: string;
  readonly asOfMs: number;
}

/** A time-weighted mean, and which share of the asked time is known. */
export interface SpotMean extends Price {
  readonly coverage: number;
}

export type Lifecycle = 'on-demand' | 'spot';

/** What is asked for an hour of an instance. */
export interface InstanceAsk {
  region: string;
  zone: string | null | undefined;
  instanceType: string;
  lifecycle: Lifecycle;
  product?: string;
}

/** The one place where prices are looked up. What is not known is undefined, never zero. */
export interface PriceBook {
  /** USD per hour that is paid: by price sheet, else by the bill, else the list price. */
  onDemand(region: string, instanceType: string, product?: string): Price | undefined;
  /** USD per hour that everybody is asked. */
  listPrice(region: string, instanceType: string, product?: string): Price | undefined;
  /** USD per hour, time-weighted over what is known of the window. */
  spotMean(region: string, zone: string, instanceType: string, window: Window, product?: string): SpotMean | undefined;
  /** USD of the hour that begins at `hourMs`, time-weighted within it. */
  spotHour(region: string, zone: string, instanceType: string, hourMs: number, product?: string): SpotMean | undefined;
  /** USD per hour of an instance over the window, by its lifecycle. */
  instanceHour(ask: InstanceAsk, window: Window): Price | undefined;
  /** USD per GiB and month. */
  volumeGibMonth(region: string, volumeType: string): Price | undefined;
}

const keyOf = (...parts: readonly string[]): string => parts.join('|');

/** Spot series by place, read when first asked for; a series of 90 days is a few hundred records. */
function seriesLookup(db: Db): (key: string) => PriceSteps | undefined {
  const ids = new Map(spotSeries(db).map((s) => [keyOf(s.region, s.zone, s.instanceType, s.product), s.id]));
  const read = spotReader(db);
  const done = new Map<string, PriceSteps>();
  return (key) => {
    const id = ids.get(key);
    if (id === undefined) return undefined;
    const steps = done.get(key) ?? read(id);
    done.set(key, steps);
    return steps;
  };
}

/** Effective prices: those of sheets win over those of the bill. */
function effectivePrices(db: Db): Map<string, Price> {
  const prices = new Map<string, Price>();
  for (const { region, instanceType, lifecycle, usdPerHour, asOfMs } of billRates(db))
    prices.set(keyOf(region, instanceType, lifecycle, DEFAULT_PRODUCT), {
      usd: usdPerHour,
      source: BILL_SOURCE,
      asOfMs,
    });
  for (const { file, kind, region, name, lifecycle, product, usd, asOfMs } of sheetPrices(db))
    prices.set(kind === 'volume' ? keyOf(region, name) : keyOf(region, name, lifecycle, product), {
      usd,
      source: `price sheet ${file}`,
      asOfMs,
    });
  return prices;
}

export interface BookOptions {
  /** Whether list prices of the package stand in for regions whose list was never read. */
  bundled?: boolean;
}

export function openPriceBook(db: Db, { bundled = false }: BookOptions = {}): PriceBook {
  const listed = onDemandPrices(db);
  const onDemandBy = new Map(listed.map((p) => [keyOf(p.region, p.instanceType, p.product), p]));
  const volumesBy = new Map(volumePrices(db).map((p) => [keyOf(p.region, p.volumeType), p]));
  const effective = effectivePrices(db);
  const listRead = new Set([...listed, ...volumesBy.values()].map(({ region }) => region));
  const ofPackage = (region: string) => (bundled && !listRead.has(region) ? bundledPrices(region) : undefined);
  const stepsOf = seriesLookup(db);

  const book: PriceBook = {
    listPrice(region, instanceType, product = DEFAULT_PRODUCT) {
      const price = onDemandBy.get(keyOf(region, instanceType, product));
      if (price) return { usd: price.usdPerHour, source: price.source, asOfMs: price.asOfMs };
      return ofPackage(region)?.instance(instanceType, product);
    },
    onDemand(region, instanceType, product = DEFAULT_PRODUCT) {
      return (
        effective.get(keyOf(region, instanceType, 'on-demand', product)) ??
        book.listPrice(region, instanceType, product)
      );
    },
    spotMean(region, zone, instanceType, window, product = DEFAULT_PRODUCT) {
      const steps = stepsOf(keyOf(region, zone, instanceType, product));
      const pieces = steps ? coveredPieces(steps, window) : [];
      const weighted = meanPrice(pieces, window);
      if (!weighted) return undefined;
      const asOfMs = pieces.at(-1)?.untilMs ?? window.untilMs;
      return { usd: weighted.mean, coverage: weighted.coverage, source: SPOT_SOURCE, asOfMs };
    },
    spotHour(region, zone, instanceType, hourMs, product) {
      return book.spotMean(region, zone, instanceType, { sinceMs: hourMs, untilMs: hourMs + HOUR_MS }, product);
    },
    instanceHour({ region, zone, instanceType, lifecycle, product = DEFAULT_PRODUCT }, window) {
      if (lifecycle === 'on-demand') return book.onDemand(region, instanceType, product);
      // The history knows each hour; a rate of the bill is a mean over all of it.
      const history = zone ? book.spotMean(region, zone, instanceType, window, product) : undefined;
      return history ?? effective.get(keyOf(region, instanceType, 'spot', product));
    },
    volumeGibMonth(region, volumeType) {
      const stated = effective.get(keyOf(region, volumeType));
      if (stated) return stated;
      const price = volumesBy.get(keyOf(region, volumeType));
      if (price) return { usd: price.usdPerGibMonth, source: price.source, asOfMs: price.asOfMs };
      return ofPackage(region)?.volume(volumeType);
    },
  };
  return book;
}

/** It needs no source by itself: a price that was not collected is unknown, and its users say so. */
export const priceBook = defineArtifact<PriceBook>({
  id: 'price-book',
  sources: [],
  compute: ({ db, config }) => openPriceBook(db, { bundled: config.aws.bundledPrices }),
});
