import { z } from 'zod';
import { HOUR_MS, type Window } from '../model/window.js';
import type { Db } from './open.js';

const NODES = `SELECT n.cluster, n.name, n.instance_id AS instanceId, n.instance_type AS instanceType, n.region, n.zone,
    n.capacity_type AS capacityType, n.cpu_capacity_cores AS cpuCapacityCores, n.cpu_allocatable_cores AS cpuAllocatableCores,
    n.memory_capacity_bytes AS memoryCapacityBytes, n.memory_allocatable_bytes AS memoryAllocatableBytes, n.gpu_count AS gpus,
    min(n.first_seen_ms, coalesce(n.created_ms, n.first_seen_ms), coalesce(i.launched_ms, n.first_seen_ms)) AS aliveFromMs,
    n.last_seen_ms AS aliveUntilMs, i.lifecycle
  FROM node n LEFT JOIN ec2_instance i ON i.id = n.instance_id ORDER BY n.name`;

const COVERED_HOURS = `SELECT DISTINCT hour_ms FROM metric_hour
  WHERE metric IN ('cpu', 'memory') AND hour_ms >= ? AND hour_ms < ? ORDER BY hour_ms`;

const WORKLOADS = `SELECT id, namespace, kind, name FROM workload ORDER BY namespace, kind, name`;

const LABEL_PREFIX = 'SELECT EXISTS (SELECT 1 FROM node WHERE labels LIKE ?)';
const EXTENT = `SELECT min(hour_ms) AS sinceMs, max(hour_ms) AS lastMs FROM metric_hour WHERE metric IN ('cpu', 'memory')`;
const POD_NAMES = `SELECT p.namespace, p.role, p.run_name AS runName, p.spark_app_id AS appId,
    CASE p.labels WHEN '{}' THEN w.labels ELSE p.labels END AS labels
  FROM pod p JOIN workload w ON w.id = p.workload_id WHERE p.id = ?`;

const POD_ID = 'SELECT id, workload_id AS workloadId FROM pod WHERE namespace = ? AND name = ?';

const PodId = z.object({ id: z.number(), workloadId: z.number() });
const Extent = z.object({ sinceMs: z.number().nullable(), lastMs: z.number().nullable() });
const PodName = z.object({
  namespace: z.string(),
  role: z.string().nullable(),
  runName: z.string().nullable(),
  appId: z.string().nullable(),
  labels: z.string().nullable(),
});
const NodeRow = z.object({
  cluster: z.string(),
  name: z.string(),
  instanceId: z.string().nullable(),
  instanceType: z.string().nullable(),
  region: z.string().nullable(),
  zone: z.string().nullable(),
  capacityType: z.enum(['on-demand', 'spot', 'unknown']),
  cpuCapacityCores: z.number().nullable(),
  cpuAllocatableCores: z.number().nullable(),
  memoryCapacityBytes: z.number().nullable(),
  memoryAllocatableBytes: z.number().nullable(),
  gpus: z.number(),
  aliveFromMs: z.number(),
  aliveUntilMs: z.number(),
  lifecycle: z.enum(['on-demand', 'spot']).nullable(),
});
export type NodeRow = z.infer<typeof NodeRow>;

const WorkloadRow = z.object({ id: z.number(), namespace: z.string(), kind: z.string(), name: z.string() });
export type WorkloadRow = z.infer<typeof WorkloadRow>;

export function nodeRows(db: Db): NodeRow[] {
  return z.array(NodeRow).parse(db.prepare(NODES).all());
}

export function workloadRows(db: Db): WorkloadRow[] {
  return z.array(WorkloadRow).parse(db.prepare(WORKLOADS).all());
}

/** Hours in which use was measured anywhere in the cluster. */
export function coveredHours(db: Db, window: Window): number[] {
  return z.array(z.number()).parse(db.prepare(COVERED_HOURS).pluck().all(window.sinceMs, window.untilMs));
}

/** Whether a node carries a label whose name begins so. */
export function anyNodeLabel(db: Db, prefix: string): boolean {
  return db.prepare(LABEL_PREFIX).pluck().get(`%"${prefix}%`) === 1;
}

/** The first and the last hour in which use was measured; undefined if none was. */
export function coveredExtent(db: Db): Window | undefined {
  const row = Extent.parse(db.prepare(EXTENT).get());
  return row.sinceMs === null || row.lastMs === null
    ? undefined
    : { sinceMs: row.sinceMs, untilMs: row.lastMs + HOUR_MS };
}

export interface PodNames {
  namespace: string;
  role: string | null;
  runName: string | null;
  appId: string | null;
  /** JSON; null: not known. */
  labels: string | null;
}

/** Reads what names a pod, one after the other. */
export function podNameReader(db: Db): (podId: number) => PodNames | undefined {
  const statement = db.prepare(POD_NAMES);
  return (podId) => PodName.optional().parse(statement.get(podId));
}

/** Finds a pod by its name. */
export function podIdReader(db: Db): (namespace: string, pod: string) => z.infer<typeof PodId> | undefined {
  const statement = db.prepare(POD_ID);
  return (namespace, pod) => PodId.optional().parse(statement.get(namespace, pod));
}
