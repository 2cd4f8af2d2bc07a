import { type SparkExecutor, type SparkLog, type SparkStage, TASK_KILLED, TASK_SUCCEEDED } from '../../model/spark.js';
import type { Window } from '../../model/window.js';

/** What is derived from a run is computed once and lives as long as the run does. */
export function perRun<T>(derive: (run: SparkLog) => T): (run: SparkLog) => T {
  const known = new WeakMap<SparkLog, { value: T }>();
  return (run) => {
    const found = known.get(run);
    if (found) return found.value;
    const value = derive(run);
    known.set(run, { value });
    return value;
  };
}

/** The time of the run; of one that has not ended, until its newest event. */
export function windowOf(run: SparkLog): Window {
  const { startMs, endMs, lastEventMs } = run.application;
  return { sinceMs: startMs, untilMs: Math.max(startMs, endMs ?? lastEventMs) };
}

export function wallMs(run: SparkLog): number {
  const { sinceMs, untilMs } = windowOf(run);
  return untilMs - sinceMs;
}

/**
 * Whether an executor ever registered with the driver. Spark logs the removal of pods and processes that died at their
 * start too, and at the end of a run that of those it had asked for: such a one never had a slot.
 */
export function cameUp({ addedMs, maxStorageMemoryBytes, tasks, failedTasks, killedTasks }: SparkExecutor): boolean {
  return addedMs !== null || maxStorageMemoryBytes !== null || tasks + failedTasks + killedTasks > 0;
}

/** What runs tasks: the executors that came up, or in local mode the driver. */
export const workersOf = perRun((run): SparkExecutor[] => {
  const executors = run.executors.filter((executor) => !executor.isDriver && cameUp(executor));
  return executors.length ? executors : run.executors.filter(({ isDriver, tasks }) => isDriver && tasks > 0);
});

export function stageOf(run: SparkLog, stageId: number): SparkStage[] {
  return run.stages.filter((stage) => stage.stageId === stageId);
}

/** How a stage is named to people: `stage 4`, `stage 4 attempt 1`. */
export function stageName(stage: SparkStage): string {
  return stage.attempt > 0 ? `stage ${stage.stageId} attempt ${stage.attempt}` : `stage ${stage.stageId}`;
}

export function taskDurationMs(stage: SparkStage, task: number): number {
  const { launchMs, finishMs } = stage.tasks;
  return Math.max(0, (finishMs[task] ?? 0) - (launchMs[task] ?? 0));
}

/** Launch to finish of all tasks, whatever became of them. */
export function stageTaskMs(stage: SparkStage): number {
  let sum = 0;
  for (let task = 0; task < stage.tasks.count; task++) sum += taskDurationMs(stage, task);
  return sum;
}

/** Task time of the run. */
export const taskMs = perRun((run) => run.stages.reduce((sum, stage) => sum + stageTaskMs(stage), 0));

/** A run that was looked at before its first task ended: how it uses its executors is not to be told. */
export function isYoung(run: SparkLog): boolean {
  return !run.application.finished && taskMs(run) === 0;
}

/** Task time that brought nothing: of tasks that failed or were killed. */
export function lostTaskMs(stage: SparkStage, outcome?: number): number {
  let sum = 0;
  for (let task = 0; task < stage.tasks.count; task++) {
    const own = stage.tasks.outcome[task];
    if (outcome === undefined ? own !== TASK_SUCCEEDED : own === outcome) sum += taskDurationMs(stage, task);
  }
  return sum;
}

export function isKilled(stage: SparkStage, task: number): boolean {
  return stage.tasks.outcome[task] === TASK_KILLED;
}

export interface FirstAndLastJob {
  firstMs: number;
  lastMs: number;
}

/** From the submission of the first job to the end of the last one; undefined if there was none. */
export function jobSpan(run: SparkLog): FirstAndLastJob | undefined {
  if (!run.jobs.length) return undefined;
  const { untilMs } = windowOf(run);
  return {
    firstMs: run.jobs.reduce((first, job) => Math.min(first, job.submittedMs), Number.POSITIVE_INFINITY),
    lastMs: run.jobs.reduce((last, job) => Math.max(last, job.completedMs ?? untilMs), 0),
  };
}

/** Whether the run is a streaming one: its micro-batches repeat by design. */
export function isStreaming(run: SparkLog): boolean {
  return run.streamingBatches.length > 0 || run.streamingQueries.length > 0;
}
