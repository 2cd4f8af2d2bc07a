import { type SparkLog, type SparkStage, TASK_SUCCEEDED } from '../../model/spark.js';
import { greatest, share } from './numbers.js';
import { jobSpan, lostTaskMs, perRun, stageTaskMs, windowOf } from './spark-run.js';
import { livesOf, runningOf, slotsOf } from './spark-slots.js';
import { firstWave, skewOf, stragglersOf } from './spark-tasks.js';
import { areaBetween, type Change, lengthWhere, type Steps, stepsOf, valueAt } from './steps.js';

/** Why slots stood idle while tasks of a stage ran. */
export const IDLE_CAUSES = ['skew', 'straggler', 'cold start', 'few tasks', 'scheduling', 'end of stage'] as const;
export type IdleCause = (typeof IDLE_CAUSES)[number];

/** Where the wall time of a run went. `work` is time at which all slots would have been busy. */
export const PARTS = [
  'start-up',
  'waiting for executors',
  'driver between jobs',
  'driver within jobs',
  'compute',
  'tasks waiting',
  'garbage collection',
  'shuffle read wait',
  'shuffle write',
  'task overhead',
  'failed tasks',
  'idle: skew',
  'idle: straggler',
  'idle: cold start',
  'idle: few tasks',
  'idle: scheduling',
  'idle: end of stage',
  'stop',
] as const;
export type Part = (typeof PARTS)[number];

/** A stage attempt's share of the wall time: time with several stages running is split by their running tasks. */
export interface StageTime {
  stage: SparkStage;
  wallMs: number;
  /** Of it: as if all slots had been busy. The rest is idle, by cause. */
  busyMs: number;
  idleMs: Record<IdleCause, number>;
}

export interface Timeline {
  /** In ms; they add up to the wall time. */
  parts: Record<Part, number>;
  stages: Map<SparkStage, StageTime>;
  /** When start-up is over: the first executor is up and the first job is submitted (a task may come earlier). */
  startedMs: number;
  /** When the last job ended. */
  stoppedMs: number;
}

interface Live {
  stage: SparkStage;
  time: StageTime;
  skewed: Uint8Array | undefined;
  slow: Uint8Array | undefined;
  cold: Uint8Array | undefined;
  running: number;
  runningSkewed: number;
  runningSlow: number;
  runningCold: number;
  succeeded: number;
}

interface Moment {
  atMs: number;
  live: Live;
  task: number;
  by: 1 | -1;
}

function noIdle(): Record<IdleCause, number> {
  return { skew: 0, straggler: 0, 'cold start': 0, 'few tasks': 0, scheduling: 0, 'end of stage': 0 };
}

function liveOf(run: SparkLog, stage: SparkStage): Live {
  return {
    stage,
    time: { stage, wallMs: 0, busyMs: 0, idleMs: noIdle() },
    skewed: skewOf(stage)?.mask,
    slow: stragglersOf(run, stage)?.mask,
    cold: firstWave(run).get(stage),
    running: 0,
    runningSkewed: 0,
    runningSlow: 0,
    runningCold: 0,
    succeeded: 0,
  };
}

function momentsOf(lives: readonly Live[], untilMs: number): Moment[] {
  const moments: Moment[] = [];
  for (const live of lives) {
    const { tasks } = live.stage;
    for (let task = 0; task < tasks.count; task++) {
      const launch = Math.min(untilMs, tasks.launchMs[task] ?? 0);
      const finish = Math.min(untilMs, Math.max(launch, tasks.finishMs[task] ?? 0));
      moments.push({ atMs: launch, live, task, by: 1 }, { atMs: finish, live, task, by: -1 });
    }
  }
  return moments.sort((a, b) => a.atMs - b.atMs);
}

function step({ live, task, by }: Moment): void {
  live.running += by;
  if (live.skewed?.[task]) live.runningSkewed += by;
  if (live.slow?.[task]) live.runningSlow += by;
  if (live.cold?.[task]) live.runningCold += by;
  if (by < 0 && live.stage.tasks.outcome[task] === TASK_SUCCEEDED) live.succeeded++;
}

