import { share } from '../analyzers/derived/numbers.js';
import { grantedOf } from '../analyzers/derived/spark-memory.js';
import { taskMs, wallMs, windowOf } from '../analyzers/derived/spark-run.js';
import { executorsOverTime, livesOf, runningOf, slotsOf, worksInDriver } from '../analyzers/derived/spark-slots.js';
import { timelineOf } from '../analyzers/derived/spark-timeline.js';
import { areaBetween, greatestValue, valueAt } from '../analyzers/derived/steps.js';
import type { SparkJob, SparkLog, SparkStage } from '../model/spark.js';
import { type Batch, lengthOn } from './schedule.js';
import { groupsOf, type Ordered, stagesInOrder } from './stage-order.js';
import { kneeOf, markPareto } from './trade.js';

/** Jobs that overlap in time, with what they run. Groups follow each other. */
interface Group {
  ms: number;
  batches: Batch[];
  /** A job ends a little after its last stage; that is the driver's. All of the group where no stage ran. */
  tailMs: number;
}

/** One shape of the run. */
export interface Shape {
  executors: number;
  /** Of each executor. */
  cores: number;
  /** Of each executor, with its overhead: as much for a task as it had. */
  memoryBytes: number;
  slots: number;
  /** Predicted wall time. */
  wallMs: number;
  /** Executors × the time they are held. */
  executorMs: number;
  /** Cores of all executors × the time they are held: what is paid for, as memory goes with the cores. */
  coreMs: number;
  /** Task time over slot time while executors are held. */
  efficiency: number;
  /** No other shape is both faster and cheaper. */
  isPareto: boolean;
  isOwn: boolean;
}

export interface WhatIf {
  /** Those of executors of the run's own size first; none where the model is too far off the run itself. */
  shapes: Shape[];
  /** The best trade, where more executors begin to cost more than they bring; the run's own shape where no other is clearly better. */
  knee: Shape | undefined;
  /** The shapes are of threads of a local master, which count as executors of one slot. */
  isLocal: boolean;
  /** Predicted at the run's own shape. */
  ownMs: number;
  /** |real − predicted| / real at the own shape. */
  error: number;
  /** With as many slots as there are tasks: driver time and critical path. */
  leastMs: number;
  /** Share of the tasks' run time in which they computed; low where they wait for something outside. */
  cpuShare: number;
}

/**
 * The model keeps within this share of real runs of other shapes (`test/integration/spark-what-if.test.ts`). Where it is
 * further off the run that it was made from, it leaves out what that run's time went by, and a shape that brings less
 * than its error cannot be told from one that brings nothing.
 */
export const FAR_OFF = 0.2;

/** Executors in multiples of those there were. */
const FACTORS = [0.25, 0.5, 1, 1.5, 2, 3, 4, 8];
/** Cores of an executor in multiples of those that it had, its own first. */
const CORE_FACTORS = [1, 0.5, 2];

function launchesOf({ tasks }: SparkStage): number[] {
  return Array.from({ length: tasks.count }, (_, task) => task).sort(
    (a, b) => (tasks.launchMs[a] ?? 0) - (tasks.launchMs[b] ?? 0),
  );
}

/**
 * The stages of a group that ends at `untilMs`. Of a job that failed or was stopped, tasks and stages end after the job
 * or the run itself: what comes later held nobody up.
 */
function clipped(run: SparkLog, jobs: readonly SparkJob[], untilMs: number): Ordered[] {
  return stagesInOrder(run, jobs).map((own) => ({
    ...own,
    lastMs: Math.min(own.lastMs, untilMs),
    endMs: Math.min(own.endMs, untilMs),
  }));
}

function batchesOf(run: SparkLog, stages: readonly Ordered[], sinceMs: number, untilMs: number): Batch[] {
  return stages.map(({ after, ...own }) => {
    const readyMs = after.reduce((ready, place) => Math.max(ready, stages[place]?.endMs ?? 0), sinceMs);
    // What passes between ready and first launch is the driver's, unless all slots were taken.
    const freeMs = firstFree(run, readyMs, own.firstMs);
    const { launchMs, finishMs } = own.stage.tasks;
    return {
      after,
      delayMs: Math.max(0, own.firstMs - Math.max(readyMs, freeMs)),
      taskMs: Float64Array.from(launchesOf(own.stage), (task) =>
        Math.max(0, Math.min(finishMs[task] ?? 0, untilMs) - (launchMs[task] ?? 0)),
      ),
      closingMs: Math.max(0, own.endMs - own.lastMs),
    };
  });
}

/** When a slot was free for the last time before `untilMs` at the latest: `sinceMs` if one was free from then on. */
function firstFree(run: SparkLog, sinceMs: number, untilMs: number): number {
  const [running, slots] = [runningOf(run), slotsOf(run)];
  if (valueAt(running, sinceMs) < valueAt(slots, sinceMs)) return sinceMs;
  for (const atMs of running.atMs) {
    if (atMs <= sinceMs) continue;
    if (atMs >= untilMs) break;
    if (valueAt(running, atMs) < valueAt(slots, atMs)) return atMs;
  }
  return untilMs;
}

/** The run as a model: groups of work, and everything between them as time that does not depend on the slots. */
interface Model {
  groups: Group[];
  fixedMs: number;
  /** From the start of the run until its executors are held. */
  heldFromMs: number;
}

