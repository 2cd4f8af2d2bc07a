import { normalUpperTail } from './normal.js';
import { medianOf } from './ranks.js';

/** Tukey's fences and the median absolute deviation must both call a value far out, so that few values name few. */
const FENCE_DEVIATIONS = 5;
const DEVIATION_OF_MAD = 1.4826;
const LEAST_FOR_OUTLIERS = 5;
const LEAST_FOR_DRIFT = 8;

/** Places of values that lie more than five robust standard deviations from the median. They are named, never dropped. */
export function outliers(values: readonly number[]): number[] {
  if (values.length < LEAST_FOR_OUTLIERS) return [];
  const centre = medianOf(values);
  const spread = DEVIATION_OF_MAD * medianOf(values.map((value) => Math.abs(value - centre)));
  // Where most values are equal, whatever differs by more than rounding stands out.
  const fence = Math.max(FENCE_DEVIATIONS * spread, 1e-9 * Math.abs(centre));
  return values.flatMap((value, place) => (Math.abs(value - centre) > fence ? [place] : []));
}

export interface Drift {
  /** Kendall's tau of value against order, −1 to 1. */
  readonly tau: number;
  readonly p: number;
}

/** Whether values rise or fall with their order: the Mann–Kendall test, ties corrected. Undefined for fewer than 8. */
export function driftOf(values: readonly number[]): Drift | undefined {
  const n = values.length;
  if (n < LEAST_FOR_DRIFT) return undefined;
  let score = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) score += Math.sign((values[j] ?? 0) - (values[i] ?? 0));
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  let variance = n * (n - 1) * (2 * n + 5);
  for (const t of groups.values()) variance -= t * (t - 1) * (2 * t + 5);
  variance /= 18;
  if (!(variance > 0)) return { tau: 0, p: 1 };
  const z = Math.max(0, Math.abs(score) - 1) / Math.sqrt(variance);
  return { tau: score / ((n * (n - 1)) / 2), p: Math.min(1, 2 * normalUpperTail(z)) };
}
