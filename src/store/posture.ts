import { z } from 'zod';
import { OBJECT_SPECS, type ObjectKind, type ObjectSpec, PodPosture } from '../model/posture.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';
import { containerHours } from './usage-days.js';

const LISTED = `SELECT cluster, kind, whole, listed_ms AS listedMs FROM kind_listed`;
const OBJECTS = `SELECT cluster, namespace, name, labels, spec, created_ms AS createdMs, first_seen_ms AS firstSeenMs,
    last_seen_ms AS lastSeenMs
  FROM cluster_object WHERE kind = ? ORDER BY cluster, namespace, name`;
const WORKLOADS = `SELECT w.id, w.cluster, w.namespace, w.kind, w.name, w.api_version AS apiVersion, w.replicas, w.spec,
    w.last_seen_ms AS lastSeenMs
  FROM workload w ORDER BY w.cluster, w.namespace, w.kind, w.name`;
const POSTURES = `SELECT workload_id AS workloadId, role, posture FROM workload_posture ORDER BY workload_id, role`;
const PODS = `SELECT p.cluster, p.namespace, p.name, p.workload_id AS workloadId, p.role, p.node, p.phase, p.reason, p.message,
    p.labels, p.created_ms AS createdMs, p.first_seen_ms AS firstSeenMs,
    coalesce((SELECT sum(c.gpu_request) FROM container c WHERE c.pod_id = p.id), 0) AS gpus,
    (SELECT max(coalesce(sum(c.cpu_request_cores) FILTER (WHERE c.kind <> 'init'), 0),
        coalesce(max(c.cpu_request_cores) FILTER (WHERE c.kind = 'init'), 0))
      FROM container c WHERE c.pod_id = p.id) AS cpuRequestCores,
    (SELECT max(coalesce(sum(c.memory_request_bytes) FILTER (WHERE c.kind <> 'init'), 0),
        coalesce(max(c.memory_request_bytes) FILTER (WHERE c.kind = 'init'), 0))
      FROM container c WHERE c.pod_id = p.id) AS memoryRequestBytes
  FROM pod p JOIN kind_listed k ON k.cluster = p.cluster AND k.kind = 'Pod'
  WHERE p.phase IN ('Pending', 'Running', 'Unknown') AND p.last_seen_ms >= k.listed_ms
  ORDER BY p.cluster, p.namespace, p.name`;
const NODES = `SELECT n.cluster, n.name, n.zone, n.gpu_count AS gpus, n.labels, n.taints,
    n.cpu_allocatable_cores AS cpuAllocatableCores, n.memory_allocatable_bytes AS memoryAllocatableBytes
  FROM node n JOIN kind_listed k ON k.cluster = n.cluster AND k.kind = 'Node'
  WHERE n.last_seen_ms >= k.listed_ms ORDER BY n.cluster, n.name`;
// The zone of the volume itself, else of the node whose pod mounts it.
const CLAIM_PLACES = `SELECT c.cluster, c.namespace, c.name, c.phase, c.mounted_by AS mountedBy, c.first_seen_ms AS firstSeenMs,
    coalesce(v.zone, (SELECT n.zone FROM pod p JOIN node n ON n.cluster = p.cluster AND n.name = p.node
      WHERE p.cluster = c.cluster AND p.namespace = c.namespace AND p.name = json_extract(c.mounted_by, '$[0]'))) AS zone
  FROM volume_claim c JOIN kind_listed k ON k.cluster = c.cluster AND k.kind = 'PersistentVolumeClaim'
    LEFT JOIN volume v ON v.cluster = c.cluster AND v.name = c.volume
  WHERE c.last_seen_ms >= k.listed_ms ORDER BY c.cluster, c.namespace, c.name`;
const EXECUTORS = `SELECT p.workload_id AS workloadId, coalesce(p.run_name, p.spark_app_id) AS run, max(p.spark_app_id) AS appId, n.zone,
    count(*) AS pods
  FROM pod p LEFT JOIN node n ON n.cluster = p.cluster AND n.name = p.node
  WHERE p.role = 'executor' AND p.last_seen_ms >= @sinceMs AND p.first_seen_ms < @untilMs
    AND coalesce(p.run_name, p.spark_app_id) IS NOT NULL
  GROUP BY p.workload_id, coalesce(p.run_name, p.spark_app_id), n.zone ORDER BY 1, 2, 4`;
