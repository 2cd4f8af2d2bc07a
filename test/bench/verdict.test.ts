import { describe, expect, it } from 'vitest';
import { looksOf } from '../../src/bench/adaptive.js';
import { betweenBlocks, compareSamples, type Sample } from '../../src/bench/compare.js';
import { PROMISES, simulate } from '../../src/bench/simulate.js';
import { judgeAll, overallVerdict } from '../../src/bench/verdict.js';

function side(values: readonly number[], session = 's'): Sample[] {
  return values.map((value, position) => ({ value, block: null, position, session }));
}

function verdictOf(a: readonly number[], b: readonly number[], better: 'lower' | 'higher' = 'lower') {
  const comparison = compareSamples(side(a, 'one'), side(b, 'two'));
  const [judged] = judgeAll([{ comparison, better }]);
  return { ...judged, comparison };
}

const BASE = [100, 101, 99, 100.5, 99.5, 100.2, 98.9, 101.2, 99.8, 100.1];
const scaled = (factor: number) => BASE.map((value) => value * factor);

describe('the verdict', () => {
  it.each([
    { factor: 1.1, verdict: 'regressed' },
    { factor: 0.9, verdict: 'improved' },
    { factor: 1.0005, verdict: 'equivalent' },
  ])('on $factor times the time is $verdict', ({ factor, verdict }) => {
    expect(verdictOf(BASE, scaled(factor)).verdict).toBe(verdict);
  });

  it('turns where more is better', () => {
    expect(verdictOf(BASE, scaled(1.1), 'higher').verdict).toBe('improved');
  });

  it('needs the interval beyond the noise, not significance alone', () => {
    const step = Array.from({ length: 10 }, (_, i) => 100 + i * 0.01);
    const { verdict, comparison } = verdictOf(
      step,
      step.map((value) => value * 1.008),
    );
    expect(comparison.p).toBeLessThan(0.001);
    expect(verdict).toBe('equivalent');
    const wide = judgeAll([{ comparison: { ...comparison, ciPercent: [0.5, 6] }, better: 'lower' }]);
    expect(wide[0]?.verdict).toBe('within-noise');
  });

  it('is inconclusive on three runs, and says how many would decide', () => {
    const { verdict, runsToDecide, reason } = verdictOf([10, 11, 12], [20, 21, 22]);
    expect(verdict).toBe('inconclusive');
    expect(runsToDecide).toBe(4);
    expect(reason).toMatch(/fewer than 4/);
  });

  it('asks for more runs the noisier they are', () => {
    const noisy = (spread: number) => BASE.map((value) => 100 + (value - 100) * spread);
    const needed = (spread: number) =>
      verdictOf(
        noisy(spread),
        noisy(spread).map((value) => value * 1.04),
      ).runsToDecide ?? Number.POSITIVE_INFINITY;
    expect(needed(10)).toBeGreaterThan(10);
    expect(needed(20)).toBeGreaterThan(needed(10));
  });

  it('takes all-equal samples as equivalent and constant ones apart as what they are', () => {
    expect(verdictOf([5, 5, 5, 5], [5, 5, 5, 5]).verdict).toBe('equivalent');
    expect(verdictOf([5, 5, 5, 5], [6, 6, 6, 6]).verdict).toBe('regressed');
    expect(verdictOf([0, 0, 0, 0], [0, 0, 0, 0])).toMatchObject({ verdict: 'equivalent' });
    expect(verdictOf([0, 0, 0, 0], [7, 7, 7, 7])).toMatchObject({
      verdict: 'regressed',
      comparison: { shiftPercent: null, ciPercent: null },
    });
    expect(verdictOf([8, 8, 9, 8], [0, 0, 0, 0])).toMatchObject({ verdict: 'improved' });
  });

  it('does not take a drift of runs that were not interleaved for a change', () => {
    const rising = Array.from({ length: 10 }, (_, i) => 100 + 2 * i);
    const { verdict, comparison, reason } = verdictOf(
      rising,
      rising.map((value) => value + 25),
    );
    expect(comparison.warnings.join()).toMatch(/rise over the session/);
    expect(verdict).toBe('inconclusive');
    expect(reason).toMatch(/not interleaved/);
  });

  it('names a run that lies far out and counts it', () => {
    const { comparison } = verdictOf([...BASE.slice(0, 9), 300], BASE);
    expect(comparison.warnings.join()).toMatch(/run 10/);
    expect(comparison.n).toEqual([10, 10]);
  });

  it('uses pairs where blocks explain the variance', () => {
    const drift = Array.from({ length: 10 }, (_, block) => 100 + 5 * block);
    const [a, b] = [0, 1].map((which) =>
      drift.map(
        (level, block): Sample => ({
          value: level * (1 + 0.02 * which),
          block,
          position: 2 * block + which,
          session: 's',
        }),
      ),
    );
    const comparison = compareSamples(a ?? [], b ?? []);
    expect(comparison.test).toBe('signed-rank-exact');
    expect(comparison.drifting).toBe(false);
    expect(judgeAll([{ comparison, better: 'lower' }])[0]?.verdict).toBe('regressed');
  });

  it('corrects for the number of metrics', () => {
    const comparison = compareSamples(side(BASE, 'one'), side(scaled(1.012), 'two'));
    const even = compareSamples(side(BASE, 'one'), side(BASE, 'two'));
    const [judged] = judgeAll(
      [comparison, even, even, even, even].map((each) => ({ comparison: each, better: 'lower' })),
    );
    expect(judged?.pAdjusted).toBeCloseTo(Math.min(1, comparison.p * 5), 9);
  });
});

