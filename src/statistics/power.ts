import { criticalU } from './mann-whitney.js';
import { studentQuantileUpper } from './normal.js';
import { criticalW } from './signed-rank.js';

/** Efficiency of the rank tests against Student's under normal noise: 3/π. */
const EFFICIENCY = 3 / Math.PI;
const MOST_RUNS = 1000;

export interface PowerOptions {
  readonly alpha?: number;
  /** Chance to find the effect. */
  readonly power?: number;
  /** Pairs of runs instead of two samples. */
  readonly paired?: boolean;
}

/**
 * The smallest effect, in standard deviations, that `runs` a side find with the power asked for: Student's formula at the
 * level that the exact rank test reaches, less its efficiency. Infinite where so few runs can never be significant.
 */
export function detectableEffect(runs: number, options: PowerOptions = {}): number {
  const { alpha = 0.05, power = 0.8, paired = false } = options;
  const { k, level } = paired ? criticalW(runs, alpha) : criticalU(runs, runs, alpha);
  if (k < 0 || runs < 2) return Number.POSITIVE_INFINITY;
  const degrees = paired ? runs - 1 : 2 * runs - 2;
  const quantiles = studentQuantileUpper((1 - level) / 2, degrees) + studentQuantileUpper(1 - power, degrees);
  return (quantiles * Math.sqrt((paired ? 1 : 2) / runs)) / Math.sqrt(EFFICIENCY);
}

/** The fewest runs a side that find an effect of so many standard deviations; null where 1,000 do not. */
export function runsFor(effect: number, options: PowerOptions = {}): number | null {
  if (!(effect > 0)) return null;
  if (detectableEffect(MOST_RUNS, options) > effect) return null;
  let [low, high] = [2, MOST_RUNS];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (detectableEffect(middle, options) <= effect) high = middle;
    else low = middle + 1;
  }
  return low;
}
