import { parseJvmMemory } from '../../model/quantity.js';
import type { SparkLog } from '../../model/spark.js';

/** Spark's defaults (SQLConf, internal/config/package.scala of 3.5 and 4.0) of the settings that rules look at. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'spark.task.cpus': '1',
  'spark.executor.memory': '1g',
  'spark.driver.memory': '1g',
  'spark.memory.fraction': '0.6',
  'spark.sql.shuffle.partitions': '200',
  'spark.sql.autoBroadcastJoinThreshold': '10m',
  'spark.sql.files.maxPartitionBytes': '128m',
  'spark.sql.adaptive.coalescePartitions.enabled': 'true',
  'spark.sql.adaptive.skewJoin.enabled': 'true',
  'spark.sql.adaptive.advisoryPartitionSizeInBytes': '64m',
  'spark.dynamicAllocation.enabled': 'false',
  'spark.dynamicAllocation.executorIdleTimeout': '60s',
  'spark.shuffle.service.enabled': 'false',
  'spark.decommission.enabled': 'false',
  'spark.storage.decommission.enabled': 'false',
  'spark.storage.decommission.shuffleBlocks.enabled': 'true',
  'spark.speculation': 'false',
  'spark.network.timeout': '120s',
};

/** What changed its default over time: [first version with the new default, the new one, the old one]. */
const CHANGED: Readonly<Record<string, readonly [number, string, string]>> = {
  'spark.sql.adaptive.enabled': [3_002, 'true', 'false'],
  'spark.dynamicAllocation.shuffleTracking.enabled': [3_004, 'true', 'false'],
};

/** 3.5.9 is 3,005: comparable as a number. A version that is not known counts as the newest. */
export function versionOf(run: SparkLog): number {
  const match = /^(\d+)\.(\d+)/.exec(run.application.sparkVersion);
  return match ? Number(match[1]) * 1_000 + Number(match[2]) : Number.POSITIVE_INFINITY;
}

/** The setting as the run had it: its own, or Spark's default; undefined if it has none. */
export function conf(run: SparkLog, key: string): string | undefined {
  const own = run.application.conf[key];
  if (own !== undefined && own !== '') return own;
  const changed = CHANGED[key];
  if (changed) return versionOf(run) >= changed[0] ? changed[1] : changed[2];
  return DEFAULTS[key];
}

export function confFlag(run: SparkLog, key: string): boolean {
  return conf(run, key)?.trim().toLowerCase() === 'true';
}

export function confNumber(run: SparkLog, key: string): number | undefined {
  const value = Number(conf(run, key));
  return Number.isFinite(value) ? value : undefined;
}

/** Bytes; a number without a unit is in `unitBytes` (1 for SQL settings, 1 MiB for memory settings). */
export function confBytes(run: SparkLog, key: string, unitBytes = 1): number | undefined {
  const text = conf(run, key);
  if (text !== undefined && /^\s*-\d+/.test(text)) return -1;
  return parseJvmMemory(text, unitBytes);
}

const TIME_UNITS_MS: Readonly<Record<string, number>> = {
  us: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  min: 6e4,
  h: 3.6e6,
  d: 8.64e7,
};

/** Milliseconds; a number without a unit is in seconds (JavaUtils.timeStringAsSec). */
export function confMs(run: SparkLog, key: string): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(conf(run, key) ?? '');
  const unit = match && TIME_UNITS_MS[(match[2] || 's').toLowerCase()];
  return match && unit ? Number(match[1]) * unit : undefined;
}

const MIB = 2 ** 20;

/** Bytes as Spark's settings are written: whole MiB, at least one. */
export function sparkBytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / MIB))}m`;
}

/** Local mode: the driver runs the tasks in its own heap, `spark.driver.memory`. A local cluster has executors. */
export function isLocal(run: SparkLog): boolean {
  return /^local(?:\[|$)/.test(conf(run, 'spark.master') ?? '');
}
