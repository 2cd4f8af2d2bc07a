import { z } from 'zod';
import type {
  ClaimRecord,
  ContainerRecord,
  ContainerResources,
  NodeRecord,
  PodRecord,
  RunRecord,
  StorageClassRecord,
  VolumeRecord,
  WorkloadKey,
  WorkloadRecord,
} from './kubernetes.js';
import type { Db } from './open.js';
import { idOf, prepared } from './statements.js';

// `put` is what the API says; `note` and `see` add what the history of metrics remembers and never overrule it.
const PUT_NODE = `INSERT INTO node (cluster, name, instance_id, instance_type, region, zone, capacity_type, node_group,
    architecture, cpu_capacity_cores, cpu_allocatable_cores, memory_capacity_bytes, memory_allocatable_bytes, gpu_count,
    labels, taints, created_ms, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @name, @instanceId, @instanceType, @region, @zone, @capacityType, @nodeGroup, @architecture,
    @cpuCapacityCores, @cpuAllocatableCores, @memoryCapacityBytes, @memoryAllocatableBytes, @gpuCount, @labels, @taints,
    @createdMs, @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET instance_id = excluded.instance_id, instance_type = excluded.instance_type,
    region = excluded.region, zone = excluded.zone, capacity_type = excluded.capacity_type,
    node_group = excluded.node_group, architecture = excluded.architecture,
    cpu_capacity_cores = excluded.cpu_capacity_cores, cpu_allocatable_cores = excluded.cpu_allocatable_cores,
    memory_capacity_bytes = excluded.memory_capacity_bytes, memory_allocatable_bytes = excluded.memory_allocatable_bytes,
    gpu_count = excluded.gpu_count, labels = excluded.labels, taints = excluded.taints, created_ms = excluded.created_ms,
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const NOTE_NODE = `INSERT INTO node (cluster, name, capacity_type, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @name, 'unknown', @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),
    last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const PUT_WORKLOAD = `INSERT INTO workload
    (cluster, namespace, kind, name, api_version, replicas, labels, spec, created_ms, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @namespace, @kind, @name, @apiVersion, @replicas, coalesce(@labels, '{}'), @spec, @createdMs,
    @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET api_version = coalesce(excluded.api_version, api_version),
    replicas = coalesce(excluded.replicas, replicas), labels = coalesce(@labels, labels),
    spec = coalesce(excluded.spec, spec), created_ms = coalesce(excluded.created_ms, created_ms),
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)
  RETURNING id`;
const PUT_RUN = `INSERT INTO spark_run (cluster, namespace, name, workload_id, app_id, state, submitted_ms, terminated_ms)
  VALUES (@cluster, @namespace, @name, @workloadId, @appId, @state, @submittedMs, @terminatedMs)
  ON CONFLICT DO UPDATE SET workload_id = excluded.workload_id, app_id = coalesce(excluded.app_id, app_id),
    state = excluded.state, submitted_ms = coalesce(excluded.submitted_ms, submitted_ms),
    terminated_ms = excluded.terminated_ms`;
const NOTE_RUN = `INSERT INTO spark_run (cluster, namespace, name, workload_id, app_id, state, submitted_ms, terminated_ms)
  VALUES (@cluster, @namespace, @name, @workloadId, @appId, @state, @submittedMs, @terminatedMs)
  ON CONFLICT DO UPDATE SET submitted_ms = min(submitted_ms, excluded.submitted_ms),
    terminated_ms = max(terminated_ms, excluded.terminated_ms) WHERE state = excluded.state`;
const PUT_POD = `INSERT INTO pod (cluster, namespace, name, uid, workload_id, role, run_name, spark_app_id, spark_exec_id,
    node, phase, reason, message, labels, created_ms, finished_ms, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @namespace, @name, @uid, @workloadId, @role, @runName, @sparkAppId, @sparkExecId, @node, @phase,
    @reason, @message, coalesce(@labels, '{}'), @createdMs, @finishedMs, @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET uid = coalesce(excluded.uid, uid), workload_id = excluded.workload_id,
    role = coalesce(excluded.role, role), run_name = coalesce(excluded.run_name, run_name),
    spark_app_id = coalesce(excluded.spark_app_id, spark_app_id),
    spark_exec_id = coalesce(excluded.spark_exec_id, spark_exec_id), node = coalesce(excluded.node, node),
    phase = coalesce(excluded.phase, phase), reason = excluded.reason, message = excluded.message,
    labels = coalesce(@labels, labels), created_ms = coalesce(excluded.created_ms, created_ms),
    finished_ms = excluded.finished_ms, first_seen_ms = min(first_seen_ms, excluded.first_seen_ms),
    last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)
  RETURNING id`;
