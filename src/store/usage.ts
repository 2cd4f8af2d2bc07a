import type { Window } from '../model/window.js';
import type { Role } from './kubernetes.js';
import type { Db } from './open.js';
import { containerHours } from './usage-days.js';

/** The metrics whose presence is counted per hour. */
export const METRICS = ['cpu', 'memory', 'network', 'throttling', 'oom', 'restarts', 'volume', 'state'] as const;
export type Metric = (typeof METRICS)[number];

const BY_WORKLOAD = `SELECT role, container, hourMs, count(*) AS pods, sum(cpu_samples) AS cpuSamples,
    sum(cpu_seconds) AS cpuSeconds, sum(cpu_sum) AS cpuSum, max(cpu_max) AS cpuMax, sum(memory_samples) AS memorySamples,
    sum(memory_seconds) AS memorySeconds, sum(memory_sum) AS memorySum, max(memory_max) AS memoryMax,
    sum(cfs_periods) AS cfsPeriods, sum(cfs_throttled_periods) AS cfsThrottledPeriods, sum(oom_kills) AS oomKills,
    sum(restarts) AS restarts
  FROM (${containerHours(
    `p.role, c.name AS container, u.hour_ms AS hourMs, u.cpu_samples, u.cpu_seconds, u.cpu_sum, u.cpu_max, u.memory_samples,
      u.memory_seconds, u.memory_sum, u.memory_max, u.cfs_periods, u.cfs_throttled_periods, u.oom_kills, u.restarts`,
    'p.workload_id = @workloadId AND (@role IS NULL OR p.role = @role) AND (@container IS NULL OR c.name = @container)',
  )})
  GROUP BY role, container, hourMs ORDER BY role, container, hourMs`;
// Sorted by the caller: quicker than here.
const BY_NODE = containerHours(
  `u.hour_ms, p.workload_id, p.id, max(u.cpu_seconds, u.memory_seconds),
    c.cpu_request_cores, c.memory_request_bytes, c.gpu_request,
    CASE WHEN u.cpu_samples > 0 THEN u.cpu_sum / u.cpu_samples END,
    CASE WHEN u.memory_samples > 0 THEN u.memory_sum / u.memory_samples END`,
  'p.cluster = @cluster AND p.node = @node',
);
const NETWORK_OF = (hours: string) => `SELECT n.hour_ms, n.receive_bytes, n.transmit_bytes, n.seconds
  FROM pod p CROSS JOIN ${hours} n ON n.pod_id = p.id
  WHERE p.workload_id = @workloadId AND (@role IS NULL OR p.role = @role)
    AND n.hour_ms >= @sinceMs AND n.hour_ms < @untilMs`;
const NETWORK = `SELECT hour_ms AS hourMs, count(*) AS pods, sum(receive_bytes) AS receiveBytes,
    sum(transmit_bytes) AS transmitBytes, sum(seconds) AS seconds
  FROM (${NETWORK_OF('network_hour')} UNION ALL ${NETWORK_OF('network_day_hour')})
  GROUP BY hour_ms ORDER BY hour_ms`;
const VOLUME_OF = (hours: string) => `SELECT hour_ms AS hourMs, used_bytes AS usedBytes, capacity_bytes AS capacityBytes
  FROM ${hours} WHERE cluster = @cluster AND namespace = @namespace AND claim = @claim
    AND hour_ms >= @sinceMs AND hour_ms < @untilMs`;
const VOLUME = `${VOLUME_OF('volume_hour')} UNION ALL ${VOLUME_OF('volume_day_hour')} ORDER BY hourMs`;
const COVERAGE = `SELECT hour_ms AS hourMs, series FROM metric_hour
  WHERE cluster = @cluster AND metric = @metric AND hour_ms >= @sinceMs AND hour_ms < @untilMs AND series > 0
  ORDER BY hour_ms`;