describe('pairing', () => {
  it('is chosen by a figure that does not care which of the two came from which side', () => {
    const pairs = [
      [1, 2],
      [5, 4],
      [9, 11],
    ] as const;
    const turned = pairs.map(([x, y], i) => (i % 2 ? ([y, x] as const) : ([x, y] as const)));
    expect(betweenBlocks(turned)).toBe(betweenBlocks(pairs));
  });
});

describe('the word for all metrics', () => {
  it.each([
    [['improved', 'regressed'], 'regressed'],
    [['improved', 'incomplete'], 'incomplete'],
    [['improved', 'equivalent'], 'improved'],
    [['equivalent', 'equivalent'], 'equivalent'],
    [['equivalent', 'within-noise'], 'within-noise'],
    [['inconclusive', 'equivalent'], 'inconclusive'],
    [['regressed', 'invalid'], 'invalid'],
    [[], 'inconclusive'],
  ] as const)('of %j is %s', (verdicts, overall) => {
    expect(overallVerdict(verdicts)).toBe(overall);
  });
});

describe('adaptive looks', () => {
  it.each([4, 6, 8, 10, 15, 20, 50])('at %i runs spend alpha once', (runs) => {
    const looks = looksOf(runs, 0.05);
    expect(looks.reduce((sum, { alpha }) => sum + alpha, 0)).toBeCloseTo(0.05, 12);
    expect(looks.at(-1)?.runs).toBe(runs);
    expect(looks.every((look, i) => i === 0 || look.runs > (looks[i - 1]?.runs ?? 0))).toBe(true);
  });
});

describe('simulated sessions', () => {
  // Fewer than benchmarks/self/bench-verdicts.mjs runs, so that each limit gets three standard errors.
  it.each(PROMISES)('$name: $rate $bound $limit', ({ scenario, rate, bound, limit }) => {
    const trials = 400;
    const share = simulate(scenario, trials, 11)[rate];
    const slack = 3 * Math.sqrt((limit * (1 - limit)) / trials);
    if (bound === 'at most') expect(share).toBeLessThanOrEqual(limit + slack);
    else expect(share).toBeGreaterThanOrEqual(limit - slack);
  });
});
