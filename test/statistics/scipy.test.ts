import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { benjaminiHochberg } from '../../src/statistics/correction.js';
import { mannWhitney } from '../../src/statistics/mann-whitney.js';
import { hodgesLehmann } from '../../src/statistics/shift.js';
import { signedRank } from '../../src/statistics/signed-rank.js';

const Numbers = z.array(z.number());
const TwoSamples = z.array(z.object({ a: Numbers, b: Numbers, statistic: z.number(), p: z.number() }));
const Differences = z.array(z.object({ d: Numbers, statistic: z.number(), p: z.number() }));
const cases = z
  .object({
    mannWhitneyExact: TwoSamples,
    mannWhitneyExactTies: TwoSamples,
    mannWhitneyAsymptotic: TwoSamples,
    signedRankExact: Differences,
    signedRankExactTies: Differences,
    signedRankAsymptotic: Differences,
    hodgesLehmann: z.array(
      z.object({ a: Numbers, b: Numbers, alpha: z.number(), estimate: z.number(), interval: Numbers.nullable() }),
    ),
    benjaminiHochberg: z.array(z.object({ p: Numbers, adjusted: Numbers })),
  })
  .parse(JSON.parse(gunzipSync(readFileSync('test/fixtures/bench/scipy-cases.json.gz')).toString()));

/** Relative to the greater one: small p values count in full. */
function gap(own: number, other: number): number {
  return own === other ? 0 : Math.abs(own - other) / Math.max(Math.abs(own), Math.abs(other));
}

describe('agreement with SciPy', () => {
  it('is looked for in a thousand cases and more', () => {
    expect(Object.values(cases).reduce((sum, list) => sum + list.length, 0)).toBeGreaterThanOrEqual(1000);
  });

  it.each([
    ['exact', cases.mannWhitneyExact, 1e-9],
    ['exact', cases.mannWhitneyExactTies, 1e-9],
    ['asymptotic', cases.mannWhitneyAsymptotic, 1e-9],
  ] as const)('on the p value of Mann–Whitney, %s', (method, list, tolerance) => {
    const off = list.filter(({ a, b, statistic, p }) => {
      const own = mannWhitney(a, b, method);
      return own.statistic !== statistic || gap(own.p, p) > tolerance;
    });
    expect(off).toEqual([]);
  });

  it.each([
    ['exact', cases.signedRankExact, 1e-9],
    ['exact', cases.signedRankExactTies, 1e-9],
    ['asymptotic', cases.signedRankAsymptotic, 1e-9],
  ] as const)('on the p value of the signed-rank test, %s', (method, list, tolerance) => {
    const off = list.filter(({ d, statistic, p }) => {
      const own = signedRank(d, method);
      return own.statistic !== statistic || gap(own.p, p) > tolerance;
    });
    expect(off).toEqual([]);
  });

  it('on the shift, and on the interval that inverting its exact test gives', () => {
    const off = cases.hodgesLehmann.filter(({ a, b, alpha, estimate, interval }) => {
      const own = hodgesLehmann(a, b, alpha);
      if (Math.abs(own.estimate - estimate) > 1e-9 || (own.interval === null) !== (interval === null)) return true;
      return own.interval?.some((bound, side) => Math.abs(bound - (interval?.[side] ?? Number.NaN)) > 1e-6);
    });
    expect(off).toEqual([]);
  });

  it('on p values corrected for their number', () => {
    const off = cases.benjaminiHochberg.filter(({ p, adjusted }) =>
      benjaminiHochberg(p).some((own, place) => gap(own, adjusted[place] ?? Number.NaN) > 1e-9),
    );
    expect(off).toEqual([]);
  });
});
