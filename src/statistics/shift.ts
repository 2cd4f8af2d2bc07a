import { type Critical, criticalU } from './mann-whitney.js';
import { medianOfSorted } from './ranks.js';
import { criticalW } from './signed-rank.js';

/** How far the second sample lies from the first, with an interval; null where there are too few values for one. */
export interface Shift {
  readonly estimate: number;
  readonly interval: readonly [number, number] | null;
  /** Confidence of the interval that is reached; at least 1 − alpha. */
  readonly level: number | null;
}

/** [D(k+1), D(m−k)] of sorted differences, as order statistics from 1. It stays at least as sure where values tie. */
function shiftOf(sorted: Float64Array, { k, level }: Critical): Shift {
  const estimate = medianOfSorted(sorted);
  const [low, high] = [sorted[k], sorted[sorted.length - 1 - k]];
  if (k < 0 || low === undefined || high === undefined) return { estimate, interval: null, level: null };
  return { estimate, interval: [low, high], level };
}

/**
 * Hodges–Lehmann: the median of all differences b − a, with the exact interval that Mann–Whitney's critical U gives
 * (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 4.2 and 4.3).
 */
export function hodgesLehmann(a: readonly number[], b: readonly number[], alpha = 0.05): Shift {
  const differences = new Float64Array(a.length * b.length);
  let place = 0;
  for (const before of a) for (const after of b) differences[place++] = after - before;
  return shiftOf(differences.sort(), criticalU(a.length, b.length, alpha));
}

/** The same for paired differences: the median of their Walsh averages, with the interval of the signed-rank test. */
export function pairedShift(differences: readonly number[], alpha = 0.05): Shift {
  const n = differences.length;
  const walsh = new Float64Array((n * (n + 1)) / 2);
  let place = 0;
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) walsh[place++] = ((differences[i] ?? 0) + (differences[j] ?? 0)) / 2;
  return shiftOf(walsh.sort(), criticalW(n, alpha));
}
