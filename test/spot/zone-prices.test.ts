import { describe, expect, it } from 'vitest';
import { spotPrices } from '../../src/spot/zone-prices.js';
import { readOracle, readRecords, storeWith, tolerance, WINDOW } from './fixture.js';

const oracle = readOracle();
const store = storeWith(readRecords('spot.csv.gz'));

function prices(timeZone: string) {
  return [...spotPrices(store.db, { region: 'us-east-1', products: ['Linux/UNIX'], window: WINDOW, timeZone })];
}

describe.each(['UTC', 'America/New_York', 'Asia/Kolkata'])('real prices with hours in %s', (timeZone) => {
  it.each(prices(timeZone).map((each) => [each.instanceType, each] as const))('of %s are the oracle’s', (type, own) => {
    const truth = oracle.types[type]?.['Linux/UNIX'];
    expect(own.cheapestZones).toEqual(truth?.cheapest_az);
    expect(Math.abs((own.zoneSpreadPercent ?? Number.NaN) - (truth?.az_spread_pct ?? 0))).toBeLessThanOrEqual(
      tolerance(4),
    );
    for (const { zone, summary, hours } of own.zones) {
      const there = truth?.azs[zone];
      const hour = there?.hours?.[timeZone];
      expect(summary?.mean).toBeCloseTo(there?.mean ?? Number.NaN, 8);
      expect(summary).toMatchObject({ median: there?.median, p95: there?.p95, changes: there?.changes });
      expect(summary?.changesPerDay).toBeCloseTo(there?.changes_per_day ?? Number.NaN, 6);
      expect(hours?.cheapest).toEqual(hour?.cheapest);
      expect(Math.abs((hours?.spreadPercent ?? Number.NaN) - (hour?.spread_pct ?? 0))).toBeLessThanOrEqual(
        tolerance(4),
      );
      for (const [i, mean] of (hour?.mean ?? []).entries()) expect(hours?.mean[i]).toBeCloseTo(mean ?? Number.NaN, 8);
    }
  });
});

describe('zones', () => {
  it('that cost the same are all the cheapest', () => {
    const g4dn = prices('UTC').find(({ instanceType }) => instanceType === 'g4dn.xlarge');
    expect(g4dn?.cheapestZones).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d', 'us-east-1f']);
    expect(g4dn?.zoneSpreadPercent).toBe(0);
    expect(g4dn?.hourEffect?.matters).toBe(false);
  });

  it('without a price in the window are there without one', () => {
    const window = { sinceMs: Date.parse('2020-01-01'), untilMs: Date.parse('2020-02-01') };
    const [first] = spotPrices(store.db, { region: 'us-east-1', products: ['Linux/UNIX'], window, timeZone: 'UTC' });
    expect(first).toMatchObject({ cheapestZones: [], zoneSpreadPercent: null, hourEffect: null });
    expect(first?.zones[0]).toMatchObject({ coverage: 0, summary: null, hours: null });
  });
});
