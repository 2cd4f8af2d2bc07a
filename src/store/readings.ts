import { Distribution } from '../model/distribution.js';
import { HOUR_MS } from '../model/window.js';
import type { Db } from './open.js';
import type { UsageDay } from './usage-days.js';
import { type Measure, putUsageHour } from './usage-write.js';

/** One reading of a container where no history is to be had. */
export interface Reading {
  containerId: number;
  hourMs: number;
  cpuCores: number;
  memoryBytes: number;
}

const HOUR = `SELECT cpu_samples AS cpuSamples, cpu_sum AS cpuSum, cpu_max AS cpuMax, cpu_distribution AS cpu,
    memory_samples AS memorySamples, memory_sum AS memorySum, memory_max AS memoryMax, memory_distribution AS memory
  FROM usage_hour WHERE container_id = ? AND hour_ms = ?`;

type HourRow = Pick<
  UsageDay,
  'cpuSamples' | 'cpuSum' | 'cpuMax' | 'cpu' | 'memorySamples' | 'memorySum' | 'memoryMax' | 'memory'
>;

/** However few readings an hour has, together they stand for all of it. */
function added(samples: number, sum: number, max: number | null, encoded: Uint8Array | null, value: number): Measure {
  return {
    samples: samples + 1,
    seconds: HOUR_MS / 1000,
    sum: sum + value,
    max: Math.max(max ?? 0, value),
    distribution: Distribution.decode(encoded).add(value),
  };
}

/** Adds a reading to its hour; the caller makes sure that none is added twice. */
export function addReading(db: Db, { containerId, hourMs, cpuCores, memoryBytes }: Reading): void {
  const row = db.prepare<unknown[], HourRow>(HOUR).get(containerId, hourMs);
  putUsageHour(db, {
    containerId,
    hourMs,
    cpu: added(row?.cpuSamples ?? 0, row?.cpuSum ?? 0, row?.cpuMax ?? null, row?.cpu ?? null, cpuCores),
    memory: added(
      row?.memorySamples ?? 0,
      row?.memorySum ?? 0,
      row?.memoryMax ?? null,
      row?.memory ?? null,
      memoryBytes,
    ),
    cfsPeriods: null,
    cfsThrottledPeriods: null,
    oomKills: null,
    restarts: null,
  });
}
