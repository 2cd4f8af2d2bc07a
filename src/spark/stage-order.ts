import { windowOf } from '../analyzers/derived/spark-run.js';
import type { SparkJob, SparkLog, SparkStage } from '../model/spark.js';

/** Jobs that overlap in time, in the order of time: groups follow each other. */
export function groupsOf(run: SparkLog): SparkJob[][] {
  const { untilMs } = windowOf(run);
  const groups: SparkJob[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const job of [...run.jobs].sort((a, b) => a.submittedMs - b.submittedMs)) {
    const last = groups.at(-1);
    if (last && job.submittedMs < endMs) last.push(job);
    else groups.push([job]);
    endMs = Math.max(endMs, job.completedMs ?? untilMs);
  }
  return groups;
}

export interface Placed {
  stage: SparkStage;
  firstMs: number;
  lastMs: number;
  endMs: number;
}

export function placed(stage: SparkStage): Placed {
  const firstMs = stage.tasks.launchMs.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
  const lastMs = stage.tasks.finishMs.reduce((last, time) => Math.max(last, time), 0);
  return { stage, firstMs, lastMs, endMs: Math.max(lastMs, stage.completedMs ?? lastMs) };
}

/** Whether `later` had to wait for `earlier`: its parent, an earlier attempt of it, or what a retry came after. */
function dependsOn(later: Placed, earlier: Placed): boolean {
  if (earlier.stage === later.stage || earlier.lastMs > later.firstMs) return false;
  if (later.stage.attempt > 0 || earlier.stage.attempt > 0) return true;
  return later.stage.parentIds.includes(earlier.stage.stageId);
}

/** Stages of later jobs of a group come after the jobs that had ended when theirs was submitted. */
function isAfterJob(later: Placed, earlier: Placed, jobs: readonly SparkJob[]): boolean {
  const own = jobs.find(({ stageIds }) => stageIds.includes(later.stage.stageId));
  const other = jobs.find(({ stageIds }) => stageIds.includes(earlier.stage.stageId));
  return !!own && !!other && own !== other && (other.completedMs ?? Number.POSITIVE_INFINITY) <= own.submittedMs;
}

/** A stage, and the places of those that it had to wait for. */
export type Ordered = Placed & { after: number[] };

/** The stages that ran in a group of jobs, in the order of time, and the places of those that each had to wait for. */
export function stagesInOrder(run: SparkLog, jobs: readonly SparkJob[]): Ordered[] {
  const ids = new Set(jobs.flatMap(({ stageIds }) => stageIds));
  const [firstMs, lastMs] = [
    jobs[0]?.submittedMs ?? 0,
    Math.max(...jobs.map(({ completedMs }) => completedMs ?? Number.POSITIVE_INFINITY)),
  ];
  const stages = run.stages
    .filter(({ stageId, tasks }) => ids.has(stageId) && tasks.count > 0)
    .map(placed)
    // A stage belongs to the group in which it ran: other jobs only skip it.
    .filter((stage) => stage.firstMs >= firstMs && stage.firstMs <= lastMs)
    .sort((a, b) => a.firstMs - b.firstMs);
  return stages.map((own, i) => ({
    ...own,
    after: stages.flatMap((other, place) =>
      place < i && (dependsOn(own, other) || isAfterJob(own, other, jobs)) ? [place] : [],
    ),
  }));
}
