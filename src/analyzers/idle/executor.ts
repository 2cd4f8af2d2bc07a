import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { greatest, share, sum } from '../derived/numbers.js';
import { conf, confFlag, confMs, isLocal } from '../derived/spark-conf.js';
import { type IdleStretch, idleStretches } from '../derived/spark-idle.js';
import { isStreaming, isYoung } from '../derived/spark-run.js';
import { busyOf, executorsOverTime } from '../derived/spark-slots.js';
import { timelineOf } from '../derived/spark-timeline.js';
import { areaBetween } from '../derived/steps.js';
import {
  code,
  defineSparkRule,
  insufficient,
  measure,
  notApplicable,
  ok,
  type RunFinding,
  type RunPatch,
  sparkConf,
  sure,
} from '../spark-rule.js';

/** What the idle time comes from, where one thing makes this share of it. */
const MATTERS = 0.2;

interface Cause {
  /** Where the driver works alone: `between job 0 and job 1`. */
  driver: string | undefined;
  /** The rule that tells of the tasks that the others wait for. */
  slowTasks: 'spark/straggler' | 'spark/data-skew' | undefined;
}

function causeOf(run: SparkLog, idleMs: number, stretches: readonly IdleStretch[]): Cause {
  const { parts } = timelineOf(run);
  const up = executorsOverTime(run);
  const driverMs = sum(stretches.map(({ sinceMs, untilMs }) => areaBetween(up, sinceMs, untilMs)));
  const [straggler, skew] = [parts['idle: straggler'], parts['idle: skew']];
  // Parts are wall time, which some of the executors idle: no more than one of them is asked for.
  const isSlow = Math.max(straggler, skew) >= MATTERS * idleMs;
  return {
    driver: driverMs >= MATTERS * idleMs ? stretches[0]?.where : undefined,
    slowTasks: isSlow ? (straggler >= skew ? 'spark/straggler' : 'spark/data-skew') : undefined,
  };
}

const DEFAULT_TIMEOUT_MS = 60_000;
const SHORT_TIMEOUT_MS = 30_000;

/** The idle timeout that is worth a try. */
function triedTimeoutMs(run: SparkLog): number {
  return confFlag(run, 'spark.dynamicAllocation.enabled') ? SHORT_TIMEOUT_MS : DEFAULT_TIMEOUT_MS;
}

/** An idle timeout gives back what idles longer than it, and nothing else. */
function timeoutPatches(run: SparkLog, longestMs: number): RunPatch[] {
  const isDynamic = confFlag(run, 'spark.dynamicAllocation.enabled');
  const nowMs = confMs(run, 'spark.dynamicAllocation.executorIdleTimeout') ?? DEFAULT_TIMEOUT_MS;
  const timeoutMs = triedTimeoutMs(run);
  if (longestMs <= timeoutMs || (isDynamic && nowMs <= timeoutMs)) return [];
  return [
    sparkConf({
      'spark.dynamicAllocation.enabled': true,
      'spark.dynamicAllocation.shuffleTracking.enabled': true,
      'spark.dynamicAllocation.executorIdleTimeout': `${timeoutMs / 1000}s`,
    }),
  ];
}

function fewerPatch(run: SparkLog, longestMs: number): RunPatch {
  const isDynamic = confFlag(run, 'spark.dynamicAllocation.enabled');
  const key = isDynamic ? 'spark.dynamicAllocation.maxExecutors' : 'spark.executor.instances';
  const why =
    longestMs <= triedTimeoutMs(run)
      ? `none idles longer than ${Math.ceil(longestMs / 1000)} s at a time, too short for an idle timeout to give it back`
      : 'the idle timeout is short already, and cached or shuffle data can hold executors beyond it';
  return code(`Start fewer executors (${key}; see the what-if): ${why}`);
}

function recommendationFor(
  run: SparkLog,
  { driver, slowTasks }: Cause,
  longestMs: number,
): RunFinding['recommendation'] {
  const timeout = timeoutPatches(run, longestMs);
  const isDynamic = confFlag(run, 'spark.dynamicAllocation.enabled');
  const giveBack = isDynamic
    ? `Give idle executors back sooner than after ${conf(run, 'spark.dynamicAllocation.executorIdleTimeout') ?? '60s'}`
    : 'Let Spark give idle executors back, or start fewer';
  const shorten = slowTasks ? 'Shorten the tasks that the other executors wait for' : 'Start fewer executors';
  return {
    summary: timeout.length ? giveBack : driver ? 'Shorten the driver’s own work, or start fewer executors' : shorten,
    risk: timeout.length
      ? 'Executors that are given back have to come again, which takes time.'
      : 'With fewer executors stages that fill them all take longer.',
    patches: [
      ...timeout,
      ...(driver ? [code(`Shorten the driver’s own work ${driver}`)] : []),
      ...(slowTasks ? [code(`Executors wait for the end of slow tasks: see ${slowTasks}`)] : []),
      ...(timeout.length || slowTasks ? [] : [fewerPatch(run, longestMs)]),
    ],
  };
}

export const idleExecutor = defineSparkRule({
  id: 'idle/executor',
  title: 'Executors without a task',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('time without a task, of the executors’ lives after start-up'),
  }),
  *evaluate(run, { moreThanShare }) {
    if (isLocal(run)) return yield notApplicable('local mode has no executors');
    if (isYoung(run)) return yield insufficient('the run goes on, and no task of it has ended yet');
    const { startedMs, stoppedMs } = timelineOf(run);
    const busy = busyOf(run, startedMs, stoppedMs);
    const lives = busy.map(({ life }) =>
      Math.max(0, Math.min(stoppedMs, life.untilMs) - Math.max(startedMs, life.sinceMs)),
    );
    const livedMs = sum(lives);
    if (livedMs === 0) return yield insufficient('no executor lived beyond the start-up of the run');
    const idleMs = sum(busy.map(({ busyMs }, i) => Math.max(0, (lives[i] ?? 0) - busyMs)));
    const never = busy.filter(({ busyMs }, i) => busyMs === 0 && (lives[i] ?? 0) > 0).length;
    const idle = share(idleMs, livedMs);
    const longestMs = greatest(busy, ({ longestIdleMs }) => longestIdleMs)?.longestIdleMs ?? 0;
    const stretches = idleStretches(run, startedMs, stoppedMs);
    const [longest] = stretches;
    const isDynamic = confFlag(run, 'spark.dynamicAllocation.enabled');
    const cause = causeOf(run, idleMs, stretches);
    const evidence = [
      measure('executor time without a task', idleMs / 1000, 's', busy.length),
      measure('of their lives after start-up', idle * 100, '%', busy.length),
      measure('executors that never had a task', never, '', busy.length),
      measure('longest time of an executor without a task', longestMs / 1000, 's', busy.length),
      measure('longest time with none running', longest ? longest.ms / 1000 : 0, 's', 1),
      measure('where', cause.driver ?? 'some executors idle while others work', '', 1),
      measure('dynamic allocation', isDynamic ? 'on' : 'off', '', 1),
    ];
    if (idle <= moreThanShare)
      return yield ok(`executors are without a task for ${Math.round(idle * 100)} % of their lives`, evidence);
    yield {
      state: 'finding',
      title: `Executors are without a task for ${Math.round(idle * 100)} % of their lives`,
      evidence,
      confidence: sure(isStreaming(run) ? 0.4 : 0.6, 'counted from launch and end of each task; one run'),
      recommendation: recommendationFor(run, cause, longestMs),
    };
  },
});
