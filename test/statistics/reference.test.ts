import { describe, expect, it } from 'vitest';
import { benjaminiHochberg } from '../../src/statistics/correction.js';
import { criticalU, mannWhitney } from '../../src/statistics/mann-whitney.js';
import { normalQuantileUpper, normalUpperTail, studentQuantileUpper } from '../../src/statistics/normal.js';
import { driftOf, outliers } from '../../src/statistics/order.js';
import { detectableEffect, runsFor } from '../../src/statistics/power.js';
import { hodgesLehmann, pairedShift } from '../../src/statistics/shift.js';
import { criticalW, signedRank } from '../../src/statistics/signed-rank.js';

const N10 = [100.2, 98.7, 101.5, 99.9, 100.8, 102.1, 97.6, 100.4, 99.2, 101.0];
const CASES = [
  { name: 'apart', a: [10.1, 10.2, 10.3, 10.4], b: [9.1, 9.2, 9.3, 9.4], u: 16, p: 0.028571, shift: -1 },
  {
    name: 'mixed',
    a: [12.1, 11.8, 12.4, 12.0, 11.9],
    b: [11.2, 11.9001, 11.5, 11.1, 11.7],
    u: 23,
    p: 0.031746,
    shift: -0.6,
  },
  {
    name: 'ten',
    a: N10,
    b: [95.1, 97.7, 96.4, 94.8, 98.9, 95.9, 96.8, 97.2, 93.9, 96.1],
    u: 97,
    p: 0.000076,
    shift: -3.95,
  },
  {
    name: 'ten alike',
    a: N10,
    b: [100.1, 99.7, 98.4, 101.8, 100.9, 98.95, 99.8, 100.25, 97.9, 102.15],
    u: 55,
    p: 0.739364,
    shift: -0.225,
  },
  { name: 'ties', a: [5, 5, 6, 7, 7, 8], b: [5, 6, 6, 6, 7, 9], u: 17.5, p: 1, shift: 0 },
  { name: 'unequal sizes', a: [3.1, 2.9, 3.4], b: [2.1, 2.2, 2.5, 2.45, 2.7], u: 15, p: 0.035714, shift: -0.7 },
];

describe('Mann–Whitney and Hodges–Lehmann', () => {
  it.each(CASES)('give the reference values of $name', ({ a, b, u, p, shift }) => {
    const test = mannWhitney(a, b);
    expect(test.statistic).toBe(u);
    expect(test.p).toBeCloseTo(p, 6);
    expect(hodgesLehmann(a, b).estimate).toBeCloseTo(shift, 9);
  });

  it('change sides with the samples', () => {
    for (const { a, b } of CASES) {
      expect(mannWhitney(b, a).p).toBeCloseTo(mannWhitney(a, b).p, 12);
      expect(hodgesLehmann(b, a).estimate).toBeCloseTo(-hodgesLehmann(a, b).estimate, 12);
    }
  });

  it.each([
    [4, 0, 0.9714],
    [5, 2, 0.9683],
    [6, 5, 0.9589],
    [8, 13, 0.9501],
    [10, 23, 0.9567],
    [15, 64, 0.9547],
    [20, 127, 0.9509],
  ])('have for %i a side the critical U %i', (n, k, level) => {
    expect(criticalU(n, n, 0.05).k).toBe(k);
    expect(criticalU(n, n, 0.05).level).toBeCloseTo(level, 4);
  });

  it('have no 95 % interval for three a side', () => {
    expect(hodgesLehmann([1, 2, 3], [4, 5, 6]).interval).toBeNull();
  });

  it('take equal values and samples without spread as ordinary', () => {
    expect(mannWhitney([5, 5, 5, 5], [5, 5, 5, 5]).p).toBe(1);
    expect(hodgesLehmann([5, 5, 5, 5], [5, 5, 5, 5]).interval).toEqual([0, 0]);
    expect(mannWhitney([5, 5, 5, 5], [6, 6, 6, 6]).p).toBeCloseTo(0.028571, 6);
    expect(mannWhitney(Array(40).fill(1), Array(40).fill(1)).p).toBe(1);
  });

  it('give for large samples the interval of the normal law, next to the exact one', () => {
    expect(Math.abs(criticalU(31, 31, 0.05).k - criticalU(30, 30, 0.05).k)).toBeLessThan(40);
    expect(criticalU(200, 200, 0.05).level).toBeGreaterThanOrEqual(0.95);
  });
});