// A pod that is still shown was last seen at the very end of the window.
const DISRUPTED = `SELECT p.workload_id AS workloadId, p.name, p.reason, p.message, coalesce(p.finished_ms, p.last_seen_ms) AS atMs
  FROM pod p WHERE p.reason IN ('Evicted', 'Preempting', 'Preempted', 'PreemptionByScheduler', 'TerminationByKubelet',
      'EvictionByEvictionAPI', 'DeletionByTaintManager')
    AND coalesce(p.finished_ms, p.last_seen_ms) >= @sinceMs AND coalesce(p.finished_ms, p.last_seen_ms) <= @untilMs
  ORDER BY p.workload_id, p.name`;
const QUOTA_DAYS = `SELECT day_ms AS dayMs, max(used / hard) AS share FROM quota_day
  WHERE cluster = @cluster AND namespace = @namespace AND name = @name AND hard > 0 AND day_ms >= @sinceMs AND day_ms < @untilMs
  GROUP BY day_ms ORDER BY day_ms`;
const AUTOSCALER_HOURS = `SELECT hour_ms AS hourMs, samples, at_min AS atMin, at_max AS atMax, replicas_sum AS replicasSum,
    direction_changes AS directionChanges
  FROM autoscaler_hour WHERE cluster = @cluster AND namespace = @namespace AND name = @name
    AND hour_ms >= @sinceMs AND hour_ms < @untilMs ORDER BY hour_ms`;
// As the autoscaler has it: use of all pods over the request of all, and no figure where a container has no request.
const CPU_PERCENT = `SELECT hourMs, 100 * sum(cpu_sum / cpu_samples) / sum(request) AS percent,
    100 * sum(cpu_max) / sum(request) AS peakPercent
  FROM (${containerHours(
    'u.hour_ms AS hourMs, u.cpu_sum, u.cpu_samples, u.cpu_max, c.cpu_request_cores AS request',
    'p.workload_id = @workloadId AND u.cpu_samples > 0',
  )})
  GROUP BY hourMs HAVING count(request) = count(*) AND sum(request) > 0`;
export interface ObjectKeyed {
  cluster: string;
  namespace: string;
  name: string;
}

export interface AutoscalerHour {
  hourMs: number;
  samples: number;
  atMin: number;
  atMax: number;
  replicasSum: number;
  directionChanges: number;
}

const flag = z.number().transform((value) => value !== 0);
function json<S extends z.ZodType>(shape: S) {
  return z.string().transform((text) => shape.parse(JSON.parse(text)));
}
const labels = json(z.record(z.string(), z.string()));
const nullable = { text: z.string().nullable(), number: z.number().nullable() };

const ListedRow = z.object({ cluster: z.string(), kind: z.string(), whole: flag, listedMs: z.number() });
export type ListedRow = z.infer<typeof ListedRow>;

export function listedKinds(db: Db): ListedRow[] {
  return z.array(ListedRow).parse(prepared(db, LISTED).all());
}

export interface StoredObject<K extends ObjectKind> extends ObjectKeyed {
  labels: Record<string, string>;
  spec: ObjectSpec<K>;
  createdMs: number | null;
  firstSeenMs: number;
  lastSeenMs: number;
}

const Stored = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  labels,
  spec: z.string(),
  createdMs: nullable.number,
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
});

const SHAPES: { [K in ObjectKind]: z.ZodType<ObjectSpec<K>> } = OBJECT_SPECS;

/** Every object of a kind, as the newest list has it. */
export function clusterObjects<K extends ObjectKind>(db: Db, kind: K): StoredObject<K>[] {
  const shape = SHAPES[kind];
  return z
    .array(Stored)
    .parse(prepared(db, OBJECTS).all(kind))
    .map((row) => ({ ...row, spec: shape.parse(JSON.parse(row.spec)) }));
}

const WorkloadRow = z.object({
  id: z.number(),
  cluster: z.string(),
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  apiVersion: nullable.text,
  replicas: nullable.number,
  spec: nullable.text,
  lastSeenMs: z.number(),
});
export type PostureWorkload = z.infer<typeof WorkloadRow>;

export function postureWorkloads(db: Db): PostureWorkload[] {
  return z.array(WorkloadRow).parse(prepared(db, WORKLOADS).all());
}

const PostureRow = z.object({ workloadId: z.number(), role: z.string(), posture: json(PodPosture) });
export type PostureRow = z.infer<typeof PostureRow>;