function causeOf(live: Live, slots: number): IdleCause {
  if (live.stage.numTasks - live.succeeded > live.running) return 'scheduling';
  if (live.runningSkewed === live.running) return 'skew';
  if (live.runningSlow === live.running) return 'straggler';
  if (live.stage.numTasks < slots) return 'few tasks';
  return live.runningCold === live.running ? 'cold start' : 'end of stage';
}

function spend(live: Live, ms: number, busyShare: number, slots: number): void {
  live.time.wallMs += ms;
  live.time.busyMs += ms * busyShare;
  if (busyShare < 1) live.time.idleMs[causeOf(live, slots)] += ms * (1 - busyShare);
}

/** Splits the time in which tasks ran among their stages. */
function stageTimes(run: SparkLog): Map<SparkStage, StageTime> {
  const lives = run.stages.map((stage) => liveOf(run, stage));
  const slots = slotsOf(run);
  const active = new Set<Live>();
  let running = 0;
  let lastMs = 0;
  const cuts = [...slots.atMs];
  let cut = 0;
  const pass = (untilMs: number) => {
    // Slots change between two task events too.
    while (running > 0 && cut < cuts.length && (cuts[cut] ?? 0) < untilMs) {
      const at = cuts[cut++] ?? 0;
      if (at > lastMs) spendAll(at);
    }
    if (untilMs > lastMs) spendAll(untilMs);
  };
  const spendAll = (untilMs: number) => {
    const there = Math.max(running, valueAt(slots, lastMs));
    for (const live of active) spend(live, (untilMs - lastMs) * (live.running / running), running / there, there);
    lastMs = untilMs;
  };
  for (const moment of momentsOf(lives, windowOf(run).untilMs)) {
    if (running > 0) pass(moment.atMs);
    lastMs = Math.max(lastMs, moment.atMs);
    while (cut < cuts.length && (cuts[cut] ?? 0) <= lastMs) cut++;
    step(moment);
    running += moment.by;
    if (moment.live.running > 0) active.add(moment.live);
    else active.delete(moment.live);
  }
  return new Map(lives.map((live) => [live.stage, live.time]));
}

/** Of run time that nothing else explains what the task's own thread computed; all of it where CPU time was not logged. */
function computingMs({ cpuNs }: SparkStage['sums'], ownMs: number): number {
  return cpuNs > 0 ? Math.min(ownMs, cpuNs / 1e6) : ownMs;
}

/** What a stage's busy time was spent on, by its tasks' own figures. */
function addWork(parts: Record<Part, number>, { stage, busyMs, idleMs }: StageTime): void {
  for (const cause of IDLE_CAUSES) parts[`idle: ${cause}`] += idleMs[cause];
  const { sums } = stage;
  const all = stageTaskMs(stage);
  const failed = share(lostTaskMs(stage), all);
  const runMs = Math.min(sums.runMs, all * (1 - failed));
  const gcMs = Math.min(sums.gcMs, runMs);
  const waitMs = Math.min(sums.shuffleFetchWaitMs, runMs - gcMs);
  const writeMs = Math.min(sums.shuffleWriteNs / 1e6, runMs - gcMs - waitMs);
  const overheadMs = Math.max(0, all * (1 - failed) - runMs);
  const perMs = share(busyMs, all);
  parts['failed tasks'] += busyMs * failed;
  parts['garbage collection'] += gcMs * perMs;
  parts['shuffle read wait'] += waitMs * perMs;
  parts['shuffle write'] += writeMs * perMs;
  parts['task overhead'] += overheadMs * perMs;
  const ownMs = runMs - gcMs - waitMs - writeMs;
  const cpuMs = computingMs(sums, ownMs);
  parts.compute += cpuMs * perMs;
  parts['tasks waiting'] += (ownMs - cpuMs) * perMs;
}

