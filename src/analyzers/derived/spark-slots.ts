import type { SparkExecutor, SparkLog } from '../../model/spark.js';
import { conf, confNumber } from './spark-conf.js';
import { perRun, windowOf, workersOf } from './spark-run.js';
import { type Change, greatestValue, type Steps, stepsOf } from './steps.js';

/** One executor while it could run tasks. */
export interface Life {
  executor: SparkExecutor;
  sinceMs: number;
  untilMs: number;
  /** Tasks that fit at once: `spark.executor.cores / spark.task.cpus`, whatever the CPU request (DOMAIN.md 4). */
  slots: number;
}

/** Threads of a local master: `local[4]` has 4, `local` one; undefined for `local[*]`, which depends on the machine. */
function localThreads(run: SparkLog): number | undefined {
  const match = /^local(?:\[(\d+|\*)(?:,\s*\d+)?\])?$/.exec(conf(run, 'spark.master') ?? '');
  if (!match) return undefined;
  return match[1] === undefined ? 1 : match[1] === '*' ? undefined : Number(match[1]);
}

function taskCpus(run: SparkLog, executor: SparkExecutor): number {
  const profile = run.application.resourceProfiles.find(({ id }) => id === executor.resourceProfileId);
  return profile?.task.cpus ?? confNumber(run, 'spark.task.cpus') ?? 1;
}

function coresOf(run: SparkLog, executor: SparkExecutor): number {
  if (executor.cores > 0) return executor.cores;
  if (executor.isDriver) return localThreads(run) ?? 1;
  return confNumber(run, 'spark.executor.cores') ?? 1;
}

/** When each executor was there. One that is known by its tasks alone was there from the start. */
export const livesOf = perRun((run): Life[] => {
  const { sinceMs, untilMs } = windowOf(run);
  return workersOf(run).map((executor) => {
    const since = Math.max(sinceMs, executor.addedMs ?? sinceMs);
    return {
      executor,
      sinceMs: since,
      untilMs: Math.max(since, Math.min(untilMs, executor.removedMs ?? untilMs)),
      slots: Math.max(1, Math.floor(coresOf(run, executor) / taskCpus(run, executor))),
    };
  });
});

/** Whether the driver's own threads did the work, as the log tells it; `isLocal` asks the master's name. */
export function worksInDriver(run: SparkLog): boolean {
  const lives = livesOf(run);
  return lives.length > 0 && lives.every(({ executor }) => executor.isDriver);
}

/** Task slots over time. */
export const slotsOf = perRun((run): Steps => {
  const changes: Change[] = livesOf(run).flatMap(({ sinceMs, untilMs, slots }): Change[] => [
    [sinceMs, slots],
    [untilMs, -slots],
  ]);
  return stepsOf(changes);
});

/** Tasks running over time. */
export const runningOf = perRun((run): Steps => {
  const changes: Change[] = [];
  for (const { tasks } of run.stages)
    for (let task = 0; task < tasks.count; task++) {
      changes.push([tasks.launchMs[task] ?? 0, 1], [tasks.finishMs[task] ?? 0, -1]);
    }
  return stepsOf(changes);
});

/** The most slots there were at once. */
export const mostSlots = perRun((run) => greatestValue(slotsOf(run)));

/** Slots × time over the executors' own lives, in ms. */
export const slotMs = perRun((run) =>
  livesOf(run).reduce((sum, { sinceMs, untilMs, slots }) => sum + slots * (untilMs - sinceMs), 0),
);

/** Executors that are up, over time. */
export const executorsOverTime = perRun(
  (run): Steps =>
    stepsOf(
      livesOf(run).flatMap(({ sinceMs, untilMs }): Change[] => [
        [sinceMs, 1],
        [untilMs, -1],
      ]),
    ),
);

export interface Busy {
  life: Life;
  /** Time with at least one task on the executor, and its task time, from `fromMs` on. */
  busyMs: number;
  taskMs: number;
  /** Longest time without a task in its life: what an idle timeout goes by. */
  longestIdleMs: number;
}

/** Longest stretch within `[fromMs, toMs)` in which the value is 0. */
function longestZero({ atMs, value }: Steps, fromMs: number, toMs: number): number {
  let longest = 0;
  let since = fromMs;
  for (let i = 0; i < atMs.length; i++) {
    const at = Math.min(toMs, Math.max(fromMs, atMs[i] ?? 0));
    if ((value[i - 1] ?? 0) === 0) longest = Math.max(longest, at - since);
    since = at;
  }
  return (value.at(-1) ?? 0) === 0 ? Math.max(longest, toMs - since) : longest;
}

/** How long each executor had a task in `[fromMs, toMs)`. */
export function busyOf(run: SparkLog, fromMs: number, toMs: number): Busy[] {
  const changes = new Map<string, Change[]>();
  for (const { tasks } of run.stages)
    for (let task = 0; task < tasks.count; task++) {
      const launch = Math.min(toMs, Math.max(fromMs, tasks.launchMs[task] ?? 0));
      const finish = Math.min(toMs, Math.max(launch, tasks.finishMs[task] ?? 0));
      const id = tasks.executorIds[tasks.executor[task] ?? -1] ?? '';
      const own = changes.get(id) ?? [];
      if (!changes.has(id)) changes.set(id, own);
      own.push([launch, 1], [finish, -1]);
    }
  return livesOf(run).map((life) => {
    const steps = stepsOf(changes.get(life.executor.id) ?? []);
    let busyMs = 0;
    for (let i = 1; i < steps.atMs.length; i++)
      if ((steps.value[i - 1] ?? 0) > 0) busyMs += (steps.atMs[i] ?? 0) - (steps.atMs[i - 1] ?? 0);
    const longestIdleMs = longestZero(steps, Math.max(fromMs, life.sinceMs), Math.min(toMs, life.untilMs));
    return { life, busyMs, taskMs: steps.area.at(-1) ?? 0, longestIdleMs };
  });
}
