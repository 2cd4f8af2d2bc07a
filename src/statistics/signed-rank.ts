import type { Critical, Method, TestResult } from './mann-whitney.js';
import { criticalByNormal, criticalOf } from './mann-whitney.js';
import { normalUpperTail } from './normal.js';
import { doubledRanks, sumOf } from './ranks.js';

const EXACT_UP_TO = 60;

/** Chance of each doubled sum of ranks where every rank is in or out by the toss of a coin. */
function signedSumChances(doubled: Int32Array): Float64Array {
  const chances = new Float64Array(sumOf(doubled) + 1);
  chances[0] = 1;
  let reach = 0;
  for (const rank of doubled) {
    reach += rank;
    for (let sum = reach; sum >= 0; sum--)
      chances[sum] = ((chances[sum] ?? 0) + (sum >= rank ? (chances[sum - rank] ?? 0) : 0)) / 2;
  }
  return chances;
}

/**
 * Wilcoxon's signed-rank test of paired differences, two-sided; differences of zero are left out, ties share mid-ranks.
 * Exact by counting up to 60 differences, else asymptotic with ties corrected (as SciPy: without continuity correction).
 */
export function signedRank(differences: readonly number[], method?: Method): TestResult {
  const used = differences.filter((difference) => difference !== 0);
  const chosen = method ?? (used.length <= EXACT_UP_TO ? 'exact' : 'asymptotic');
  if (used.length === 0) return { statistic: 0, p: 1, method: chosen };
  const { doubled, tieSum } = doubledRanks(used.map(Math.abs));
  const positive = sumOf(doubled.filter((_, place) => (used[place] ?? 0) > 0));
  const all = sumOf(doubled);
  const least = Math.min(positive, all - positive);
  const statistic = least / 2;
  if (chosen === 'exact') {
    const p = Math.min(1, 2 * sumOf(signedSumChances(doubled).subarray(0, least + 1)));
    return { statistic, p, method: chosen };
  }
  const n = used.length;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieSum / 48;
  const z = Math.abs(statistic - (n * (n + 1)) / 4) / Math.sqrt(variance);
  return { statistic, p: Math.min(1, 2 * normalUpperTail(z)), method: chosen };
}

const distributions = new Map<number, Float64Array>();

/** The greatest W with 2 P(W ≤ k) ≤ alpha, of n differences without ties. */
export function criticalW(n: number, alpha: number): Critical {
  if (n > EXACT_UP_TO) return criticalByNormal((n * (n + 1)) / 4, Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24), alpha);
  let chances = distributions.get(n);
  if (!chances) {
    const doubled = signedSumChances(Int32Array.from({ length: n }, (_, place) => 2 * (place + 1)));
    chances = doubled.filter((_, sum) => sum % 2 === 0);
    distributions.set(n, chances);
  }
  return criticalOf(chances, alpha);
}