describe('the signed-rank test', () => {
  it('gives the reference value and an interval around the median difference', () => {
    const b = [95.1, 97.7, 96.4, 94.8, 98.9, 95.9, 96.8, 97.2, 93.9, 96.1];
    const differences = N10.map((value, place) => (b[place] ?? 0) - value);
    expect(signedRank(differences)).toEqual({ statistic: 0, p: 2 / 1024, method: 'exact' });
    const { estimate, interval } = pairedShift(differences);
    expect(interval?.[0]).toBeLessThan(estimate);
    expect(interval?.[1]).toBeGreaterThan(estimate);
    expect(interval?.[1]).toBeLessThan(0);
  });

  it('finds nothing in differences that are all zero', () => {
    expect(signedRank([0, 0, 0, 0, 0, 0]).p).toBe(1);
    expect(pairedShift([0, 0, 0, 0, 0, 0]).interval).toEqual([0, 0]);
  });

  it('needs six pairs for 95 %', () => {
    expect(criticalW(5, 0.05).k).toBe(-1);
    expect(criticalW(6, 0.05).k).toBe(0);
  });
});

describe('tails', () => {
  it.each([
    [0, 0.5],
    [1.959963985, 0.025],
    [4.5, 3.3976731247e-6],
    [-1, 0.8413447461],
  ])('of the normal law at %d', (z, p) => {
    expect(normalUpperTail(z) / p).toBeCloseTo(1, 8);
    expect(normalQuantileUpper(p)).toBeCloseTo(z, 6);
  });

  it.each([
    [0.025, 18, 2.1009],
    [0.2, 18, 0.862],
    [0.025, 6, 2.4469],
  ])("of Student's law", (tail, degrees, t) => {
    expect(studentQuantileUpper(tail, degrees)).toBeCloseTo(t, 3);
  });
});

describe('the correction for several tests', () => {
  it('gives the reference values', () => {
    const p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];
    const expected = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.105714, 0.216, 0.216, 0.216];
    expect(benjaminiHochberg(p).map((value) => Number(value.toFixed(6)))).toEqual(expected);
  });
});

describe('power', () => {
  it.each([
    [5, 2.35],
    [8, 1.52],
    [10, 1.37],
    [15, 1.11],
    [20, 0.94],
  ])('of %i runs a side finds what simulation says, in standard deviations', (runs, simulated) => {
    expect(detectableEffect(runs) / simulated).toBeGreaterThan(0.93);
    expect(detectableEffect(runs) / simulated).toBeLessThan(1.07);
  });

  it('tells the runs that an effect needs', () => {
    const runs = runsFor(1) ?? 0;
    expect(detectableEffect(runs)).toBeLessThanOrEqual(1);
    expect(detectableEffect(runs - 1)).toBeGreaterThan(1);
    expect(detectableEffect(3)).toBe(Number.POSITIVE_INFINITY);
    expect(runsFor(0.0001)).toBeNull();
  });
});

describe('the order of values', () => {
  it('tells a drift', () => {
    expect(driftOf([1, 2, 3, 4, 5, 6, 7, 8])?.tau).toBe(1);
    expect(driftOf([1, 2, 3, 4, 5, 6, 7, 8])?.p).toBeLessThan(0.001);
    expect(driftOf([3, 3, 3, 3, 3, 3, 3, 3])?.p).toBe(1);
    expect(driftOf([1, 2, 3])).toBeUndefined();
  });

  it('names what lies far out and nothing else', () => {
    expect(outliers([10, 10.2, 9.9, 30, 10.1, 10])).toEqual([3]);
    expect(outliers([10, 10.2, 9.9, 10.3, 10.1, 10])).toEqual([]);
    expect(outliers([5, 5, 5, 5, 5, 9])).toEqual([5]);
  });
});