const SEE_POD = `UPDATE pod SET first_seen_ms = min(first_seen_ms, @firstSeenMs), last_seen_ms = max(last_seen_ms, @lastSeenMs),
    node = coalesce(node, @node) WHERE id = @id`;
const SEE_WORKLOADS = `UPDATE workload SET
    first_seen_ms = min(first_seen_ms, coalesce((SELECT min(first_seen_ms) FROM pod WHERE workload_id = workload.id), first_seen_ms)),
    last_seen_ms = max(last_seen_ms, coalesce((SELECT max(last_seen_ms) FROM pod WHERE workload_id = workload.id), last_seen_ms))
  WHERE cluster = @cluster`;
const PUT_CONTAINER = `INSERT INTO container (pod_id, name, kind, resources_known, cpu_request_cores, cpu_limit_cores,
    memory_request_bytes, memory_limit_bytes, gpu_request, restarts, last_termination_reason, last_terminated_ms)
  VALUES (@podId, @name, @kind, @resourcesKnown, @cpuRequestCores, @cpuLimitCores, @memoryRequestBytes, @memoryLimitBytes,
    @gpuRequest, @restarts, @lastTerminationReason, @lastTerminatedMs)
  ON CONFLICT DO UPDATE SET kind = excluded.kind, resources_known = excluded.resources_known,
    cpu_request_cores = excluded.cpu_request_cores, cpu_limit_cores = excluded.cpu_limit_cores,
    memory_request_bytes = excluded.memory_request_bytes, memory_limit_bytes = excluded.memory_limit_bytes,
    gpu_request = excluded.gpu_request, restarts = coalesce(excluded.restarts, restarts),
    last_termination_reason = coalesce(excluded.last_termination_reason, last_termination_reason),
    last_terminated_ms = coalesce(excluded.last_terminated_ms, last_terminated_ms)
  RETURNING id`;
const NOTE_CONTAINER = `INSERT INTO container (pod_id, name) VALUES (@podId, @name)
  ON CONFLICT DO UPDATE SET name = excluded.name RETURNING id`;
const NOTE_RESOURCES = `UPDATE container SET resources_known = 1, cpu_request_cores = @cpuRequestCores,
    cpu_limit_cores = @cpuLimitCores, memory_request_bytes = @memoryRequestBytes, memory_limit_bytes = @memoryLimitBytes,
    gpu_request = @gpuRequest
  WHERE id = @id AND (SELECT phase FROM pod WHERE pod.id = pod_id) IS NULL`;
const NOTE_TERMINATION = `UPDATE container SET last_termination_reason = coalesce(last_termination_reason, @reason) WHERE id = @id`;
const KNOWN_POD = `SELECT id, phase IS NOT NULL AS byApi FROM pod
  WHERE cluster = @cluster AND namespace = @namespace AND name = @name`;
const KNOWN_WORKLOAD = `SELECT id FROM workload
  WHERE cluster = @cluster AND namespace = @namespace AND kind = @kind AND name = @name`;
const PUT_VOLUME = `INSERT INTO volume (cluster, name, phase, capacity_bytes, storage_class, handle, claim_namespace,
    claim_name, zone, created_ms, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @name, @phase, @capacityBytes, @storageClass, @handle, @claimNamespace, @claimName, @zone, @createdMs,
    @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET phase = excluded.phase, capacity_bytes = excluded.capacity_bytes,
    storage_class = excluded.storage_class, handle = excluded.handle, claim_namespace = excluded.claim_namespace,
    claim_name = excluded.claim_name, zone = excluded.zone, created_ms = excluded.created_ms,
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const PUT_STORAGE_CLASS = `INSERT INTO storage_class (cluster, name, provisioner, volume_type, reclaim_policy, allow_expansion)
  VALUES (@cluster, @name, @provisioner, @volumeType, @reclaimPolicy, @allowExpansion)
  ON CONFLICT DO UPDATE SET provisioner = excluded.provisioner, volume_type = excluded.volume_type,
    reclaim_policy = excluded.reclaim_policy, allow_expansion = excluded.allow_expansion`;
const PUT_CLAIM = `INSERT INTO volume_claim (cluster, namespace, name, phase, volume, storage_class, request_bytes, created_ms,
    first_seen_ms, last_seen_ms)
  VALUES (@cluster, @namespace, @name, @phase, @volume, @storageClass, @requestBytes, @createdMs, @firstSeenMs, @lastSeenMs)
  ON CONFLICT DO UPDATE SET phase = coalesce(excluded.phase, phase), volume = coalesce(excluded.volume, volume),
    storage_class = coalesce(excluded.storage_class, storage_class),
    request_bytes = coalesce(excluded.request_bytes, request_bytes), created_ms = coalesce(excluded.created_ms, created_ms),
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const CLEAR_MOUNTS = `UPDATE volume_claim SET mounted_by = '[]' 
  WHERE cluster = @cluster AND (@namespace IS NULL OR namespace = @namespace)`;
