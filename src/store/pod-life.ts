import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const PUT_START = `INSERT INTO pod_start (pod_id, scheduled_ms, initialized_ms, started_ms)
  VALUES (@podId, @scheduledMs, @initializedMs, @startedMs)
  ON CONFLICT DO UPDATE SET scheduled_ms = coalesce(excluded.scheduled_ms, scheduled_ms),
    initialized_ms = coalesce(excluded.initialized_ms, initialized_ms),
    -- of an earlier pod of that name, if it is older than the pod
    started_ms = CASE WHEN started_ms < (SELECT created_ms FROM pod WHERE id = pod_id) THEN excluded.started_ms
      ELSE min(coalesce(started_ms, excluded.started_ms), coalesce(excluded.started_ms, started_ms)) END`;
const CLEAR_ENDS = 'DELETE FROM container_end WHERE pod_id = ?';
const PUT_END = `INSERT OR REPLACE INTO container_end (pod_id, container, previous, exit_code, reason, message, finished_ms)
  VALUES (@podId, @container, @previous, @exitCode, @reason, @message, @finishedMs)`;
// Kubernetes forgets events after an hour; what was seen stays.
const PUT_EVENT = `INSERT INTO pod_event (pod_id, reason, message, count, first_ms, last_ms)
  SELECT id, @reason, @message, @count, @firstMs, @lastMs FROM pod
  WHERE cluster = @cluster AND namespace = @namespace AND name = @pod AND role IS NOT NULL
    AND @lastMs >= coalesce(created_ms, 0)
  ON CONFLICT DO UPDATE SET count = max(count, excluded.count), first_ms = min(first_ms, excluded.first_ms),
    last_ms = max(last_ms, excluded.last_ms)`;
const PUT_LOG = `INSERT OR REPLACE INTO container_log (cluster, namespace, pod, container, previous, finished_ms, text)
  VALUES (@cluster, @namespace, @pod, @container, @previous, @finishedMs, @text)`;
const HAS_LOG = `SELECT 1 FROM container_log WHERE cluster = @cluster AND namespace = @namespace AND pod = @pod
  AND container = @container AND previous = @previous AND finished_ms = @finishedMs`;

// Where the kernel ended a container for memory, its log has nothing to add. Of each application the drivers, and the executors that ended first: what came later mostly follows from it.
const UNREAD = `SELECT namespace, pod, container, previous, finished_ms AS finishedMs FROM (
    SELECT p.cluster, p.namespace, p.name AS pod, e.container, e.previous, e.finished_ms,
      row_number() OVER (PARTITION BY p.namespace, coalesce(p.spark_app_id, p.run_name, p.name), p.role
        ORDER BY e.finished_ms, p.name) AS place
    FROM container_end e JOIN pod p ON p.id = e.pod_id
    WHERE p.cluster = @cluster AND p.role IS NOT NULL AND e.finished_ms >= @sinceMs AND e.exit_code <> 0
      AND coalesce(e.reason, '') <> 'OOMKilled'
  ) found
  WHERE place <= @most AND NOT EXISTS (SELECT 1 FROM container_log l WHERE l.cluster = found.cluster
    AND l.namespace = found.namespace AND l.pod = found.pod AND l.container = found.container
    AND l.previous = found.previous AND l.finished_ms = found.finished_ms)
  ORDER BY finished_ms`;

/** A pod that took longer to start than this waited for something. */
const LATE_MS = 10_000;
const SPOKEN = `SELECT 1 FROM pod p LEFT JOIN pod_start s ON s.pod_id = p.id
  WHERE p.cluster = @cluster AND p.role IS NOT NULL AND p.last_seen_ms >= @sinceMs AND (
    p.phase = 'Pending' OR s.started_ms - p.created_ms > @lateMs) LIMIT 1`;

const PODS_OF_RUN = `SELECT p.id, p.namespace, p.name, p.role, p.reason, p.message,
    coalesce(p.created_ms, p.first_seen_ms) AS createdMs, coalesce(p.finished_ms, p.last_seen_ms) AS endMs,
    p.finished_ms IS NOT NULL AS hasEnded,
    s.scheduled_ms AS scheduledMs, s.started_ms AS startedMs, s.initialized_ms AS initializedMs
  FROM pod p LEFT JOIN pod_start s ON s.pod_id = p.id`;
