import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { share } from '../derived/numbers.js';
import { idleStretches } from '../derived/spark-idle.js';
import { isStreaming, jobSpan } from '../derived/spark-run.js';
import { mostSlots } from '../derived/spark-slots.js';
import { code, defineSparkRule, insufficient, measure, notApplicable, ok, sparkConf, sure } from '../spark-rule.js';

/** Executors that idle for this long are worth giving back: Spark's own default idle timeout (60 s). */
const IDLE_TIMEOUT_SECONDS = 60;

function patchesOf(run: SparkLog, longestSeconds: number, where: string) {
  const advice = code(
    `Move work off the driver (collect, toPandas, loops over rows, listing of files) or run independent jobs from several threads: ${where}`,
  );
  if (longestSeconds < IDLE_TIMEOUT_SECONDS || run.application.conf['spark.dynamicAllocation.enabled'] === 'true')
    return [advice];
  const release = sparkConf({
    'spark.dynamicAllocation.enabled': true,
    'spark.dynamicAllocation.shuffleTracking.enabled': true,
    'spark.dynamicAllocation.executorIdleTimeout': `${IDLE_TIMEOUT_SECONDS}s`,
  });
  return [advice, release];
}

export const driverBound = defineSparkRule({
  id: 'spark/driver-bound',
  title: 'Executors wait while the driver works alone',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('time with executors up and no task running, of the time between first and last job'),
    leastSeconds: z.number().min(0).default(2).describe('and at least this long'),
  }),
  *evaluate(run, { leastShare, leastSeconds }) {
    const span = jobSpan(run);
    if (!span) return yield notApplicable('the run has no job');
    if (isStreaming(run)) return yield notApplicable('a stream waits for its next batch between jobs');
    if (!mostSlots(run)) return yield insufficient('the log names no executor');
    const spanMs = span.lastMs - span.firstMs;
    const stretches = idleStretches(run, span.firstMs, span.lastMs);
    const idleMs = stretches.reduce((sum, { ms }) => sum + ms, 0);
    const longest = stretches[0];
    const evidence = [
      measure('no task running while executors are up', idleMs / 1000, 's', run.jobs.length),
      measure('between first and last job', spanMs / 1000, 's', run.jobs.length),
      measure('share', share(idleMs, spanMs) * 100, '%', run.jobs.length),
    ];
    if (!longest || share(idleMs, spanMs) < leastShare || idleMs < leastSeconds * 1000)
      return yield ok('executors have tasks for most of the time between the jobs', evidence);
    const where = `the longest stretch (${(longest.ms / 1000).toFixed(1)} s) is ${longest.where}`;
    yield {
      state: 'finding',
      title: `Executors wait for the driver for ${Math.round(share(idleMs, spanMs) * 100)} % of the time between the jobs`,
      evidence: [
        ...evidence,
        measure('longest stretch', longest.ms / 1000, 's', stretches.length),
        measure('where', longest.where, '', 1),
      ],
      impact: { secondsPerRun: idleMs / 1000 },
      confidence: sure(0.85, 'no executor had a task in that time; what the driver did is not in the log'),
      recommendation: {
        summary: 'Shorten what the driver does alone between the jobs',
        risk: 'Results must stay the same when driver code is moved into the job.',
        patches: patchesOf(run, longest.ms / 1000, where),
      },
    };
  },
});
