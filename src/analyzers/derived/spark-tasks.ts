import { type SparkLog, type SparkStage, type StageTasks, TASK_SUCCEEDED, type TaskColumn } from '../../model/spark.js';
import { median } from './numbers.js';
import { perRun, taskDurationMs, workersOf } from './spark-run.js';
import { livesOf, runningOf, slotsOf } from './spark-slots.js';
import { areaBetween } from './steps.js';

/** What tells how much a task had to do; time does not (a cold JVM or a busy host is slow too). */
export const WORK_COLUMNS = {
  'shuffle read bytes': 'shuffleReadBytes',
  'shuffle read records': 'shuffleReadRecords',
  'input bytes': 'inputBytes',
  'input records': 'inputRecords',
} as const satisfies Record<string, TaskColumn>;
export type WorkName = keyof typeof WORK_COLUMNS;
const WORK_NAMES = Object.keys(WORK_COLUMNS).filter((name): name is WorkName => name in WORK_COLUMNS);

export const SKEW_FACTOR = 5;
export const STRAGGLER_FACTOR = 3;
/** A task with up to this much more data than the median has no more to do (a tenth of it in healthy shuffles). */
const SAME_WORK = 1.5;
const FEWEST_PEERS = 2;

function succeeded(tasks: StageTasks): number[] {
  return Array.from({ length: tasks.count }, (_, task) => task).filter(
    (task) => tasks.outcome[task] === TASK_SUCCEEDED,
  );
}

/** A task that read far more than the others. */
export interface Skew {
  /** 1 for each such task. */
  mask: Uint8Array;
  tasks: number;
  /** By which figure the worst one is, and how far. */
  by: WorkName;
  worst: number;
  median: number;
  worstTask: number;
}

/** Tasks with at least `factor` times the median of bytes or records; undefined if there is none. */
export function skewOf({ tasks }: SparkStage, factor = SKEW_FACTOR): Skew | undefined {
  const ended = succeeded(tasks);
  if (ended.length < 2) return undefined;
  const mask = new Uint8Array(tasks.count);
  let found: Skew | undefined;
  for (const by of WORK_NAMES) {
    const values = tasks.metrics[WORK_COLUMNS[by]];
    // Where most tasks have nothing to read, one byte or record is the measure.
    const middle = Math.max(1, median(ended.map((task) => values[task] ?? 0)) ?? 0);
    for (const task of ended) {
      const value = values[task] ?? 0;
      if (value < factor * middle) continue;
      mask[task] = 1;
      if (!found || value / middle > found.worst / found.median)
        found = { mask, tasks: 0, by, worst: value, median: middle, worstTask: task };
    }
  }
  if (found) found.tasks = mask.reduce((count, flag) => count + flag, 0);
  return found;
}

/** Marks each slot's first task on each executor: its JVM was cold. One array per stage, in the order of the stages. */
export const firstWave = perRun((run): Map<SparkStage, Uint8Array> => {
  const marks = new Map(run.stages.map((stage) => [stage, new Uint8Array(stage.tasks.count)]));
  const launches = new Map<string, { stage: SparkStage; task: number; atMs: number }[]>();
  for (const stage of run.stages)
    for (let task = 0; task < stage.tasks.count; task++) {
      const id = stage.tasks.executorIds[stage.tasks.executor[task] ?? -1] ?? '';
      const list = launches.get(id) ?? [];
      if (!launches.has(id)) launches.set(id, list);
      list.push({ stage, task, atMs: stage.tasks.launchMs[task] ?? 0 });
    }
  const slots = new Map(livesOf(run).map((life) => [life.executor.id, life.slots]));
  for (const [id, list] of launches) {
    list.sort((a, b) => a.atMs - b.atMs);
    for (const { stage, task } of list.slice(0, slots.get(id) ?? 1)) {
      const own = marks.get(stage);
      if (own) own[task] = 1;
    }
  }
  return marks;
});

export interface Stragglers {
  mask: Uint8Array;
  tasks: number;
  worstMs: number;
  medianMs: number;
  worstTask: number;
}

function hasMoreWork(stage: SparkStage, task: number, medians: ReadonlyMap<WorkName, number>): boolean {
  return WORK_NAMES.some((by) => {
    const middle = medians.get(by) ?? 0;
    const value = stage.tasks.metrics[WORK_COLUMNS[by]][task] ?? 0;
    return value > SAME_WORK * Math.max(1, middle);
  });
}

/**
 * Tasks that took at least `factor` times as long as the others of their kind though they had no more to read.
 * The first wave of an executor is measured against other first waves only: all of them are slow.
 */
export function stragglersOf(run: SparkLog, stage: SparkStage, factor = STRAGGLER_FACTOR): Stragglers | undefined {
  const { tasks } = stage;
  const ended = succeeded(tasks);
  const medians = new Map(
    WORK_NAMES.map((by) => [by, median(ended.map((task) => tasks.metrics[WORK_COLUMNS[by]][task] ?? 0)) ?? 0]),
  );
  const cold = firstWave(run).get(stage);
  const mask = new Uint8Array(tasks.count);
  let found: Stragglers | undefined;
  for (const wave of [0, 1]) {
    const kind = ended.filter((task) => (cold?.[task] ?? 0) === wave);
    if (kind.length <= FEWEST_PEERS) continue;
    const medianMs = Math.max(1, median(kind.map((task) => taskDurationMs(stage, task))) ?? 0);
    for (const task of kind) {
      const durationMs = taskDurationMs(stage, task);
      if (durationMs < factor * medianMs || hasMoreWork(stage, task, medians)) continue;
      mask[task] = 1;
      if (!found || durationMs > found.worstMs)
        found = { mask, tasks: 0, worstMs: durationMs, medianMs, worstTask: task };
    }
  }
  if (found) found.tasks = mask.reduce((count, flag) => count + flag, 0);
  return found;
}

/**
 * What the run loses by these tasks: the time in which none but them runs of the stage and nothing is left to start,
 * times the share of the slots that stand idle meanwhile. Spread over all slots, their work would have ended that
 * much earlier.
 */
export function tailMs(run: SparkLog, stage: SparkStage, mask: Uint8Array): number {
  const { tasks } = stage;
  let othersEndMs = 0;
  let lastLaunchMs = 0;
  let endMs = 0;
  for (let task = 0; task < tasks.count; task++) {
    const finish = tasks.finishMs[task] ?? 0;
    lastLaunchMs = Math.max(lastLaunchMs, tasks.launchMs[task] ?? 0);
    if (mask[task]) endMs = Math.max(endMs, finish);
    else othersEndMs = Math.max(othersEndMs, finish);
  }
  const sinceMs = Math.max(othersEndMs, lastLaunchMs);
  if (endMs <= sinceMs) return 0;
  const slotArea = areaBetween(slotsOf(run), sinceMs, endMs);
  if (slotArea <= 0) return 0;
  const busy = Math.min(1, areaBetween(runningOf(run), sinceMs, endMs) / slotArea);
  return (endMs - sinceMs) * (1 - busy);
}

const hosts = perRun((run) => new Map(workersOf(run).map(({ id, host }) => [id, host])));

export function hostOf(run: SparkLog, executorId: string): string {
  return hosts(run).get(executorId) ?? '';
}
