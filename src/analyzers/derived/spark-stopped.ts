import type { SparkJob, SparkLog, SparkStage } from '../../model/spark.js';
import { isShutDown } from './spark-errors.js';
import { isStreaming, perRun, stageName } from './spark-run.js';

/** A job that was open when the driver ended, and the stages of it that were then at work. */
export interface StoppedJob {
  job: SparkJob;
  stages: SparkStage[];
}

/**
 * Jobs that the end of the driver cut off: the log then tells of a part of the run as if it were all. A stream always
 * ends so, when somebody stops it.
 */
export const stoppedJobs = perRun((run: SparkLog): StoppedJob[] => {
  if (!run.application.finished || isStreaming(run)) return [];
  return run.jobs
    .map((job) => ({
      job,
      stages: run.stages.filter(
        ({ stageId, status, tasks }) => job.stageIds.includes(stageId) && status !== 'complete' && tasks.count > 0,
      ),
    }))
    .filter(({ job, stages }) =>
      // Without an end in the log a job was open, unless all of its stages were complete and just its end was dropped.
      job.completedMs === null ? stages.some(({ status }) => status === 'running') : isShutDown(job.error),
    );
});

/** `job 0 (stage 0) incomplete`; undefined for a run that came to its own end. */
export function stoppedText(run: SparkLog): string | undefined {
  const stopped = stoppedJobs(run);
  const [first] = stopped;
  if (!first) return undefined;
  const stages = first.stages.length > 0 ? ` (${first.stages.map(stageName).join(', ')})` : '';
  const more = stopped.length > 1 ? ` and ${stopped.length - 1} more` : '';
  return `job ${first.job.id}${stages}${more} incomplete`;
}
