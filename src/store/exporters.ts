import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const PUT_GPU = `INSERT OR REPLACE INTO gpu_hour (cluster, gpu, namespace, pod, hour_ms, host, samples, mean_percent, max_percent)
  VALUES (@cluster, @gpu, @namespace, @pod, @hourMs, @host, @samples, @meanPercent, @maxPercent)`;
const PUT_REQUESTS = `INSERT OR REPLACE INTO request_hour (cluster, namespace, service, source, hour_ms, requests)
  VALUES (@cluster, @namespace, @service, @source, @hourMs, @requests)`;
const GPU_BY_WORKLOAD = `SELECT g.hour_ms AS hourMs, sum(g.mean_percent * g.samples) / sum(g.samples) AS meanPercent,
    max(g.max_percent) AS maxPercent, sum(g.samples) AS samples
  FROM pod p JOIN gpu_hour g ON g.cluster = p.cluster AND g.namespace = p.namespace AND g.pod = p.name
  WHERE p.workload_id = @workloadId AND g.hour_ms >= @sinceMs AND g.hour_ms < @untilMs AND g.samples > 0
  GROUP BY g.hour_ms ORDER BY g.hour_ms`;
// An hour that the run was in; those before and after it are another's.
const GPU_BY_PODS = `SELECT sum(mean_percent * samples) / sum(samples) AS meanPercent, sum(samples) AS samples FROM gpu_hour
  WHERE cluster = @cluster AND (@namespace IS NULL OR namespace = @namespace) AND samples > 0
    AND pod IN (SELECT value FROM json_each(@pods)) AND hour_ms > @sinceMs - 3600000 AND hour_ms < @untilMs`;
const REQUESTS = `SELECT namespace, service, source, hour_ms AS hourMs, requests FROM request_hour
  WHERE cluster = @cluster AND hour_ms >= @sinceMs AND hour_ms < @untilMs ORDER BY namespace, service, hour_ms`;

export interface GpuHour {
  hourMs: number;
  samples: number;
  meanPercent: number;
  maxPercent: number;
}

export interface GpuHourRecord extends GpuHour {
  cluster: string;
  /** UUID, with the MIG slice where there is one. */
  gpu: string;
  /** Empty where no pod held it. */
  namespace: string;
  pod: string;
  host: string;
}

export interface RequestHour {
  namespace: string;
  service: string;
  /** `istio`, `nginx`, `knative`. */
  source: string;
  hourMs: number;
  requests: number;
}

export function putGpuHour(db: Db, hour: GpuHourRecord): void {
  prepared(db, PUT_GPU).run(hour);
}

export function putRequestHour(db: Db, hour: RequestHour & { cluster: string }): void {
  prepared(db, PUT_REQUESTS).run(hour);
}

/** How busy the GPUs of a workload's pods were, hour by hour, weighted by samples. */
export function gpuHours(db: Db, workloadId: number, window: Window): GpuHour[] {
  const Row = z.object({ hourMs: z.number(), meanPercent: z.number(), maxPercent: z.number(), samples: z.number() });
  return z.array(Row).parse(prepared(db, GPU_BY_WORKLOAD).all({ workloadId, ...window }));
}

/** Mean utilisation of the pods' GPUs, weighted by samples; undefined where it was not measured. */
export function gpuHoursOfPods(
  db: Db,
  query: Window & { cluster: string; namespace: string | null; pods: readonly string[] },
): { meanPercent: number; samples: number } | undefined {
  const Row = z.object({ meanPercent: z.number(), samples: z.number() });
  const row = prepared(db, GPU_BY_PODS).get({ ...query, pods: JSON.stringify(query.pods) });
  return Row.safeParse(row).data;
}

/** Requests per service and hour, as far as anybody counted them. */
export function requestHours(db: Db, cluster: string, window: Window): RequestHour[] {
  const Row = z.object({
    namespace: z.string(),
    service: z.string(),
    source: z.string(),
    hourMs: z.number(),
    requests: z.number(),
  });
  return z.array(Row).parse(prepared(db, REQUESTS).all({ cluster, ...window }));
}