function modelOf(run: SparkLog): Model {
  const { sinceMs, untilMs } = windowOf(run);
  const { startedMs } = timelineOf(run);
  const groups = groupsOf(run).map((jobs): Group => {
    const since = Math.max(startedMs, jobs[0]?.submittedMs ?? 0);
    const ends = jobs.map(({ completedMs }) => completedMs ?? untilMs);
    const until = Math.min(untilMs, Math.max(since, ...ends));
    const stages = clipped(run, jobs, until);
    return {
      ms: until - since,
      batches: batchesOf(run, stages, since, until),
      tailMs: until - Math.max(since, ...stages.map(({ endMs }) => endMs)),
    };
  });
  const fixedMs = groups.reduce((fixed, { ms, tailMs }) => fixed - ms + tailMs, untilMs - sinceMs);
  const firstMs = livesOf(run).reduce((first, life) => Math.min(first, life.sinceMs), untilMs);
  return { groups, fixedMs, heldFromMs: firstMs - sinceMs };
}

function predict(model: Model, slots: number): number {
  // Whole milliseconds, as the log has them: shapes that differ by dust are equal.
  return Math.round(model.fixedMs + model.groups.reduce((sum, { batches }) => sum + lengthOn(slots, batches), 0));
}

/** Mean slots while tasks ran: what the run really had, of executors that come and go. */
function ownSlots(run: SparkLog): number {
  const { atMs } = runningOf(run);
  const [since, until] = [atMs[0] ?? 0, atMs.at(-1) ?? 0];
  return until > since ? Math.max(1, Math.round(areaBetween(slotsOf(run), since, until) / (until - since))) : 1;
}

/** Executors that the run had at most, and what each was. */
interface Unit {
  own: number;
  perExecutor: number;
  cores: number;
  /** Whether executors of other sizes can be told of. */
  canResize: boolean;
}

/**
 * Threads of a local master count as executors of one slot. Executors with GPUs keep their size: how many tasks share a
 * GPU is set by more than cores.
 */
function unitOf(run: SparkLog): Unit {
  const lives = livesOf(run);
  const slots = Math.max(1, greatestValue(slotsOf(run)));
  if (worksInDriver(run)) return { own: slots, perExecutor: 1, cores: 1, canResize: false };
  const own = Math.max(1, greatestValue(executorsOverTime(run)));
  const perExecutor = Math.max(1, Math.round(slots / own));
  const cores = Math.max(perExecutor, lives[0]?.executor.cores ?? 0);
  const hasGpus = lives.some(({ executor }) => Object.keys(executor.resources).length > 0);
  return { own, perExecutor, cores, canResize: !hasGpus };
}

/** Numbers of executors of each size. With other cores an executor has as many times the slots, which must be whole. */
function sizesOf({
  own,
  perExecutor,
  cores,
  canResize,
}: Unit): (Pick<Shape, 'executors' | 'cores' | 'slots'> & { scale: number })[] {
  return CORE_FACTORS.filter(
    (scale) => scale === 1 || (canResize && Number.isInteger(perExecutor * scale) && Number.isInteger(cores * scale)),
  ).flatMap((scale) => {
    const counts = new Set(FACTORS.map((factor) => Math.max(1, Math.round((own * factor) / scale))));
    return [...counts].map((executors) => ({
      executors,
      cores: cores * scale,
      slots: executors * perExecutor * scale,
      scale,
    }));
  });
}

/** The run on other numbers of executors, of the same size, half and twice it; undefined where it has no task or names no executor. */
export function whatIf(run: SparkLog): WhatIf | undefined {
  const lives = livesOf(run);
  if (!lives.length || taskMs(run) === 0 || wallMs(run) === 0) return undefined;
  const unit = unitOf(run);
  const model = modelOf(run);
  const bySlots = new Map<number, number>();
  const shapes = sizesOf(unit).map(({ scale, ...size }): Shape => {
    const { executors, cores, slots } = size;
    const predictedMs = bySlots.get(slots) ?? predict(model, slots);
    bySlots.set(slots, predictedMs);
    const heldMs = Math.max(1, predictedMs - model.heldFromMs);
    return {
      ...size,
      memoryBytes: grantedOf(run, 'executor', scale).totalBytes,
      wallMs: predictedMs,
      executorMs: executors * heldMs,
      coreMs: executors * cores * heldMs,
      efficiency: Math.min(1, share(taskMs(run), slots * heldMs)),
      isPareto: false,
      isOwn: executors === unit.own && scale === 1,
    };
  });
  markPareto(shapes);
  const ownMs = predict(model, ownSlots(run));
  const error = Math.abs(wallMs(run) - ownMs) / wallMs(run);
  const told = error > FAR_OFF ? [] : shapes;
  const tasks = run.stages.reduce((sum, stage) => sum + stage.tasks.count, 0);
  const cpuMs = run.stages.reduce((sum, { sums }) => sum + sums.cpuNs / 1e6, 0);
  const runMs = run.stages.reduce((sum, { sums }) => sum + sums.runMs, 0);
  return {
    shapes: told,
    knee: kneeOf(told),
    isLocal: worksInDriver(run),
    ownMs,
    error,
    leastMs: predict(model, tasks),
    cpuShare: share(cpuMs, runMs),
  };
}
