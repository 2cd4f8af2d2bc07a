import type { Distribution } from '../model/distribution.js';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';
import type { Metric } from './usage.js';

/** What was measured of one resource in one hour. */
export interface Measure {
  samples: number;
  seconds: number;
  sum: number;
  max: number | null;
  distribution: Distribution;
}

export interface UsageHourRecord {
  containerId: number;
  hourMs: number;
  cpu: Measure;
  memory: Measure;
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  oomKills: number | null;
  restarts: number | null;
}

export interface NetworkHourRecord {
  podId: number;
  hourMs: number;
  receiveBytes: number;
  transmitBytes: number;
  seconds: number;
}

export interface VolumeHourRecord {
  cluster: string;
  namespace: string;
  claim: string;
  hourMs: number;
  usedBytes: number;
  capacityBytes: number;
}

// An hour that is read again is replaced whole; one that was merged into its day stays as it is there.
const NOT_MERGED = (day: string) => `WHERE NOT EXISTS (SELECT 1 FROM ${day} AND day_ms = @hourMs / ${DAY_MS} * ${DAY_MS}
    AND (hours >> (@hourMs / ${HOUR_MS} % 24)) & 1)`;
const PUT_USAGE = `INSERT OR REPLACE INTO usage_hour (container_id, hour_ms, cpu_samples, cpu_seconds, cpu_sum, cpu_max,
    cpu_distribution, memory_samples, memory_seconds, memory_sum, memory_max, memory_distribution, cfs_periods,
    cfs_throttled_periods, oom_kills, restarts)
  SELECT @containerId, @hourMs, @cpuSamples, @cpuSeconds, @cpuSum, @cpuMax, @cpuDistribution, @memorySamples,
    @memorySeconds, @memorySum, @memoryMax, @memoryDistribution, @cfsPeriods, @cfsThrottledPeriods, @oomKills, @restarts
  ${NOT_MERGED('usage_day WHERE container_id = @containerId')}`;
const PUT_NETWORK = `INSERT OR REPLACE INTO network_hour (pod_id, hour_ms, receive_bytes, transmit_bytes, seconds)
  SELECT @podId, @hourMs, @receiveBytes, @transmitBytes, @seconds ${NOT_MERGED('network_day WHERE pod_id = @podId')}`;
const PUT_VOLUME = `INSERT OR REPLACE INTO volume_hour (cluster, namespace, claim, hour_ms, used_bytes, capacity_bytes)
  SELECT @cluster, @namespace, @claim, @hourMs, @usedBytes, @capacityBytes
  ${NOT_MERGED('volume_day WHERE cluster = @cluster AND namespace = @namespace AND claim = @claim')}`;
const PUT_METRIC = `INSERT OR REPLACE INTO metric_hour (cluster, metric, hour_ms, series)
  VALUES (@cluster, @metric, @hourMs, @series)`;
const FIRST_HOUR = `SELECT min(hour_ms) FROM metric_hour WHERE cluster = ? AND metric IN ('cpu', 'memory') AND series > 0`;
const MEASURED = `SELECT DISTINCT metric FROM metric_hour
  WHERE cluster = @cluster AND hour_ms >= @sinceMs AND hour_ms < @untilMs AND series > 0`;

function bytesOf({ samples, distribution }: Measure): Uint8Array | null {
  return samples > 0 ? distribution.encode() : null;
}

export function putUsageHour(db: Db, { cpu, memory, ...rest }: UsageHourRecord): void {
  prepared(db, PUT_USAGE).run({
    ...rest,
    cpuSamples: cpu.samples,
    cpuSeconds: cpu.seconds,
    cpuSum: cpu.sum,
    cpuMax: cpu.max,
    cpuDistribution: bytesOf(cpu),
    memorySamples: memory.samples,
    memorySeconds: memory.seconds,
    memorySum: memory.sum,
    memoryMax: memory.max,
    memoryDistribution: bytesOf(memory),
  });
}

export function putNetworkHour(db: Db, hour: NetworkHourRecord): void {
  prepared(db, PUT_NETWORK).run(hour);
}

export function putVolumeHour(db: Db, hour: VolumeHourRecord): void {
  prepared(db, PUT_VOLUME).run(hour);
}

export function putMetricHour(db: Db, cluster: string, metric: Metric, hourMs: number, series: number): void {
  prepared(db, PUT_METRIC).run({ cluster, metric, hourMs, series });
}

/** The first hour in which any container was measured; undefined if none was. */
export function firstMeasuredHour(db: Db, cluster: string): number | undefined {
  const hour: unknown = prepared(db, FIRST_HOUR).pluck().get(cluster);
  return typeof hour === 'number' ? hour : undefined;
}

/** The metrics that were there at all in the window. */
export function measuredMetrics(db: Db, cluster: string, window: Window): Set<unknown> {
  return new Set(
    prepared(db, MEASURED)
      .pluck()
      .all({ cluster, ...window }),
  );
}
