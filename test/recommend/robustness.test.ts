import { describe, expect, it } from 'vitest';
import { backtest, meanRatios } from '../support/backtest.js';
import { SHAPES, samplesOf } from '../support/shapes.js';

const DAYS = 21;
const SEEDS = [1, 2, 3, 4, 5, 6];
/** Nobody knows the kind of a load beforehand: on none of them may it be much dearer than whoever is best there. */
const MOST_ABOVE_BEST = 1.15;

const ratios = Object.entries(SHAPES).map(
  ([name, shape]) => [name, meanRatios(SEEDS.map((seed) => backtest(samplesOf(shape, DAYS, seed * 7919))))] as const,
);

describe('our own strategy against KRR, VPA and the maximum', () => {
  it.each(ratios)('is not much dearer than the best of them on %s', (_name, { own, krr, vpa, max }) => {
    expect(own / Math.min(krr, vpa, max)).toBeLessThanOrEqual(MOST_ABOVE_BEST);
  });

  it('costs less than each of them over all kinds', () => {
    const mean = (of: 'own' | 'krr' | 'vpa' | 'max') =>
      ratios.reduce((sum, [, costs]) => sum + costs[of], 0) / ratios.length;
    for (const peer of ['krr', 'vpa', 'max'] as const) expect(mean('own')).toBeLessThan(0.95 * mean(peer));
  });
});