const BY_APP = `${PODS_OF_RUN} WHERE p.cluster = @cluster AND p.spark_app_id = @appId ORDER BY createdMs, p.name`;
const BY_RUN = `${PODS_OF_RUN} WHERE p.cluster = @cluster AND p.namespace = @namespace AND p.role IS NOT NULL
  AND p.workload_id = @workloadId AND coalesce(p.spark_app_id, p.run_name, p.name) = @run ORDER BY createdMs, p.name`;
const ENDS = `SELECT container, previous, exit_code AS exitCode, reason, message, finished_ms AS finishedMs
  FROM container_end WHERE pod_id = ? ORDER BY finished_ms, container`;
const EVENTS = `SELECT reason, message, count, first_ms AS firstMs, last_ms AS lastMs
  FROM pod_event WHERE pod_id = ? AND last_ms >= (SELECT coalesce(created_ms, 0) FROM pod WHERE id = pod_id) ORDER BY first_ms, reason`;
const LOGS = `SELECT container, previous, finished_ms AS finishedMs, text FROM container_log
  WHERE cluster = @cluster AND namespace IN (@namespace, '') AND pod = @pod AND text <> '' ORDER BY finished_ms, container`;
const RUNS_WITHOUT_LOG = `SELECT p.cluster, p.namespace, w.kind, w.name, w.id AS workloadId,
    coalesce(p.spark_app_id, p.run_name, p.name) AS run,
    max(p.role = 'driver' AND p.phase = 'Failed') IS 1 OR max(r.state IN ('FAILED', 'SUBMISSION_FAILED', 'Failed')) IS 1 AS failed
  FROM pod p JOIN workload w ON w.id = p.workload_id
    LEFT JOIN spark_run r ON r.cluster = p.cluster AND r.namespace = p.namespace AND r.name = p.run_name
  WHERE p.role IS NOT NULL AND p.last_seen_ms >= @sinceMs AND p.first_seen_ms < @untilMs
    AND NOT EXISTS (SELECT 1 FROM spark_application a WHERE a.app_id = p.spark_app_id)
    AND EXISTS (SELECT 1 FROM container_end e JOIN pod o ON o.id = e.pod_id WHERE o.workload_id = w.id)
  GROUP BY p.cluster, p.namespace, w.id, run ORDER BY 1, 2, 4, run`;

const time = z.number().nullable();
const text = z.string().nullable();
const flag = z.number().transform((value) => value !== 0);
const PodRow = z.object({
  id: z.number(),
  namespace: z.string(),
  name: z.string(),
  role: z.enum(['driver', 'executor']).nullable(),
  reason: text,
  message: text,
  createdMs: z.number(),
  endMs: z.number(),
  hasEnded: flag,
  scheduledMs: time,
  initializedMs: time,
  startedMs: time,
});
const EndRow = z.object({
  container: z.string(),
  previous: flag,
  exitCode: z.number().nullable(),
  reason: text,
  message: text,
  finishedMs: time,
});
const EventRow = z.object({
  reason: z.string(),
  message: z.string(),
  count: z.number(),
  firstMs: z.number(),
  lastMs: z.number(),
});
const LogRow = z.object({ container: z.string(), previous: flag, finishedMs: z.number(), text: z.string() });
const UnreadRow = z.object({
  namespace: z.string(),
  pod: z.string(),
  container: z.string(),
  previous: flag,
  finishedMs: z.number(),
});
const RunRow = z.object({
  cluster: z.string(),
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  workloadId: z.number(),
  run: z.string(),
  failed: flag,
});

/** A container that ended or waits in vain; `finishedMs` is null where it waits. */
export type ContainerEnd = z.infer<typeof EndRow>;
export type PodEvent = z.infer<typeof EventRow>;
export type ContainerLog = z.infer<typeof LogRow>;
/** A container that ended badly and whose log is not in the store. */
export type UnreadLog = z.infer<typeof UnreadRow>;
/** A run of which pods are known and no event log. */
export type PodRun = z.infer<typeof RunRow>;