/** Jobs running over time. */
export const jobsOf = perRun((run): Steps => {
  const { untilMs } = windowOf(run);
  return stepsOf(
    run.jobs.flatMap(({ submittedMs, completedMs }): Change[] => [
      [submittedMs, 1],
      [Math.max(submittedMs, completedMs ?? untilMs), -1],
    ]),
  );
});

/** When start-up is over: executors and a job are there, at the latest when the first task starts. */
function startedAt(run: SparkLog): number {
  const { sinceMs, untilMs } = windowOf(run);
  const jobs = jobSpan(run);
  const firstExecutorMs = livesOf(run).reduce((first, life) => Math.min(first, life.sinceMs), untilMs);
  // Executors of a run that never has a job wait for it from the start.
  if (!jobs) return Math.max(sinceMs, firstExecutorMs);
  const firstTaskMs = runningOf(run).atMs[0] ?? untilMs;
  return Math.max(sinceMs, Math.min(Math.max(firstExecutorMs, jobs.firstMs), firstTaskMs));
}

export const timelineOf = perRun((run): Timeline => {
  const { sinceMs, untilMs } = windowOf(run);
  const startedMs = startedAt(run);
  const stages = stageTimes(run);
  const running = runningOf(run);
  const lastWorkMs = Math.max(jobSpan(run)?.lastMs ?? untilMs, running.atMs.at(-1) ?? 0);
  const stoppedMs = Math.max(startedMs, Math.min(untilMs, lastWorkMs));
  const [slots, jobs] = [slotsOf(run), jobsOf(run)];
  // A quantity that is 3 while a job runs and slots are there, 1 or 2 with one of both.
  const state = stepsOf([...flags(slots, 1), ...flags(jobs, 2)]);
  const idleLength = (wanted: number) =>
    lengthWhere(running, state, startedMs, stoppedMs, (tasks, now) => tasks === 0 && now === wanted);
  const parts = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  parts['start-up'] = startedMs - sinceMs;
  parts.stop = untilMs - stoppedMs;
  parts['waiting for executors'] = idleLength(2);
  parts['driver between jobs'] = idleLength(1) + idleLength(0);
  parts['driver within jobs'] = idleLength(3);
  for (const time of stages.values()) addWork(parts, time);
  return { parts, stages, startedMs, stoppedMs };
});

/** Changes of a quantity that has `weight` while the other is above zero. */
function flags(steps: Steps, weight: number): Change[] {
  let on = false;
  const changes: Change[] = [];
  for (let i = 0; i < steps.atMs.length; i++) {
    const now = (steps.value[i] ?? 0) > 0;
    if (now !== on) changes.push([steps.atMs[i] ?? 0, now ? weight : -weight]);
    on = now;
  }
  return changes;
}

/** The stage attempt's share of the wall time; all zero where it had no task. */
export function stageTime(run: SparkLog, stage: SparkStage): StageTime {
  return timelineOf(run).stages.get(stage) ?? { stage, wallMs: 0, busyMs: 0, idleMs: noIdle() };
}

/** Part of the wall time that belongs to `partMs` of the stage's task time. */
export function wallShareMs(run: SparkLog, stage: SparkStage, partMs: number): number {
  return stageTime(run, stage).wallMs * Math.min(1, share(partMs, stageTaskMs(stage)));
}

/** The stage attempt that took most of the wall time. */
export function longestStage(run: SparkLog): SparkStage | undefined {
  return greatest(run.stages, (stage) => stageTime(run, stage).wallMs);
}

/** Mean task slots while the stage's tasks ran. */
export function slotsDuring(run: SparkLog, stage: SparkStage): number {
  const { launchMs, finishMs } = stage.tasks;
  if (!launchMs.length) return 0;
  const since = launchMs.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
  const until = finishMs.reduce((last, time) => Math.max(last, time), 0);
  return until > since ? areaBetween(slotsOf(run), since, until) / (until - since) : valueAt(slotsOf(run), since);
}
