import { z } from 'zod';
import { SparkResource } from '../model/report.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

// Pods and event logs tell of families too, and have no API version for them.
const RESOURCES = `SELECT api_version AS apiVersion, kind, namespace, name FROM workload
  WHERE kind IN ('SparkApplication', 'ScheduledSparkApplication') AND api_version IS NOT NULL
  ORDER BY namespace, name, kind DESC`;
const SCHEDULES = `SELECT id, cluster, namespace, name, spec FROM workload WHERE kind = 'ScheduledSparkApplication'
  ORDER BY cluster, namespace, name`;
const RUN_PODS = `SELECT coalesce(run_name, spark_app_id, name) AS run, role, node,
    min(first_seen_ms, coalesce(created_ms, first_seen_ms)) AS startMs, coalesce(finished_ms, last_seen_ms) AS endMs
  FROM pod WHERE workload_id = @id AND last_seen_ms >= @sinceMs AND first_seen_ms < @untilMs ORDER BY 1, startMs`;

const FAMILIES = `SELECT id, cluster, namespace, kind, name, spec FROM workload w
  WHERE kind IN ('SparkApplication', 'ScheduledSparkApplication')
    AND EXISTS (SELECT 1 FROM pod p WHERE p.workload_id = w.id AND p.last_seen_ms >= @sinceMs AND p.first_seen_ms < @untilMs)
  ORDER BY cluster, namespace, kind, name`;
const LOGGED_CONF = `SELECT a.conf_json FROM spark_application a
  WHERE a.app_id IN (SELECT spark_app_id FROM pod WHERE workload_id = @id UNION SELECT app_id FROM spark_run WHERE workload_id = @id)
  ORDER BY a.start_ms DESC, a.attempt_id DESC LIMIT 1`;
const LABELS = 'SELECT labels FROM node WHERE cluster = ? AND capacity_type = ? ORDER BY name';

const TAINTS = `SELECT DISTINCT taints FROM node WHERE cluster = ? AND capacity_type = 'spot' AND taints <> '[]' ORDER BY taints`;

const ScheduleRow = z.object({
  id: z.number(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  spec: z.string().nullable(),
});
const RunPodRow = z.object({
  run: z.string(),
  role: z.enum(['driver', 'executor']).nullable(),
  node: z.string().nullable(),
  startMs: z.number(),
  endMs: z.number(),
});
const FamilyRow = ScheduleRow.extend({ kind: z.string() });
const Taints = z
  .string()
  .transform((text) =>
    z.array(z.object({ key: z.string(), value: z.string().nullish(), effect: z.string() })).parse(JSON.parse(text)),
  );
export type Taint = z.infer<typeof Taints>[number];
const Texts = z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)));

export type FamilyRow = z.infer<typeof FamilyRow>;
export type ScheduleRow = z.infer<typeof ScheduleRow>;
export type RunPodRow = z.infer<typeof RunPodRow>;

/** What the operators' resources are called, as the Kubernetes API told. */
export function sparkResources(db: Db): SparkResource[] {
  return z.array(SparkResource).parse(db.prepare(RESOURCES).all());
}

/** Spark applications that a schedule owns. */
export function scheduleRows(db: Db): ScheduleRow[] {
  return z.array(ScheduleRow).parse(db.prepare(SCHEDULES).all());
}

/** Pods of a scheduled application that were there in the window, by run. */
export function runPods(db: Db, id: number, window: Window): RunPodRow[] {
  return z.array(RunPodRow).parse(db.prepare(RUN_PODS).all({ id, ...window }));
}

/** Spark families with a pod in the window. */
export function familyRows(db: Db, window: Window): FamilyRow[] {
  return z.array(FamilyRow).parse(db.prepare(FAMILIES).all({ ...window }));
}

/** What the newest run of a family ran with, where its event log was read. */
export function loggedConf(db: Db, workloadId: number): Record<string, string> | undefined {
  return Texts.optional().parse(db.prepare(LOGGED_CONF).pluck().get({ id: workloadId }));
}

/** Labels of the cluster's nodes that are bought so. */
export function nodeLabels(db: Db, cluster: string, capacityType: 'on-demand' | 'spot'): Record<string, string>[] {
  return z.array(Texts).parse(db.prepare(LABELS).pluck().all(cluster, capacityType));
}

/** Taints of the cluster's spot nodes, each once. */
export function spotTaints(db: Db, cluster: string): Taint[] {
  const all = z.array(Taints).parse(db.prepare(TAINTS).pluck().all(cluster)).flat();
  return [...new Map(all.map((taint) => [JSON.stringify(taint), taint])).values()];
}