/** One container in one hour. Null of a counter: the metric was not there. */
interface Measured {
  hourMs: number;
  cpuSamples: number;
  /** Time that the CPU samples stand for. */
  cpuSeconds: number;
  /** Sum of the samples in cores; the mean is sum / samples. */
  cpuSum: number;
  cpuMax: number | null;
  memorySamples: number;
  memorySeconds: number;
  memorySum: number;
  memoryMax: number | null;
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  oomKills: number | null;
  restarts: number | null;
}

/** One container in one hour on a node: what the node's cost is shared by. Usage is the mean over the hour's samples. */
export interface NodeUsageHour {
  hourMs: number;
  workloadId: number;
  podId: number;
  seconds: number;
  cpuRequestCores: number | null;
  memoryRequestBytes: number | null;
  gpuRequest: number | null;
  cpuUsageCores: number | null;
  memoryUsageBytes: number | null;
}

/** All containers of one name and role of a workload in one hour, pooled over its pods. */
export interface UsageHour extends Measured {
  container: string;
  role: Role | null;
  /** How many pods were measured. */
  pods: number;
}

/** Whose use is asked for. An hour belongs to the window that holds its start. */
export interface UsageQuery {
  workloadId: number;
  role?: Role;
  container?: string;
  window: Window;
}

function parametersOf({ workloadId, role, container, window }: UsageQuery) {
  return { workloadId, role: role ?? null, container: container ?? null, ...window };
}

type NodeUsageTuple = [number, number, number, number, ...(number | null)[]];

/**
 * Every container-hour on a node, hour by hour; of merged days, the mean use of the day. One node at a time is small,
 * and lists are quicker to read than streams.
 */
export function nodeUsageHours(db: Db, query: { cluster: string; node: string; window: Window }): NodeUsageHour[] {
  const { window, ...rest } = query;
  const rows = db
    .prepare<unknown[], NodeUsageTuple>(BY_NODE)
    .raw()
    .all({ ...rest, ...window });
  rows.sort(([a], [b]) => a - b);
  return rows.map(
    ([hourMs, workloadId, podId, seconds, cpuRequest, memoryRequest, gpuRequest, cpuUsage, memoryUsage]) => ({
      hourMs,
      workloadId,
      podId,
      seconds,
      cpuRequestCores: cpuRequest ?? null,
      memoryRequestBytes: memoryRequest ?? null,
      gpuRequest: gpuRequest ?? null,
      cpuUsageCores: cpuUsage ?? null,
      memoryUsageBytes: memoryUsage ?? null,
    }),
  );
}

/**
 * Use of a workload per role, container name and hour, pooled over pods, in that order. Memory holds the hours of
 * this one workload, whatever the number of its pods. Of merged days, an hour is its share of the day.
 */
export function usageHours(db: Db, query: UsageQuery): UsageHour[] {
  return db.prepare<unknown[], UsageHour>(BY_WORKLOAD).all(parametersOf(query));
}

export interface NetworkHour {
  hourMs: number;
  pods: number;
  receiveBytes: number;
  transmitBytes: number;
  /** Measured seconds, summed over pods. */
  seconds: number;
}

/** Network traffic of a workload per hour, summed over its pods. */
export function networkHours(
  db: Db,
  query: { workloadId: number; role?: Role; window: Window },
): IterableIterator<NetworkHour> {
  const { workloadId, role, window } = query;
  return db.prepare<unknown[], NetworkHour>(NETWORK).iterate({ workloadId, role: role ?? null, ...window });
}

export interface VolumeHour {
  hourMs: number;
  usedBytes: number;
  capacityBytes: number;
}

export function volumeHours(
  db: Db,
  query: { cluster: string; namespace: string; claim: string; window: Window },
): VolumeHour[] {
  const { window, ...rest } = query;
  return db.prepare<unknown[], VolumeHour>(VOLUME).all({ ...rest, ...window });
}

export interface MetricHour {
  hourMs: number;
  series: number;
}

/** The hours in which a metric was there at all in the cluster; an absent series means something only in these. */
export function metricHours(db: Db, query: { cluster: string; metric: Metric; window: Window }): MetricHour[] {
  const { window, ...rest } = query;
  return db.prepare<unknown[], MetricHour>(COVERAGE).all({ ...rest, ...window });
}
