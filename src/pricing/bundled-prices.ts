import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Price } from './price-book.js';

/** The package's `data` folder, from `src` and from `dist` alike. */
const FILE = new URL('../../data/list-prices.json.gz', import.meta.url);

const Prices = z.record(z.string(), z.number());
const File = z.object({
  source: z.string(),
  asOf: z.string(),
  product: z.string(),
  regions: z.record(z.string(), z.object({ instances: Prices, volumes: Prices })),
});

export interface BundledPrices {
  /** USD per hour. */
  instance(type: string, product: string): Price | undefined;
  /** USD per GiB and month. */
  volume(type: string): Price | undefined;
}

let loaded: z.infer<typeof File> | undefined;

/** List prices of the package for a region; undefined where it has none. Their source names their day. */
export function bundledPrices(region: string): BundledPrices | undefined {
  loaded ??= File.parse(JSON.parse(gunzipSync(readFileSync(FILE)).toString()));
  const { source, asOf, product: only, regions } = loaded;
  const prices = regions[region];
  if (!prices) return undefined;
  const price = (usd: number | undefined): Price | undefined =>
    usd === undefined ? undefined : { usd, source: `${source}, ${asOf}`, asOfMs: Date.parse(asOf) };
  return {
    instance: (type, product) => (product === only ? price(prices.instances[type]) : undefined),
    volume: (type) => price(prices.volumes[type]),
  };
}
