import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { HOUR_MS, type Window } from '../../model/window.js';
import { windowOf } from '../derived/spark-run.js';
import type { SparkRun } from '../derived/spark-runs.js';
import { type Life, livesOf } from '../derived/spark-slots.js';
import { jobsOf } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, ok, sparkConf, sure } from '../spark-rule.js';

/**
 * How long the driver was up, and whether it is. Of a run that has not ended its pod may tell more than its log, as long
 * as the log was read since and does not end within a job.
 */
function driverOf({ log, logsReadMs, pods }: SparkRun): { untilMs: number; isUp: boolean } {
  const { untilMs } = windowOf(log);
  if (log.application.finished) return { untilMs, isUp: false };
  const drivers = pods?.().filter(({ role }) => role === 'driver') ?? [];
  const isUp = !drivers.some(({ hasEnded }) => hasEnded);
  if (log.jobs.some(({ completedMs }) => completedMs === null)) return { untilMs, isUp };
  const seenMs = Math.max(untilMs, ...drivers.map(({ endMs }) => endMs));
  return { untilMs: Math.max(untilMs, Math.min(seenMs, logsReadMs ?? seenMs)), isUp };
}

/** The longest time without a running job, from the application's start on. */
function longestPause(run: SparkLog, untilMs: number): Window {
  const { sinceMs } = windowOf(run);
  const jobs = jobsOf(run);
  let pause = { sinceMs, untilMs: sinceMs };
  let since = sinceMs;
  let isIdle = true;
  const close = (atMs: number) => {
    if (isIdle && atMs - since > pause.untilMs - pause.sinceMs) pause = { sinceMs: since, untilMs: atMs };
  };
  jobs.atMs.forEach((atMs, i) => {
    close(atMs);
    isIdle = (jobs.value[i] ?? 0) === 0;
    if (isIdle) since = atMs;
  });
  close(untilMs);
  return pause;
}

export const idleSparkApplication = defineSparkRule({
  id: 'idle/spark-application',
  title: 'A Spark application without a job',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanHours: z.number().positive().default(1).describe('driver up and no job running'),
  }),
  *evaluate(run, { moreThanHours }, around) {
    const { untilMs, isUp } = driverOf(around);
    const pause = longestPause(run, untilMs);
    const pauseMs = pause.untilMs - pause.sinceMs;
    const { sinceMs, untilMs: newestMs } = windowOf(run);
    const isOpen = isUp && pause.untilMs === untilMs;
    const isThere = ({ executor, ...life }: Life) =>
      life.sinceMs < pause.untilMs && (executor.removedMs === null || life.untilMs > pause.sinceMs);
    const held = livesOf(run).filter(isThere).length;
    const evidence = [
      measure('longest time without a job', pauseMs / 1000, 's', run.jobs.length),
      measure('from the start', (pause.sinceMs - sinceMs) / 1000, 's', 1),
      measure('executors held meanwhile', held, '', held),
      ...(untilMs > newestMs
        ? [measure('driver pod seen after the newest event', (untilMs - newestMs) / 1000, 's', 1)]
        : []),
      measure('jobs of the run', run.jobs.length, '', run.jobs.length),
    ];
    if (pauseMs <= moreThanHours * HOUR_MS) return yield ok('jobs follow each other', evidence);
    yield {
      state: 'finding',
      title: `No job for ${(pauseMs / HOUR_MS).toFixed(1)} h while the driver ${isOpen ? 'is' : 'was'} up`,
      evidence,
      confidence: sure(0.7, 'the log has no job in that time; a driver may work on its own, which it does not say'),
      recommendation: {
        summary: isOpen
          ? 'Stop the application if nobody needs it'
          : 'Stop the session when its work is done, and give executors back meanwhile',
        risk: 'State of a notebook or session is lost with its driver.',
        patches: [
          sparkConf({
            'spark.dynamicAllocation.enabled': true,
            'spark.dynamicAllocation.shuffleTracking.enabled': true,
            'spark.dynamicAllocation.minExecutors': 0,
          }),
          code('Call spark.stop() at the end, or let the notebook server cull idle kernels'),
        ],
      },
    };
  },
});
