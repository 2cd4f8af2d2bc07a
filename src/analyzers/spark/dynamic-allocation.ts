import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { share, sum } from '../derived/numbers.js';
import { confFlag, confMs, confNumber, isLocal } from '../derived/spark-conf.js';
import { idleStretches } from '../derived/spark-idle.js';
import { isStreaming, jobSpan } from '../derived/spark-run.js';
import { executorsOverTime, livesOf } from '../derived/spark-slots.js';
import { areaBetween, greatestValue, lengthWhere } from '../derived/steps.js';
import {
  defineSparkRule,
  insufficient,
  measure,
  notApplicable,
  ok,
  type RunEvaluation,
  sparkConf,
  sure,
} from '../spark-rule.js';

/** How much of the time the load must press against a bound to call it always hit. */
const ALWAYS = 0.9;
/** A bound of Spark's default (infinite) is none. */
const NO_BOUND = 2 ** 31 - 1;

function on(settings: Record<string, string | number | boolean> = {}) {
  return sparkConf({
    'spark.dynamicAllocation.enabled': true,
    'spark.dynamicAllocation.shuffleTracking.enabled': true,
    ...settings,
  });
}

/** Whether executors can go without taking shuffle data with them. */
function keepsShuffle(run: SparkLog): boolean {
  return (
    confFlag(run, 'spark.dynamicAllocation.shuffleTracking.enabled') ||
    confFlag(run, 'spark.shuffle.service.enabled') ||
    (confFlag(run, 'spark.decommission.enabled') && confFlag(run, 'spark.storage.decommission.enabled'))
  );
}

/** Off: time in which executors idled longer than the idle timeout, and would have been given back. */
function* judgeFixed(run: SparkLog, sinceMs: number, untilMs: number, leastIdle: number): Generator<RunEvaluation> {
  const timeoutMs = confMs(run, 'spark.dynamicAllocation.executorIdleTimeout') ?? 60_000;
  const long = idleStretches(run, sinceMs, untilMs).filter(({ ms }) => ms > timeoutMs);
  const idleMs = sum(long.map(({ ms }) => ms - timeoutMs));
  const ofTime = share(idleMs, untilMs - sinceMs);
  const executors = livesOf(run).length;
  const evidence = [
    measure('spark.dynamicAllocation.enabled', 'false', '', 1),
    measure('executors idle beyond the idle timeout', idleMs / 1000, 's', long.length),
    measure('of the time between first and last job', ofTime * 100, '%', run.jobs.length),
    measure('executors', executors, '', executors),
  ];
  if (ofTime < leastIdle) return yield ok('dynamic allocation is off and the load is even', evidence);
  yield {
    state: 'finding',
    title: `All executors stay for ${Math.round(idleMs / 1000)} s without work: dynamic allocation is off`,
    evidence,
    confidence: sure(
      0.75,
      'no task ran in those stretches; executors would have gone after the idle timeout and come back',
    ),
    recommendation: {
      summary: 'Let Spark give executors back while nothing runs',
      risk: 'They take time to come again; stretches shorter than that are better sat out.',
      patches: [
        on({
          'spark.dynamicAllocation.minExecutors': 0,
          'spark.dynamicAllocation.maxExecutors': Math.max(1, executors),
        }),
      ],
    },
  };
}

function bounds(run: SparkLog): { least: number; most: number } {
  return {
    least: confNumber(run, 'spark.dynamicAllocation.minExecutors') ?? 0,
    most: confNumber(run, 'spark.dynamicAllocation.maxExecutors') ?? NO_BOUND,
  };
}

/** On: bounds that the load always presses against, or never comes near. */
function* judgeBounds(run: SparkLog, sinceMs: number, untilMs: number): Generator<RunEvaluation> {
  const { least, most } = bounds(run);
  const there = executorsOverTime(run);
  const atMost = share(
    lengthWhere(there, there, sinceMs, untilMs, (count) => count >= most),
    untilMs - sinceMs,
  );
  const peak = greatestValue(there);
  const mean = areaBetween(there, sinceMs, untilMs) / Math.max(1, untilMs - sinceMs);
  const evidence = [
    measure('spark.dynamicAllocation.minExecutors', least, '', 1),
    measure('spark.dynamicAllocation.maxExecutors', most === NO_BOUND ? 'no limit' : most, '', 1),
    measure('executors at most', peak, '', run.executors.length),
    measure('executors on average', mean, '', run.executors.length),
    measure('time at the maximum', atMost * 100, '%', run.executors.length),
  ];
  const isPinned = least > 0 && least === most;
  if (!isPinned && atMost < ALWAYS) return yield ok('dynamic allocation is on and moves within its bounds', evidence);
  yield {
    state: 'finding',
    severity: 'info',
    title: isPinned
      ? `Dynamic allocation cannot move: both bounds are ${least}`
      : `Executors are at their maximum of ${most} for ${Math.round(atMost * 100)} % of the time`,
    evidence,
    confidence: sure(
      0.6,
      'executors are counted over time; whether more of them would end the run sooner is told by the what-if',
    ),
    recommendation: {
      summary: isPinned
        ? 'Set a lower minimum'
        : 'Raise the maximum if the run should be faster, or take it as the fixed size that it is',
      risk: 'More executors cost more per hour; see the what-if of the clinic.',
      patches: [
        on(
          isPinned
            ? { 'spark.dynamicAllocation.minExecutors': 0 }
            : { 'spark.dynamicAllocation.maxExecutors': most * 2 },
        ),
      ],
    },
  };
}

export const dynamicAllocation = defineSparkRule({
  id: 'spark/dynamic-allocation',
  title: 'Executors do not follow the load',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastIdleShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('off: time beyond the idle timeout with all executors idle, of the time between first and last job'),
  }),
  *evaluate(run, { leastIdleShare }) {
    const span = jobSpan(run);
    if (!span || span.lastMs <= span.firstMs) return yield notApplicable('the run has no job');
    if (!livesOf(run).length) return yield insufficient('the log names no executor');
    if (isLocal(run)) return yield notApplicable('local mode has no executors to allocate');
    if (isStreaming(run)) return yield notApplicable('a stream keeps its executors for the next batch');
    if (!confFlag(run, 'spark.dynamicAllocation.enabled'))
      return yield* judgeFixed(run, span.firstMs, span.lastMs, leastIdleShare);
    if (keepsShuffle(run)) return yield* judgeBounds(run, span.firstMs, span.lastMs);
    yield {
      state: 'finding',
      title: 'Dynamic allocation is on, and nothing keeps shuffle data when executors go',
      evidence: [
        measure('shuffle tracking', 'off', '', 1),
        measure('external shuffle service', 'off', '', 1),
        measure('storage decommissioning', 'off', '', 1),
      ],
      confidence: sure(0.9, 'read from the configuration of the run'),
      recommendation: { summary: 'Track shuffle data, so that executors that hold some are kept', patches: [on()] },
    };
  },
});
