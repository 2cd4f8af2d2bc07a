import type { SparkExecutor } from '../../model/spark.js';
import type { PodLife } from '../../store/pod-life.js';

/** What was waited for, in the order in which it comes. */
export type StartPhase =
  | 'driver pod waits for a node'
  | 'driver pod pulls its image and starts'
  | 'driver starts the application'
  | 'driver asks for the executor'
  | 'executor pod waits for a node'
  | 'executor pod pulls its image and starts'
  | 'executor registers';

export interface Start {
  /** From the driver pod's creation to the executor's registration, in the order of time; those that are not known are left out. */
  phases: { phase: StartPhase; ms: number }[];
  /** From the driver pod's creation to the application's start; 0 where it is not known. */
  beforeMs: number;
  /** What events said of the wait, the first of each kind: `FailedScheduling: 0/3 nodes are available …`. */
  events: { reason: string; message: string; pod: string }[];
}

/** Events that say why a pod is late. */
const TELLING = new Set([
  'FailedScheduling',
  'TriggeredScaleUp',
  'NotTriggerScaleUp',
  'Nominated',
  'FailedCreate',
  'FailedMount',
  'FailedAttachVolume',
  'Failed',
  'ErrImagePull',
  'BackOff',
  'Pulled',
]);

/** An image that was on the node took no time. */
const AT_ONCE = /already present on machine/;

function eventsOf(pods: readonly PodLife[]): Start['events'] {
  const first = new Map<string, Start['events'][number]>();
  for (const { name: pod, events } of pods)
    for (const { reason, message } of events)
      if (TELLING.has(reason) && !AT_ONCE.test(message) && !first.has(reason))
        first.set(reason, { reason, message, pod });
  return [...first.values()];
}

/**
 * Where the time went until `executor` was there; undefined where the API never showed its pod or the driver's.
 * @param startMs start of the application, as its event log has it
 */
export function startOf(pods: readonly PodLife[], executor: SparkExecutor, startMs: number): Start | undefined {
  // A pod that is younger than what it did is another one of that name.
  const driver = pods.find(({ role, createdMs }) => role === 'driver' && createdMs <= startMs);
  const own = pods.find(({ name, createdMs }) => name === executor.podName && createdMs <= (executor.addedMs ?? 0));
  if (!driver && !own) return undefined;
  const marks: [StartPhase, number | null | undefined, number | null | undefined][] = [
    ['driver pod waits for a node', driver?.createdMs, driver?.scheduledMs],
    ['driver pod pulls its image and starts', driver?.scheduledMs, driver?.startedMs],
    ['driver starts the application', driver?.startedMs, startMs],
    ['driver asks for the executor', startMs, own?.createdMs],
    ['executor pod waits for a node', own?.createdMs, own?.scheduledMs],
    ['executor pod pulls its image and starts', own?.scheduledMs, own?.startedMs],
    ['executor registers', own?.startedMs, executor.addedMs],
  ];
  const phases = marks.flatMap(([phase, from, to]) =>
    typeof from === 'number' && typeof to === 'number' && to > from ? [{ phase, ms: to - from }] : [],
  );
  const beforeMs = driver ? Math.max(0, startMs - driver.createdMs) : 0;
  return { phases, beforeMs, events: eventsOf([...(driver ? [driver] : []), ...(own ? [own] : []), ...pods]) };
}
