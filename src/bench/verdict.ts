import type { OverallVerdict, Verdict } from '../model/verdict.js';
import { benjaminiHochberg } from '../statistics/correction.js';
import { runsFor } from '../statistics/power.js';
import type { Comparison } from './compare.js';

export interface VerdictOptions {
  /** Chance of a false verdict where nothing changed, over all metrics together. */
  readonly alpha?: number;
  /** A change that lies within so many per cent is noise, significant or not. */
  readonly noisePercent?: number;
  /** An interval that lies within so many per cent shows that nothing changed that matters. */
  readonly equivalencePercent?: number;
}

export const DEFAULT_VERDICT: Required<VerdictOptions> = { alpha: 0.05, noisePercent: 1, equivalencePercent: 3 };

/**
 * Share of alpha that is used where several metrics are judged together. Benjamini and Hochberg's correction alone comes so
 * near to alpha that a machine's bad habits, or metrics that hang together, would carry it over.
 */
const SEVERAL_METRICS = 0.75;

/** Fewer runs a side can never be significant at 5 %. */
export const LEAST_RUNS = 4;

export interface Judged {
  readonly verdict: Verdict;
  readonly pAdjusted: number;
  /** Why, where the verdict alone does not say it. */
  readonly reason: string | null;
  /** Of an inconclusive one: runs a side that would decide; null if a thousand would not. */
  readonly runsToDecide: number | null;
}

interface Place {
  /** The interval lies wholly above, or below, the noise. */
  readonly above: boolean;
  readonly below: boolean;
  readonly within: boolean;
}

/** Where the interval lies. Where a is zero there are no per cents, and any change away from zero lies beyond the noise. */
function placeOf({ shift, ciPercent, shiftPercent }: Comparison, options: Required<VerdictOptions>): Place {
  if (!shift.interval) return { above: false, below: false, within: false };
  const { noisePercent, equivalencePercent } = options;
  if (shiftPercent === null || !ciPercent) {
    const [low, high] = shift.interval;
    return { above: low > 0, below: high < 0, within: false };
  }
  const [low, high] = ciPercent;
  return {
    above: low > noisePercent,
    below: high < -noisePercent,
    within: Math.abs(low) <= equivalencePercent && Math.abs(high) <= equivalencePercent,
  };
}

/** Runs a side with which a change of the size seen would be found, or shown to be none that matters. */
export function runsToDecide(comparison: Comparison, options: Required<VerdictOptions>): number | null {
  const { noise, shiftPercent, paired } = comparison;
  if (!(noise > 0) || shiftPercent === null) return LEAST_RUNS;
  const size = Math.abs(shiftPercent);
  const room = Math.max(size - options.noisePercent, options.equivalencePercent - size) / 100;
  const runs = runsFor(Math.log1p(room) / noise, { alpha: options.alpha, paired });
  return runs === null ? null : Math.max(LEAST_RUNS, runs);
}

function judge(
  comparison: Comparison,
  better: 'lower' | 'higher',
  pAdjusted: number,
  alpha: number,
  options: Required<VerdictOptions>,
): Judged {
  const say = (verdict: Verdict, reason: string | null = null): Judged => ({
    verdict,
    pAdjusted,
    reason,
    runsToDecide: null,
  });
  const undecided = (reason: string): Judged => ({
    verdict: 'inconclusive',
    pAdjusted,
    reason,
    runsToDecide: runsToDecide(comparison, options),
  });
  const least = Math.min(...comparison.n);
  if (least < LEAST_RUNS)
    return undecided(`${least} runs on a side: fewer than ${LEAST_RUNS} a side can never tell a change from chance`);
  const { above, below, within } = placeOf(comparison, options);
  const significant = pAdjusted < alpha;
  if (significant && (above || below)) {
    if (comparison.drifting) return undecided('values drift over the session and the runs were not interleaved');
    return say(above === (better === 'higher') ? 'improved' : 'regressed');
  }
  if (within) return say('equivalent');
  if (significant) return say('within-noise', `the interval reaches into ±${options.noisePercent} %`);
  return undecided('too few runs for this much noise');
}

/** Compared metrics with the direction that is better. */
export interface Judgeable {
  readonly comparison: Comparison;
  readonly better: 'lower' | 'higher';
}

/**
 * The verdict per metric, in two stages: significant after Benjamini and Hochberg's correction over all that are judged
 * together, **and** the interval wholly beyond the noise. One alone never makes a verdict.
 */
export function judgeAll(items: readonly Judgeable[], options: VerdictOptions = {}): Judged[] {
  const complete = { ...DEFAULT_VERDICT, ...options };
  const adjusted = benjaminiHochberg(items.map(({ comparison }) => comparison.p));
  const alpha = complete.alpha * (items.length > 1 ? SEVERAL_METRICS : 1);
  return items.map(({ comparison, better }, place) => judge(comparison, better, adjusted[place] ?? 1, alpha, complete));
}

const WORST_FIRST = ['invalid', 'regressed', 'incomplete'] as const;

/** One word for all: what is worst; improved only where nothing got worse; equivalent only where everything is. */
export function overallVerdict(verdicts: readonly OverallVerdict[]): OverallVerdict {
  const worst = WORST_FIRST.find((word) => verdicts.includes(word));
  if (worst) return worst;
  if (verdicts.includes('improved')) return 'improved';
  if (verdicts.length && verdicts.every((verdict) => verdict === 'equivalent')) return 'equivalent';
  if (verdicts.length && verdicts.every((verdict) => verdict === 'equivalent' || verdict === 'within-noise'))
    return 'within-noise';
  return 'inconclusive';
}
