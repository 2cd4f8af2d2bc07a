import { z } from 'zod';
import type { SparkJob, SparkLog } from '../../model/spark.js';
import { isCancelled, rootCause } from '../derived/spark-errors.js';
import { lossesOf } from '../derived/spark-losses.js';
import { stageText } from '../derived/spark-plan.js';
import { stageName, stageOf } from '../derived/spark-run.js';
import { stoppedJobs, stoppedText } from '../derived/spark-stopped.js';
import {
  code,
  defineSparkRule,
  type Measure,
  measure,
  notApplicable,
  ok,
  type RunEvaluation,
  sure,
} from '../spark-rule.js';

/** Why the executors of a job that failed went away, where that is what failed it. */
function lossEvidence(run: SparkLog, error: string): Measure[] {
  if (!/ExecutorLostFailure|FetchFailed/.test(error)) return [];
  return lossesOf(run)
    .slice(-3)
    .map(({ executor, text }) => measure(`executor ${executor.id}`, text.slice(0, 300), '', 1));
}

function failedMs(job: SparkJob): number {
  return (job.completedMs ?? job.submittedMs) - job.submittedMs;
}

/** The driver was ended from outside, by a deadline or a deleted pod, or by itself in the middle of a job. */
function stopped(run: SparkLog): RunEvaluation {
  const jobs = stoppedJobs(run);
  const stages = jobs.flatMap((each) => each.stages);
  const [stage] = stages;
  return {
    state: 'finding',
    ...(stage && { stageId: stage.stageId }),
    title: `Stopped before it finished: ${stoppedText(run)}`,
    evidence: [
      measure(
        'the jobs ended with',
        jobs[0]?.job.error?.split('\n')[0]?.slice(0, 300) ?? 'no end in the log',
        '',
        jobs.length,
      ),
      ...stages
        .slice(0, 3)
        .map((each) =>
          measure(
            `${stageName(each)}, partitions done`,
            `${each.completedPartitions} of ${each.numTasks}`,
            '',
            each.tasks.count,
          ),
        ),
      measure('jobs cut off', jobs.length, '', run.jobs.length),
    ],
    confidence: sure(
      0.9,
      'Spark logs that its context was shut down with jobs open, not who did it or whether on purpose',
    ),
    recommendation: {
      summary:
        'Find what ended the driver (a deadline, a deleted or evicted pod, an exit while another thread ran a job), and run it again',
      risk: 'What this log says of time and sizes is of the part that ran.',
      patches: [],
    },
  };
}

export const jobFailed = defineSparkRule({
  id: 'spark/job-failed',
  title: 'A job failed',
  severity: 'critical',
  ledger: null,
  parameters: z.object({
    fewestJobs: z.int().min(1).default(1).describe('jobs that failed and were not cancelled'),
  }),
  *evaluate(run, { fewestJobs }) {
    if (!run.jobs.length) return yield notApplicable('the run has no job');
    const failed = run.jobs.filter((job) => job.result === 'failed' && !isCancelled(job.error));
    const [first] = failed;
    if (!first && stoppedJobs(run).length > 0) return yield stopped(run);
    if (!first || failed.length < fewestJobs)
      return yield ok('no job failed', [measure('jobs', run.jobs.length, '', run.jobs.length)]);
    const error = first.error ?? '';
    const cause = rootCause(error);
    const [loss] = lossEvidence(run, error);
    const stages = cause.stageId === undefined ? [] : stageOf(run, cause.stageId);
    const [stage] = stages;
    const why =
      loss && typeof loss.value === 'string' ? `executor lost: ${loss.value}` : cause.text || 'no error logged';
    yield {
      state: 'finding',
      ...(stage && { stageId: stage.stageId }),
      title: `Job ${first.id} failed: ${why}`,
      evidence: [
        measure('root cause', why, '', failed.length),
        measure('jobs failed', failed.length, '', run.jobs.length),
        measure('job', first.description ?? `job ${first.id}`, '', 1),
        ...(stage ? [measure('SQL node or code', stageText(run, stage), '', 1)] : []),
        ...lossEvidence(run, error),
        measure('error, first line', error.split('\n')[0]?.slice(0, 300) ?? '', '', 1),
      ],
      impact: { secondsPerRun: failed.reduce((sum, job) => sum + failedMs(job), 0) / 1000 },
      confidence: sure(
        loss ? 0.8 : 0.85,
        'the cause is the bottom of the logged exception chain; pod logs may say more',
      ),
      recommendation: {
        summary: loss
          ? 'Mend what ends the executors; the tasks fail only because of it'
          : 'Mend the root cause; the lines above it follow from it',
        patches: [code(`${why}${stage ? `\nin: ${stageText(run, stage)}` : ''}`)],
      },
    };
  },
});
