import type { Db } from './open.js';

const SCHEDULED = `SELECT namespace || '/' || name FROM workload WHERE cluster = ? AND kind = 'ScheduledSparkApplication'`;
const RUNNING_UIDS = `SELECT uid FROM pod WHERE cluster = ? AND uid IS NOT NULL AND phase = 'Running'
  ORDER BY last_seen_ms DESC, created_ms LIMIT ?`;
const POD_IDS = `SELECT id, namespace || '/' || name AS key FROM pod WHERE cluster = ?`;
const PODS = `SELECT id, namespace, name, uid, workload_id AS workloadId, role, run_name AS runName,
    spark_app_id AS sparkAppId, spark_exec_id AS sparkExecId, node, phase, reason, message, labels,
    created_ms AS createdMs, finished_ms AS finishedMs, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs
  FROM pod WHERE workload_id = ? ORDER BY id`;
const CONTAINERS = `SELECT c.id, c.pod_id AS podId, c.name, c.kind, c.resources_known AS resourcesKnown,
    c.cpu_request_cores AS cpuRequestCores, c.cpu_limit_cores AS cpuLimitCores,
    c.memory_request_bytes AS memoryRequestBytes, c.memory_limit_bytes AS memoryLimitBytes, c.gpu_request AS gpuRequest,
    c.restarts, c.last_termination_reason AS lastTerminationReason, c.last_terminated_ms AS lastTerminatedMs
  FROM container c JOIN pod p ON p.id = c.pod_id WHERE p.workload_id = ? ORDER BY c.pod_id, c.id`;
const WORKLOADS = `SELECT id, cluster, namespace, kind, name, api_version AS apiVersion, replicas, labels, spec,
    created_ms AS createdMs, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs
  FROM workload WHERE last_seen_ms >= ? ORDER BY cluster, namespace, kind, name`;
const RUNS = `SELECT cluster, namespace, name, workload_id AS workloadId, app_id AS appId, state,
    submitted_ms AS submittedMs, terminated_ms AS terminatedMs
  FROM spark_run WHERE workload_id = ? ORDER BY submitted_ms, name`;
const CLAIMS = `SELECT cluster, namespace, name, phase, volume, storage_class AS storageClass, request_bytes AS requestBytes,
    mounted_by AS mountedBy, last_mounted_ms AS lastMountedMs, created_ms AS createdMs, first_seen_ms AS firstSeenMs,
    last_seen_ms AS lastSeenMs
  FROM volume_claim ORDER BY cluster, namespace, name`;
const VOLUMES = `SELECT cluster, name, phase, capacity_bytes AS capacityBytes, storage_class AS storageClass, handle,
    claim_namespace AS claimNamespace, claim_name AS claimName, zone, created_ms AS createdMs,
    first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs
  FROM volume ORDER BY cluster, name`;
export type Role = 'driver' | 'executor';
export type CapacityType = 'on-demand' | 'spot' | 'unknown';
export type ContainerKind = 'main' | 'init' | 'sidecar';

/** When something was there, as far as it was seen. */
interface Seen {
  firstSeenMs: number;
  lastSeenMs: number;
}

/** A node as the API tells it. Labels and taints are JSON text. */
export interface NodeRecord extends Seen {
  cluster: string;
  name: string;
  instanceId: string | null;
  instanceType: string | null;
  region: string | null;
  zone: string | null;
  capacityType: CapacityType;
  nodeGroup: string | null;
  architecture: string | null;
  cpuCapacityCores: number | null;
  cpuAllocatableCores: number | null;
  memoryCapacityBytes: number | null;
  memoryAllocatableBytes: number | null;
  gpuCount: number;
  labels: string;
  taints: string;
  createdMs: number | null;
}

/** What names a workload; kinds are those of the API, Spark ones are families. */
export interface WorkloadKey {
  cluster: string;
  namespace: string;
  kind: string;
  name: string;
}

/** Null fields leave what is known as it is. */
export interface WorkloadRecord extends WorkloadKey, Seen {
  apiVersion: string | null;
  replicas: number | null;
  labels: string | null;
  spec: string | null;
  createdMs: number | null;
}

export interface RunRecord {
  cluster: string;
  namespace: string;
  name: string;
  workloadId: number;
  appId: string | null;
  state: string;
  submittedMs: number | null;
  terminatedMs: number | null;
}