export function workloadPostures(db: Db): PostureRow[] {
  return z.array(PostureRow).parse(prepared(db, POSTURES).all());
}

const PodRow = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  workloadId: z.number(),
  role: nullable.text,
  node: nullable.text,
  phase: z.string(),
  reason: nullable.text,
  message: nullable.text,
  labels,
  createdMs: nullable.number,
  firstSeenMs: z.number(),
  gpus: z.number(),
  /** What the scheduler counts: the sum of its containers, or its largest init container. No request counts as none. */
  cpuRequestCores: z.number(),
  memoryRequestBytes: z.number(),
});
export type LivePod = z.infer<typeof PodRow>;

/** Pods that the newest list of pods shows and that have not ended. */
export function livePods(db: Db): LivePod[] {
  return z.array(PodRow).parse(prepared(db, PODS).all());
}

const NodeRow = z.object({
  cluster: z.string(),
  name: z.string(),
  zone: nullable.text,
  gpus: z.number(),
  labels,
  taints: json(z.array(z.object({ key: z.string(), value: nullable.text.optional(), effect: z.string() }))),
  cpuAllocatableCores: nullable.number,
  memoryAllocatableBytes: nullable.number,
});
export type LiveNode = z.infer<typeof NodeRow>;

/** Nodes that the newest list of nodes shows. */
export function liveNodes(db: Db): LiveNode[] {
  return z.array(NodeRow).parse(prepared(db, NODES).all());
}

const ClaimPlaceRow = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  phase: nullable.text,
  mountedBy: json(z.array(z.string())),
  firstSeenMs: z.number(),
  zone: nullable.text,
});
export type ClaimPlace = z.infer<typeof ClaimPlaceRow>;

/** Claims that the newest list shows, with the zone of their volume. */
export function claimPlaces(db: Db): ClaimPlace[] {
  return z.array(ClaimPlaceRow).parse(prepared(db, CLAIM_PLACES).all());
}

const ExecutorsRow = z.object({
  workloadId: z.number(),
  run: z.string(),
  appId: nullable.text,
  zone: nullable.text,
  pods: z.number(),
});
export type ExecutorsInZone = z.infer<typeof ExecutorsRow>;

/** Executors of each Spark run in the window, counted by zone. */
export function executorsByZone(db: Db, window: Window): ExecutorsInZone[] {
  return z.array(ExecutorsRow).parse(prepared(db, EXECUTORS).all(window));
}

const DisruptedRow = z.object({
  workloadId: z.number(),
  name: z.string(),
  reason: z.string(),
  message: nullable.text,
  atMs: z.number(),
});
export type DisruptedPod = z.infer<typeof DisruptedRow>;

/** Pods that were evicted or preempted in the window, as far as the API still showed them when it was read. */
export function disruptedPods(db: Db, window: Window): DisruptedPod[] {
  return z.array(DisruptedRow).parse(prepared(db, DISRUPTED).all(window));
}

/** The fullest resource of a quota on each day on which it was read, as a share of its limit. */
export function quotaDays(db: Db, key: ObjectKeyed, window: Window): { dayMs: number; share: number }[] {
  const Row = z.object({ dayMs: z.number(), share: z.number() });
  return z.array(Row).parse(prepared(db, QUOTA_DAYS).all({ ...key, ...window }));
}

export function autoscalerHours(db: Db, key: ObjectKeyed, window: Window): AutoscalerHour[] {
  const Row = z.object({
    hourMs: z.number(),
    samples: z.number(),
    atMin: z.number(),
    atMax: z.number(),
    replicasSum: z.number(),
    directionChanges: z.number(),
  });
  return z.array(Row).parse(prepared(db, AUTOSCALER_HOURS).all({ ...key, ...window }));
}

export interface CpuPercent {
  /** Mean over the hour. */
  percent: number;
  /** If every pod had its peak of the hour at once. */
  peakPercent: number;
}

/** CPU use of a workload in per cent of its request, hour by hour. */
export function cpuPercentByHour(db: Db, workloadId: number, window: Window): Map<number, CpuPercent> {
  const Row = z.object({ hourMs: z.number(), percent: z.number(), peakPercent: z.number().nullable() });
  const rows = z.array(Row).parse(prepared(db, CPU_PERCENT).all({ workloadId, ...window }));
  return new Map(
    rows.map(({ hourMs, percent, peakPercent }) => [hourMs, { percent, peakPercent: peakPercent ?? percent }]),
  );
}