export interface PodStart {
  scheduledMs: number | null;
  initializedMs: number | null;
  startedMs: number | null;
}

/** One pod of a run: how it started, what happened to it, how it ended, what it wrote. */
export interface PodLife extends PodStart {
  namespace: string;
  name: string;
  role: 'driver' | 'executor' | null;
  /** Why it is not running, in the API's words. */
  reason: string | null;
  message: string | null;
  createdMs: number;
  /** When it ended, else when it was seen last. */
  endMs: number;
  hasEnded: boolean;
  ends: ContainerEnd[];
  events: PodEvent[];
  logs: ContainerLog[];
}

/** Of a pod of which nothing but its logs is known. */
export const UNKNOWN: Omit<PodLife, 'namespace' | 'name' | 'role' | 'createdMs' | 'endMs' | 'logs'> = {
  scheduledMs: null,
  initializedMs: null,
  startedMs: null,
  reason: null,
  message: null,
  hasEnded: false,
  ends: [],
  events: [],
};

/** What the API says now of a pod's start and of its containers' ends. */
export function putPodLife(db: Db, podId: number, life: { start: PodStart; ends: readonly ContainerEnd[] }): void {
  prepared(db, PUT_START).run({ podId, ...life.start });
  prepared(db, CLEAR_ENDS).run(podId);
  for (const end of life.ends) prepared(db, PUT_END).run({ podId, ...end, previous: Number(end.previous) });
}

/** Keeps an event if it is about a pod of a Spark application; gives how many rows that are. */
export function putPodEvent(db: Db, event: PodEvent & { cluster: string; namespace: string; pod: string }): number {
  return prepared(db, PUT_EVENT).run(event).changes;
}

/** Whether a Spark pod waits for a place or started late since then: its events say more. */
export function spokenPods(db: Db, query: { cluster: string; sinceMs: number }): boolean {
  return prepared(db, SPOKEN).get({ ...query, lateMs: LATE_MS }) !== undefined;
}

export interface LogKey {
  cluster: string;
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
  finishedMs: number;
}

export function putContainerLog(db: Db, log: LogKey & { text: string }): void {
  prepared(db, PUT_LOG).run({ ...log, previous: Number(log.previous) });
}

/** Whether the log of this very end is in the store. */
export function hasContainerLog(db: Db, key: LogKey): boolean {
  return prepared(db, HAS_LOG).get({ ...key, previous: Number(key.previous) }) !== undefined;
}

/** Containers of Spark pods that ended badly since then, at most `most` per application and role, without a log so far. */
export function unreadLogs(db: Db, query: { cluster: string; sinceMs: number; most: number }): UnreadLog[] {
  return z.array(UnreadRow).parse(prepared(db, UNREAD).all(query));
}

function withRest(db: Db, cluster: string, rows: unknown[]): PodLife[] {
  return z
    .array(PodRow)
    .parse(rows)
    .map(({ id, ...pod }) => ({
      ...pod,
      ends: z.array(EndRow).parse(prepared(db, ENDS).all(id)),
      events: z.array(EventRow).parse(prepared(db, EVENTS).all(id)),
      logs: logsOfPod(db, cluster, pod.namespace, pod.name),
    }));
}

/** The pods of a Spark application, by creation. */
export function podsOfApplication(db: Db, cluster: string, appId: string): PodLife[] {
  return withRest(db, cluster, prepared(db, BY_APP).all({ cluster, appId }));
}

/** Logs of pods that are known by name alone, as files are. */
export function logsOfPod(db: Db, cluster: string, namespace: string, pod: string): ContainerLog[] {
  return z.array(LogRow).parse(prepared(db, LOGS).all({ cluster, namespace, pod }));
}

/** The pods of a run that has no event log. */
export function podsOfRun(db: Db, { cluster, namespace, workloadId, run }: PodRun): PodLife[] {
  return withRest(db, cluster, prepared(db, BY_RUN).all({ cluster, namespace, workloadId, run }));
}

/** Runs in the window with pods that ended badly and without an event log. */
export function runsWithoutLog(db: Db, window: Window): PodRun[] {
  return z.array(RunRow).parse(prepared(db, RUNS_WITHOUT_LOG).all({ ...window }));
}
