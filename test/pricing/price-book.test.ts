import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/model/window.js';
import { openPriceBook } from '../../src/pricing/price-book.js';
import { openStore } from '../../src/store/open.js';
import { putOnDemandPrices } from '../../src/store/prices.js';
import { storeWith } from '../spot/fixture.js';

const START = Date.parse('2021-05-20T10:00:00Z');
const series = {
  region: 'us-east-1',
  zone: 'us-east-1a',
  zoneId: null,
  instanceType: 'r5.xlarge',
  product: 'Linux/UNIX',
};
const { db } = storeWith([
  { ...series, atMs: START, usdPerHour: 1 },
  { ...series, atMs: START + HOUR_MS / 4, usdPerHour: 2 },
]);
putOnDemandPrices(db, [
  { region: 'us-east-1', instanceType: 'r5.xlarge', product: 'Linux/UNIX', usdPerHour: 4, source: 'list', asOfMs: 1 },
]);
const book = openPriceBook(db);

describe('the price book', () => {
  it('weights a spot hour by time', () => {
    expect(book.spotHour('us-east-1', 'us-east-1a', 'r5.xlarge', START)).toMatchObject({ usd: 1.75, coverage: 1 });
  });

  it('says how much of an hour it knows', () => {
    const half = book.spotHour('us-east-1', 'us-east-1a', 'r5.xlarge', START - HOUR_MS / 2);
    expect(half).toMatchObject({ usd: 1.5, coverage: 0.5 });
  });

  it.each([
    ['another zone', book.spotHour('us-east-1', 'us-east-1b', 'r5.xlarge', START)],
    ['an hour before the first record', book.spotHour('us-east-1', 'us-east-1a', 'r5.xlarge', START - HOUR_MS)],
    ['another product', book.spotHour('us-east-1', 'us-east-1a', 'r5.xlarge', START, 'Windows')],
    ['a type without a list price', book.onDemand('us-east-1', 'm5.xlarge')],
    ['another region', book.onDemand('eu-west-1', 'r5.xlarge')],
    ['a volume type', book.volumeGibMonth('us-east-1', 'gp3')],
  ])('does not know the price of %s', (_name, price) => {
    expect(price).toBeUndefined();
  });

  it.each([
    ['on-demand', 4],
    ['spot', 1.75],
  ] as const)('prices an instance by its lifecycle: %s', (lifecycle, usd) => {
    const ask = { region: 'us-east-1', zone: 'us-east-1a', instanceType: 'r5.xlarge', lifecycle };
    expect(book.instanceHour(ask, { sinceMs: START, untilMs: START + HOUR_MS })?.usd).toBe(usd);
  });
});

describe('list prices of the package', () => {
  const empty = openStore(':memory:').db;

  it('stand in for a region whose list was never read, marked with their day', () => {
    const bundled = openPriceBook(empty, { bundled: true });
    expect(bundled.onDemand('us-east-1', 'm5.2xlarge')).toEqual({
      usd: 0.384,
      source: 'AWS list prices bundled with sparkfit, 2026-07-20',
      asOfMs: Date.parse('2026-07-20'),
    });
    expect(bundled.volumeGibMonth('us-east-1', 'gp3')?.usd).toBe(0.08);
  });

  it.each([
    ['of another region', 'eu-west-1', 'm5.2xlarge', 'Linux/UNIX'],
    ['of another product', 'us-east-1', 'm5.2xlarge', 'Windows'],
    ['of no type', 'us-east-1', 'x0.none', 'Linux/UNIX'],
  ])('%s are unknown', (_, region, type, product) => {
    expect(openPriceBook(empty, { bundled: true }).onDemand(region, type, product)).toBeUndefined();
  });

  it('are not used unless asked for, nor beside a list that was read', () => {
    expect(openPriceBook(empty).onDemand('us-east-1', 'm5.2xlarge')).toBeUndefined();
    const { db: read } = openStore(':memory:');
    putOnDemandPrices(read, [
      { region: 'us-east-1', instanceType: 'x9.huge', product: 'Linux/UNIX', usdPerHour: 9, source: 'list', asOfMs: 0 },
    ]);
    expect(openPriceBook(read, { bundled: true }).onDemand('us-east-1', 'm5.2xlarge')).toBeUndefined();
  });
});
