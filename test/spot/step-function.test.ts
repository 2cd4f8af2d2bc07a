import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { coveredPieces, MAX_HOLD_MS, meanPrice, summarize } from '../../src/spot/step-function.js';
import { steps } from './fixture.js';

const START = Date.parse('2021-03-14T00:00:00Z');
const DAY = { sinceMs: START, untilMs: START + DAY_MS };
const at = (hours: number) => START + hours * HOUR_MS;

describe('summarize', () => {
  it('weights prices by the time they held, and carries in the one before the window', () => {
    const summary = summarize(
      steps([
        [at(-1), 1],
        [at(6), 2],
        [at(18), 4],
      ]),
      DAY,
    );
    expect(summary).toMatchObject({ mean: 2.25, median: 2, p95: 4, min: 1, max: 4, coverage: 1, changes: 2 });
  });

  it('does not know the price before the first record', () => {
    const summary = summarize(steps([[at(7), 9]]), DAY);
    expect(summary).toMatchObject({ mean: 9, coverage: 17 / 24, changes: 0 });
  });

  it('believes a price for 48 hours of silence and no longer', () => {
    const window = { sinceMs: START, untilMs: START + 3 * DAY_MS };
    const pieces = coveredPieces(steps([[START, 1]]), window);
    expect(pieces).toEqual([{ sinceMs: START, untilMs: START + MAX_HOLD_MS, usdPerHour: 1 }]);
  });

  it('counts changes per covered day; re-statements and a record at the very start are none', () => {
    const summary = summarize(
      steps([
        [at(-2), 1],
        [at(0), 2],
        [at(3), 2],
        [at(4), 3],
        [at(12), 3],
      ]),
      DAY,
    );
    expect(summary).toMatchObject({ changes: 1, changesPerDay: 1 });
  });

  it.each([
    ['an empty series', steps([])],
    ['one that begins after the window', steps([[at(30), 1]])],
    ['one that fell silent long before', steps([[at(-72), 1]])],
  ])('is undefined for %s', (_name, series) => {
    expect(summarize(series, DAY)).toBeUndefined();
  });
});

describe('the mean of a step function', () => {
  const series = fc.array(
    fc.tuple(fc.integer({ min: -24, max: 24 }), fc.double({ min: 0.001, max: 50, noNaN: true })),
    {
      minLength: 1,
      maxLength: 20,
    },
  );

  it('does not change when a record is repeated or its stretch is split', () => {
    fc.assert(
      fc.property(series, fc.nat(), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pairs, pick, share) => {
        const sorted = [...new Map(pairs.map(([hour, price]) => [at(hour), price]))].sort(([a], [b]) => a - b);
        const i = pick % sorted.length;
        const [from, price] = sorted[i] ?? [0, 0];
        const next = sorted[i + 1]?.[0] ?? from + MAX_HOLD_MS / 4;
        const split = sorted.toSpliced(i + 1, 0, [from + Math.floor((next - from) * share), price]);
        const once = split.filter(([time], j) => time !== split[j - 1]?.[0]);
        const before = meanPrice(coveredPieces(steps(sorted), DAY), DAY);
        const after = meanPrice(coveredPieces(steps(once), DAY), DAY);
        if (before === undefined) return;
        expect(after?.coverage).toBeCloseTo(before.coverage, 12);
        expect(after?.mean).toBeCloseTo(before.mean, 10);
      }),
    );
  });

  it('lies between the lowest and the highest price', () => {
    fc.assert(
      fc.property(series, (pairs) => {
        const sorted = [...new Map(pairs.map(([hour, price]) => [at(hour), price]))].sort(([a], [b]) => a - b);
        const summary = summarize(steps(sorted), DAY);
        if (summary === undefined) return;
        expect(summary.mean).toBeGreaterThanOrEqual(summary.min - 1e-9);
        expect(summary.mean).toBeLessThanOrEqual(summary.max + 1e-9);
        expect(summary.p95).toBeGreaterThanOrEqual(summary.median);
      }),
    );
  });
});