const SET_MOUNTS = `UPDATE volume_claim SET mounted_by = @mountedBy,
    last_mounted_ms = max(coalesce(last_mounted_ms, @mountedMs), @mountedMs)
  WHERE cluster = @cluster AND namespace = @namespace AND name = @name`;
const SEE_MOUNT = `UPDATE volume_claim SET last_mounted_ms = max(coalesce(last_mounted_ms, @mountedMs), @mountedMs)
  WHERE cluster = @cluster AND namespace = @namespace AND name = @name`;

export function putNode(db: Db, node: NodeRecord): void {
  prepared(db, PUT_NODE).run(node);
}

type NodeSeen = Pick<NodeRecord, 'cluster' | 'name' | 'firstSeenMs' | 'lastSeenMs'>;

export function noteNode(db: Db, node: NodeSeen): void {
  prepared(db, NOTE_NODE).run(node);
}

/** Gives the workload's id. */
export function putWorkload(db: Db, workload: WorkloadRecord): number {
  return idOf(db, PUT_WORKLOAD, workload);
}

export function putRun(db: Db, run: RunRecord): void {
  prepared(db, PUT_RUN).run(run);
}

export function noteRun(db: Db, run: RunRecord): void {
  prepared(db, NOTE_RUN).run(run);
}

/** Gives the pod's id. */
export function putPod(db: Db, pod: PodRecord): number {
  return idOf(db, PUT_POD, pod);
}

const KnownPod = z.object({ id: z.number(), byApi: z.number() });

/** The pod's id, and whether the API ever showed it. */
export function knownPod(db: Db, pod: ObjectKey): { id: number; byApi: boolean } | undefined {
  const row = KnownPod.optional().parse(prepared(db, KNOWN_POD).get(pod));
  return row && { id: row.id, byApi: row.byApi === 1 };
}

export function knownWorkloadId(db: Db, key: WorkloadKey): number | undefined {
  return z.object({ id: z.number() }).optional().parse(prepared(db, KNOWN_WORKLOAD).get(key))?.id;
}

export interface PodSeen {
  id: number;
  node: string | null;
  firstSeenMs: number;
  lastSeenMs: number;
}

export function seePod(db: Db, pod: PodSeen): void {
  prepared(db, SEE_POD).run(pod);
}

/** Stretches the workloads' times over those of their pods. */
export function seeWorkloads(db: Db, cluster: string): void {
  prepared(db, SEE_WORKLOADS).run({ cluster });
}

export function putContainer(db: Db, container: ContainerRecord): void {
  prepared(db, PUT_CONTAINER).run({ ...container, resourcesKnown: Number(container.resourcesKnown) });
}

/** Gives the container's id; adds it where it is not known. */
export function noteContainer(db: Db, podId: number, name: string): number {
  return idOf(db, NOTE_CONTAINER, { podId, name });
}

/** Requests and limits of a pod that the API did not show. */
export function noteResources(db: Db, id: number, resources: ContainerResources): void {
  prepared(db, NOTE_RESOURCES).run({ id, ...resources });
}

export function noteTermination(db: Db, id: number, reason: string): void {
  prepared(db, NOTE_TERMINATION).run({ id, reason });
}

export function putVolume(db: Db, volume: VolumeRecord): void {
  prepared(db, PUT_VOLUME).run(volume);
}

export function putStorageClass(db: Db, storageClass: StorageClassRecord): void {
  const allowExpansion = storageClass.allowExpansion === null ? null : Number(storageClass.allowExpansion);
  prepared(db, PUT_STORAGE_CLASS).run({ ...storageClass, allowExpansion });
}

export function putClaim(db: Db, claim: ClaimRecord): void {
  prepared(db, PUT_CLAIM).run(claim);
}

export interface ObjectKey {
  cluster: string;
  namespace: string;
  name: string;
}

/** Forgets who mounts what in a namespace, or in all (null), before it is told anew. */
export function clearMounts(db: Db, cluster: string, namespace: string | null): void {
  prepared(db, CLEAR_MOUNTS).run({ cluster, namespace });
}

export function setMounts(db: Db, claim: ObjectKey, pods: readonly string[], mountedMs: number): void {
  prepared(db, SET_MOUNTS).run({ ...claim, mountedBy: JSON.stringify(pods), mountedMs });
}

/** Notes that a claim was mounted at that time, by whomever. */
export function seeMount(db: Db, claim: ObjectKey, mountedMs: number): void {
  prepared(db, SEE_MOUNT).run({ ...claim, mountedMs });
}