/** Null fields leave what is known as it is, so that the API and the history of metrics add to each other. */
export interface PodRecord extends Seen {
  cluster: string;
  namespace: string;
  name: string;
  uid: string | null;
  workloadId: number;
  role: Role | null;
  runName: string | null;
  sparkAppId: string | null;
  sparkExecId: string | null;
  node: string | null;
  phase: string | null;
  reason: string | null;
  message: string | null;
  labels: string | null;
  createdMs: number | null;
  finishedMs: number | null;
}

export interface ContainerRecord {
  podId: number;
  name: string;
  kind: ContainerKind;
  /** Whether requests and limits were read: only then does null mean that there is none. */
  resourcesKnown: boolean;
  cpuRequestCores: number | null;
  cpuLimitCores: number | null;
  memoryRequestBytes: number | null;
  memoryLimitBytes: number | null;
  gpuRequest: number | null;
  restarts: number | null;
  lastTerminationReason: string | null;
  lastTerminatedMs: number | null;
}

export interface VolumeRecord extends Seen {
  cluster: string;
  name: string;
  phase: string;
  capacityBytes: number | null;
  storageClass: string | null;
  handle: string | null;
  claimNamespace: string | null;
  claimName: string | null;
  zone: string | null;
  createdMs: number | null;
}

export interface StorageClassRecord {
  cluster: string;
  name: string;
  provisioner: string;
  volumeType: string | null;
  reclaimPolicy: string | null;
  allowExpansion: boolean | null;
}

/** Null fields leave what is known as it is. */
export interface ClaimRecord extends Seen {
  cluster: string;
  namespace: string;
  name: string;
  phase: string | null;
  volume: string | null;
  storageClass: string | null;
  requestBytes: number | null;
  createdMs: number | null;
}

export type ContainerResources = Pick<
  ContainerRecord,
  'cpuRequestCores' | 'cpuLimitCores' | 'memoryRequestBytes' | 'memoryLimitBytes' | 'gpuRequest'
>;

export interface WorkloadRow extends Required<WorkloadKey> {
  id: number;
  apiVersion: string | null;
  replicas: number | null;
  /** JSON text, as `spec`. */
  labels: string;
  spec: string | null;
  createdMs: number | null;
  firstSeenMs: number;
  lastSeenMs: number;
}

export type PodRow = Omit<PodRecord, 'cluster'> & { id: number };

/** `resourcesKnown` is 0 or 1. */
export type ContainerRow = Omit<ContainerRecord, 'resourcesKnown'> & { id: number; resourcesKnown: number };

export type ClaimRow = ClaimRecord & {
  /** JSON list of pod names. */
  mountedBy: string;
  lastMountedMs: number | null;
};

/** The workloads that were there since `sinceMs`. */
export function workloads(db: Db, sinceMs = 0): WorkloadRow[] {
  return db.prepare<unknown[], WorkloadRow>(WORKLOADS).all(sinceMs);
}

export function podsOf(db: Db, workloadId: number): PodRow[] {
  return db.prepare<unknown[], PodRow>(PODS).all(workloadId);
}

export function containersOf(db: Db, workloadId: number): ContainerRow[] {
  return db.prepare<unknown[], ContainerRow>(CONTAINERS).all(workloadId);
}

/** The runs of a Spark family, oldest first. */
export function runsOf(db: Db, workloadId: number): RunRecord[] {
  return db.prepare<unknown[], RunRecord>(RUNS).all(workloadId);
}

export function volumeClaims(db: Db): ClaimRow[] {
  return db.prepare<unknown[], ClaimRow>(CLAIMS).all();
}

export function volumes(db: Db): VolumeRecord[] {
  return db.prepare<unknown[], VolumeRecord>(VOLUMES).all();
}

/** `namespace/name` of every ScheduledSparkApplication that was seen in the API. */
export function scheduledApplications(db: Db, cluster: string): Set<string> {
  return new Set(db.prepare<unknown[], string>(SCHEDULED).pluck().all(cluster));
}

/** The pods that are known, by `namespace/name`. */
export function podIds(db: Db, cluster: string): Map<string, number> {
  return new Map(
    db
      .prepare<unknown[], { id: number; key: string }>(POD_IDS)
      .all(cluster)
      .map(({ id, key }) => [key, id]),
  );
}

/** Uids of pods that ran when the API was last read, those first that have run for longest. */
export function runningPodUids(db: Db, cluster: string, most: number): string[] {
  return db.prepare<unknown[], string>(RUNNING_UIDS).pluck().all(cluster, most);
}
