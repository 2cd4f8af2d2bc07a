import { normalQuantileUpper, normalUpperTail } from './normal.js';
import { doubledRanks, sumOf } from './ranks.js';

/** How a p value was come by. */
export type Method = 'exact' | 'asymptotic';

export interface TestResult {
  /** U of the first sample, or W of the negative differences. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: Method;
}

/** Up to this many values in both samples together p is exact, ties or not; beyond, the normal law is as good. */
const EXACT_UP_TO = 60;

/**
 * Chance of each doubled rank sum over all ways to choose `size` of the ranks. It is counted over the ranks as they are, so
 * that ties need no approximation. Time: values × size × greatest sum.
 */
function rankSumChances(doubled: Int32Array, size: number): Float64Array {
  const largest = sumOf(
    Int32Array.from(doubled)
      .sort()
      .subarray(doubled.length - size),
  );
  const width = largest + 1;
  const chance = new Float64Array((size + 1) * width);
  chance[0] = 1;
  let used = 0;
  for (const rank of doubled) {
    used++;
    for (let chosen = Math.min(size, used); chosen > 0; chosen--) {
      const [from, to] = [(chosen - 1) * width, chosen * width];
      for (let sum = largest; sum >= rank; sum--) {
        const ways = chance[from + sum - rank] ?? 0;
        if (ways) chance[to + sum] = (chance[to + sum] ?? 0) + ways;
      }
    }
  }
  const chances = chance.subarray(size * width);
  const all = sumOf(chances);
  return chances.map((ways) => ways / all);
}

/** 2 × the smaller tail, at most 1. */
function twoSided(chances: Float64Array, sum: number): number {
  const below = sumOf(chances.subarray(0, sum + 1));
  const above = sumOf(chances.subarray(sum));
  return Math.min(1, 2 * Math.min(below, above));
}

function asymptoticP(u: number, sizes: readonly [number, number], tieSum: number): number {
  const [n1, n2] = sizes;
  const total = n1 + n2;
  const variance = ((n1 * n2) / 12) * (total + 1 - tieSum / (total * (total - 1)));
  if (!(variance > 0)) return 1;
  const z = (Math.abs(u - (n1 * n2) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * normalUpperTail(z));
}

/**
 * Mann–Whitney's U test, two-sided. Exact by counting (with ties: the permutation distribution of the mid-ranks) up to 60
 * values, else asymptotic with ties and continuity corrected.
 */
export function mannWhitney(a: readonly number[], b: readonly number[], method?: Method): TestResult {
  const { doubled, tieSum } = doubledRanks([...a, ...b]);
  const sum = sumOf(doubled.subarray(0, a.length));
  const statistic = sum / 2 - (a.length * (a.length + 1)) / 2;
  const chosen = method ?? (a.length + b.length <= EXACT_UP_TO ? 'exact' : 'asymptotic');
  const p =
    chosen === 'exact'
      ? twoSided(rankSumChances(doubled, a.length), sum)
      : asymptoticP(statistic, [a.length, b.length], tieSum);
  return { statistic, p, method: chosen };
}

const distributions = new Map<string, Float64Array>();

/** P(U = u), u = 0 … n1·n2, of two samples without ties. */
function uChances(n1: number, n2: number): Float64Array {
  const key = `${Math.min(n1, n2)},${Math.max(n1, n2)}`;
  const known = distributions.get(key);
  if (known) return known;
  const least = Math.min(n1, n2);
  const doubled = Int32Array.from({ length: n1 + n2 }, (_, place) => 2 * (place + 1));
  const sums = rankSumChances(doubled, least);
  const chances = Float64Array.from({ length: n1 * n2 + 1 }, (_, u) => sums[2 * u + least * (least + 1)] ?? 0);
  distributions.set(key, chances);
  return chances;
}

/** A number of outer differences to leave out on each side, and how sure the interval then is. */
export interface Critical {
  /** −1: even the whole range is not sure enough. */
  readonly k: number;
  /** Confidence that is reached, at least 1 − alpha where k ≥ 0. */
  readonly level: number;
}

export function criticalOf(chances: Float64Array, alpha: number): Critical {
  let tail = 0;
  let k = -1;
  for (const chance of chances) {
    if (2 * (tail + chance) > alpha) break;
    tail += chance;
    k++;
  }
  return { k, level: 1 - 2 * tail };
}

/** The same where the statistic is as good as normal. */
export function criticalByNormal(centre: number, deviation: number, alpha: number): Critical {
  const k = Math.max(-1, Math.floor(centre - 0.5 - normalQuantileUpper(alpha / 2) * deviation));
  return { k, level: k < 0 ? 1 : 1 - 2 * normalUpperTail((centre - k - 0.5) / deviation) };
}

/** The greatest U with 2 P(U ≤ k) ≤ alpha. */
export function criticalU(n1: number, n2: number, alpha: number): Critical {
  if (n1 + n2 <= EXACT_UP_TO) return criticalOf(uChances(n1, n2), alpha);
  return criticalByNormal((n1 * n2) / 2, Math.sqrt((n1 * n2 * (n1 + n2 + 1)) / 12), alpha);
}
