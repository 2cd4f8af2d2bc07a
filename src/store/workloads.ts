import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

const PROFILES = `SELECT w.id, w.cluster, w.namespace, w.kind, w.name, w.replicas, w.spec, w.labels,
    (SELECT count(DISTINCT p.run_name) FROM pod p WHERE p.workload_id = w.id AND p.last_seen_ms >= @sinceMs) AS runs,
    (SELECT count(*) FROM pod p WHERE p.workload_id = w.id AND p.last_seen_ms >= @sinceMs) AS pods
  FROM workload w ORDER BY w.cluster, w.namespace, w.kind, w.name`;

/**
 * Containers of a workload, first as its newest pods have them whose requests were read. Init containers end before
 * the others start: they are not sized.
 */
const CONTAINERS = `SELECT p.role, c.name, c.cpu_request_cores AS cpuRequestCores, c.cpu_limit_cores AS cpuLimitCores,
    c.memory_request_bytes AS memoryRequestBytes, c.memory_limit_bytes AS memoryLimitBytes, c.gpu_request AS gpuRequest,
    c.resources_known AS resourcesKnown, p.name AS pod, c.last_termination_reason AS lastTerminationReason, c.last_terminated_ms AS lastTerminatedMs
  FROM pod p JOIN container c ON c.pod_id = p.id
  WHERE p.workload_id = @workloadId AND p.last_seen_ms >= @sinceMs AND c.kind <> 'init'
  ORDER BY c.resources_known DESC, p.last_seen_ms DESC, p.name, c.name`;

const ProfileRow = z.object({
  id: z.number(),
  cluster: z.string(),
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  replicas: z.number().nullable(),
  spec: z.string().nullable(),
  labels: z.string(),
  runs: z.number(),
  pods: z.number(),
});
export type ProfileRow = z.infer<typeof ProfileRow>;

const ContainerRow = z.object({
  role: z.enum(['driver', 'executor']).nullable(),
  name: z.string(),
  pod: z.string(),
  cpuRequestCores: z.number().nullable(),
  cpuLimitCores: z.number().nullable(),
  memoryRequestBytes: z.number().nullable(),
  memoryLimitBytes: z.number().nullable(),
  gpuRequest: z.number().nullable(),
  /** Only then does a null request mean that there is none. */
  resourcesKnown: z.number().transform((flag) => flag !== 0),
  lastTerminationReason: z.string().nullable(),
  lastTerminatedMs: z.number().nullable(),
});
export type ContainerRow = z.infer<typeof ContainerRow>;

/** Every workload, with how many runs and pods of it were there in the window. */
export function profileRows(db: Db, window: Window): ProfileRow[] {
  return z.array(ProfileRow).parse(db.prepare(PROFILES).all({ sinceMs: window.sinceMs }));
}

export function containerRows(db: Db, workloadId: number, window: Window): ContainerRow[] {
  return z.array(ContainerRow).parse(db.prepare(CONTAINERS).all({ workloadId, sinceMs: window.sinceMs }));
}
