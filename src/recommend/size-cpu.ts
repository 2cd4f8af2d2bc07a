import { Distribution } from '../model/distribution.js';
import type { Backtest } from '../model/finding.js';
import { cpuSeries } from './backtest-series.js';
import { examSize, type Fold, LEAST_FOLDS } from './folds.js';
import { type Decision, Forecaster, sinceLastFall } from './forecast.js';
import { FLOOR_CORES, peerCpu, type Strategy } from './peers.js';

export type Risk = 'safe' | 'balanced' | 'thrifty';

/** What an unserved core-hour costs against a requested one (DOMAIN section 3). */
const UNSERVED_WEIGHT: Record<Risk, number> = { safe: 50, balanced: 20, thrifty: 8 };
/** A request that nobody decides anew tomorrow holds for this share of the time since use last fell. */
const LASTING_QUANTILE: Record<Risk, number> = { safe: 0.99, balanced: 0.97, thrifty: 0.96 };
/** A new request that is exceeded for longer on unseen history is not recommended (RULES, sizing/cpu-under-requested). */
const MOST_TIME_ABOVE = 0.05;
/** Use that the CPU limit cuts short for longer says nothing of the need (kubernetes-mixin, CPUThrottlingHigh). */
const MOST_THROTTLED = 0.25;
const LEAST_CORES = 0.01;
const STEPS_PER_CORE = 100;
/** A constant load must not be above a request of its own size for a bit of floating point. */
const ROUNDING = 1 + 1e-9;

export interface CpuSize {
  /** The advised request, rounded up to 10 m. */
  cores: number;
  /** How it was chosen: `p97 of the last 7 days with use`. */
  how: string;
  backtest: Backtest;
}

export interface SizingOptions {
  risk: Risk;
  strategy?: Strategy;
  /** Use of each pod apart, for strategies that take the highest. */
  pods?: readonly Distribution[];
}

/** Cores rounded up to 10 m, at least `floor`. */
export function roundUpCores(cores: number, floor = LEAST_CORES): number {
  return Math.max(floor, Math.ceil(Math.round(cores * STEPS_PER_CORE * 1e6) / 1e6) / STEPS_PER_CORE);
}

function pooled(folds: readonly Fold[]): Distribution {
  const all = new Distribution();
  for (const fold of folds) all.merge(fold.cpu);
  return all;
}

type Decide = (seen: number) => Decision;

function deciderOf(folds: readonly Fold[], { risk, strategy = 'own', pods }: SizingOptions): Decide {
  if (strategy !== 'own')
    return (seen) => peerCpu(strategy, folds.slice(0, seen), seen === folds.length ? pods : undefined);
  return (seen) => {
    const since = sinceLastFall(folds.slice(0, seen));
    return new Forecaster(since, UNSERVED_WEIGHT[risk]).decide(since.length);
  };
}

/** The request for the day after the last fold, re-decided each day; before floors and rounding. */
export function decideCpu(folds: readonly Fold[], options: SizingOptions): Decision {
  return deciderOf(folds, options)(folds.length);
}

/** The request to write down: tomorrow's, but no less than what the time since use last fell needs. */
function adviceOf(decision: Decision, folds: readonly Fold[], { risk, strategy = 'own' }: SizingOptions): Decision {
  if (strategy !== 'own') return { ...decision, cores: roundUpCores(decision.cores, FLOOR_CORES[strategy]) };
  const since = sinceLastFall(folds);
  const lasting = pooled(since).quantile(LASTING_QUANTILE[risk]);
  const span = since.length === folds.length ? 'all' : `the last ${since.length}`;
  const how = `p${LASTING_QUANTILE[risk] * 100} of ${span} days with use`;
  const advice = lasting > decision.cores ? { cores: lasting, how } : decision;
  return { ...advice, cores: roundUpCores(advice.cores) };
}

/** The share of periods that the CPU limit cut short, which a change of the request leaves as it is; null if unmeasured. */
function throttledShare(folds: readonly Fold[]): number | null {
  const measured = folds.filter((fold) => fold.cfsPeriods !== null && fold.cfsThrottledPeriods !== null);
  const periods = measured.reduce((sum, fold) => sum + (fold.cfsPeriods ?? 0), 0);
  if (measured.length === 0) return null;
  return periods > 0 ? measured.reduce((sum, fold) => sum + (fold.cfsThrottledPeriods ?? 0), 0) / periods : 0;
}

function verdictOf(above: number, throttled: number | null): string {
  if (throttled !== null && throttled > MOST_THROTTLED)
    return `; its CPU limit throttled it in ${(throttled * 100).toFixed(1)} % of the periods, so it needs more than it shows`;
  return above > MOST_TIME_ABOVE ? `, more than ${MOST_TIME_ABOVE * 100} %` : '';
}

function examine(cores: number, exam: readonly Fold[], all: readonly Fold[]): Backtest {
  const unseen = pooled(exam);
  const above = unseen.fractionAbove(cores * ROUNDING);
  const throttled = throttledShare(exam);
  const passed = above <= MOST_TIME_ABOVE && (throttled ?? 0) <= MOST_THROTTLED;
  const [sinceMs, untilMs] = [exam[0]?.sinceMs ?? 0, exam.at(-1)?.untilMs ?? 0];
  return {
    passed,
    summary: `On the newest ${exam.length === 1 ? 'day' : `${exam.length} days`} with use, which the choice did not see, CPU use was above the request chosen before (${cores.toFixed(2)} cores) for ${(above * 100).toFixed(1)} % of the time${verdictOf(above, throttled)}.`,
    window: { sinceMs, untilMs },
    samples: unseen.count,
    figures: {
      chosenCores: cores,
      timeAboveRequestPercent: above * 100,
      meanExcessCores: unseen.meanExcess(cores),
      ...(throttled === null ? {} : { throttledPeriodsPercent: throttled * 100 }),
    },
    series: cpuSeries(cores, all),
  };
}

/**
 * A CPU request chosen by walk-forward backtest on the container's own history; the newest fifth only examines.
 * Undefined if there is too little history to choose and to examine.
 */
export function sizeCpu(folds: readonly Fold[], options: SizingOptions): CpuSize | undefined {
  const measured = folds.filter((fold) => fold.cpu.count > 0);
  if (measured.length < LEAST_FOLDS) return undefined;
  const exam = measured.slice(-examSize(measured));
  const seen = measured.slice(0, measured.length - exam.length);
  const decide = deciderOf(measured, options);
  const before = adviceOf(decide(seen.length), seen, options);
  return { ...adviceOf(decide(measured.length), measured, options), backtest: examine(before.cores, exam, measured) };
}
