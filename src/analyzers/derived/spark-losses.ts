import type { SparkExecutor, SparkLog, SparkStage } from '../../model/spark.js';
import { TASK_SUCCEEDED } from '../../model/spark.js';
import { cameUp, jobSpan, perRun, taskDurationMs, windowOf } from './spark-run.js';
import { wallShareMs } from './spark-timeline.js';

/** Why an executor went away. `idle` and `end` are as it should be. */
export type LossCause =
  | 'idle'
  | 'end'
  | 'out of memory'
  | 'evicted'
  | 'preempted'
  | 'decommissioned'
  | 'no heartbeat'
  | 'disk'
  | 'deleted'
  | 'exit code'
  | 'unknown';

/**
 * Texts of Spark (ExecutorPodsLifecycleManager, ExecutorExitCode, HeartbeatReceiver, ExecutorAllocationManager) and
 * of Kubernetes, the first that matches.
 */
const CAUSES: readonly (readonly [RegExp, LossCause])[] = [
  [/spark scale down|killed by driver|idle for|executor is no longer needed|exceeding timeout/i, 'idle'],
  [
    /OOMKilled|possible container OOM|exit(?:ed with)? (?:code|status):? ?52\b|out ?of ?memory|exceeding memory limits/i,
    'out of memory',
  ],
  [/preempt|spot|interruption/i, 'preempted'],
  [/evict|ephemeral-storage|DiskPressure|MemoryPressure/i, 'evicted'],
  [/decommission/i, 'decommissioned'],
  [/heartbeat|exit(?:ed with)? (?:code|status):? ?56\b/i, 'no heartbeat'],
  [/no space left|exit(?:ed with)? (?:code|status):? ?53\b/i, 'disk'],
  [/deleted by a user or the framework|not found in the cluster/i, 'deleted'],
  [/exit(?:ed with)? (?:code|status)|exit code/i, 'exit code'],
];

/** SIGKILL is what the kernel sends when memory runs out, and what anybody else can send. */
const EXIT_CODES: Readonly<Record<number, string>> = {
  3: 'out of memory (-XX:+ExitOnOutOfMemoryError)',
  50: 'uncaught exception',
  51: 'uncaught exception twice',
  52: 'out of memory',
  53: 'no disk space for its store',
  56: 'no heartbeat to the driver',
  137: 'SIGKILL: killed from outside, often for memory',
  143: 'SIGTERM: asked to stop',
};

/** Which memory ran out: the JVM's heap, or all that the pod or container may have, of which the heap is a part. */
export type MemoryEnded = 'heap' | 'container';

const HEAP_ENDED = /JVM OOM|java heap space|GC overhead limit/i;
const CONTAINER_ENDED = /OOMKilled|container OOM|exceeding memory limits|SIGKILL/i;

export function memoryOf(reason: string): MemoryEnded | null {
  const cause = causeOf(reason);
  // A node that goes kills its executors too.
  if (cause !== 'out of memory' && cause !== 'exit code') return null;
  const exitCode = exitCodeOf(reason) ?? 0;
  if (HEAP_ENDED.test(reason) || [3, 52].includes(exitCode)) return 'heap';
  if (CONTAINER_ENDED.test(reason) || exitCode === 137) return 'container';
  return cause === 'out of memory' ? 'container' : null;
}

export interface Loss {
  executor: SparkExecutor;
  atMs: number;
  /** Whether it ever registered: one that did not took nothing with it. */
  cameUp: boolean;
  cause: LossCause;
  /** Null where it was not memory. */
  memory: MemoryEnded | null;
  /** The cause for a headline: with the exit code where that is all there is. */
  name: string;
  /** Spark's reason, with the exit code's meaning. */
  text: string;
}

function exitCodeOf(reason: string): number | undefined {
  const match = /(?:exit(?:ed with)? (?:code|status)|code):? ?(\d+)/i.exec(reason);
  return match ? Number(match[1]) : undefined;
}

export function causeOf(reason: string): LossCause {
  const cause = CAUSES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'unknown';
  if (cause === 'exit code' && [3, 52].includes(exitCodeOf(reason) ?? 0)) return 'out of memory';
  return cause;
}

function lossOf(executor: SparkExecutor, atMs: number, stoppedMs: number): Loss {
  const reason = executor.removalReason?.trim() ?? '';
  const cause = causeOf(reason);
  const exitCode = exitCodeOf(reason);
  // When the application stops, executors go; only what says why else is a loss then.
  const isEnd = atMs >= stoppedMs && !['out of memory', 'evicted', 'preempted'].includes(cause);
  const meaning = exitCode === undefined ? undefined : EXIT_CODES[exitCode];
  const [line = ''] = reason.split('\n');
  return {
    executor,
    atMs,
    cameUp: cameUp(executor),
    cause: isEnd ? 'end' : cause,
    memory: memoryOf(reason),
    name: cause === 'exit code' && exitCode !== undefined ? `exit code ${exitCode}` : cause,
    text: meaning ? `${line} – ${meaning}` : line || 'no reason logged',
  };
}

/** Executors that went away or never came up, other than by idling or with the application. */
export const lossesOf = perRun((run): Loss[] => {
  const { untilMs } = windowOf(run);
  const lastJobMs = jobSpan(run)?.lastMs ?? untilMs;
  const stoppedMs = run.application.finished ? lastJobMs + 1 : Number.POSITIVE_INFINITY;
  return run.executors
    .flatMap((executor) =>
      executor.isDriver || executor.removedMs === null ? [] : [lossOf(executor, executor.removedMs, stoppedMs)],
    )
    .filter(({ cause }) => cause !== 'idle' && cause !== 'end');
});

const LOST_REASONS = /ExecutorLostFailure|FetchFailed/;

/** Task time of a stage attempt that had been done before, or was lost with its executor. */
function redoneMs(run: SparkLog, stage: SparkStage, lost: ReadonlySet<string>): number {
  const { tasks } = stage;
  const earlier = new Set<number>();
  for (const other of run.stages)
    if (other.stageId === stage.stageId && other.attempt < stage.attempt)
      for (let task = 0; task < other.tasks.count; task++)
        if (other.tasks.outcome[task] === TASK_SUCCEEDED) earlier.add(other.tasks.index[task] ?? -1);
  const hasLost = Object.keys(stage.endReasons).some((reason) => LOST_REASONS.test(reason));
  const done = new Set<number>();
  let ms = 0;
  for (let task = 0; task < tasks.count; task++) {
    const index = tasks.index[task] ?? -1;
    const isSuccess = tasks.outcome[task] === TASK_SUCCEEDED;
    const onLost = lost.has(tasks.executorIds[tasks.executor[task] ?? -1] ?? '');
    const again = isSuccess && (earlier.has(index) || (done.has(index) && !tasks.speculative[task]));
    if (again || (!isSuccess && hasLost && onLost)) ms += taskDurationMs(stage, task);
    if (isSuccess) done.add(index);
  }
  return ms;
}

export interface Redone {
  taskMs: number;
  /** On the critical path. */
  wallMs: number;
  stages: SparkStage[];
}

/** Work done twice because executors were lost. */
export const redoneWork = perRun((run): Redone => {
  const lost = new Set(lossesOf(run).map(({ executor }) => executor.id));
  const redone: Redone = { taskMs: 0, wallMs: 0, stages: [] };
  if (!lost.size) return redone;
  for (const stage of run.stages) {
    const ms = redoneMs(run, stage, lost);
    if (ms <= 0) continue;
    redone.taskMs += ms;
    redone.wallMs += wallShareMs(run, stage, ms);
    redone.stages.push(stage);
  }
  return redone;
});
