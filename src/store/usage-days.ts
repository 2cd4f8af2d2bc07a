import { Distribution } from '../model/distribution.js';
import { DAY_MS, HOUR_MS, HOURS_PER_DAY, type Window } from '../model/window.js';
import type { Db } from './open.js';

/** Containers or pods whose hours are merged in one transaction. */
const BATCH = 500;

const HOURS = `sum(1 << (hour_ms / ${HOUR_MS} % 24)), count(*)`;
const DAY = `hour_ms / ${DAY_MS} * ${DAY_MS}`;
const SAME_DAY = 'DO UPDATE SET hours = hours | excluded.hours, hour_count = hour_count + excluded.hour_count';

/** Adds what may be null: not measured in one of the two is no zero. */
function sums(columns: readonly string[]): string {
  return columns.map((name) => `${name} = coalesce(${name} + excluded.${name}, ${name}, excluded.${name})`).join(', ');
}

function highest(columns: readonly string[]): string {
  return columns
    .map((name) => `${name} = coalesce(max(${name}, excluded.${name}), ${name}, excluded.${name})`)
    .join(', ');
}

function distributions(columns: readonly string[]): string {
  return columns.map((name) => `${name} = both_distributions(${name}, excluded.${name})`).join(', ');
}

// A day that was merged before grows by hours that came late: no hour is ever in both.
const MERGE_USAGE = `INSERT INTO usage_day (container_id, day_ms, hours, hour_count, seconds, cpu_samples, cpu_seconds,
    cpu_sum, cpu_max, cpu_distribution, memory_samples, memory_seconds, memory_sum, memory_max, memory_distribution,
    cfs_periods, cfs_throttled_periods, throttled_shares, throttled_share_max, oom_kills, last_oom_ms, restarts)
  SELECT container_id, ${DAY}, ${HOURS}, sum(max(cpu_seconds, memory_seconds)), sum(cpu_samples), sum(cpu_seconds),
    sum(cpu_sum), max(cpu_max), merged_distribution(cpu_distribution), sum(memory_samples), sum(memory_seconds),
    sum(memory_sum), max(memory_max), merged_distribution(memory_distribution), sum(cfs_periods), sum(cfs_throttled_periods),
    distribution_of(CASE WHEN cfs_periods > 0 THEN cfs_throttled_periods / cfs_periods END),
    max(CASE WHEN cfs_periods > 0 THEN cfs_throttled_periods / cfs_periods END), sum(oom_kills),
    max(CASE WHEN oom_kills >= 0.5 THEN hour_ms END), sum(restarts)
  FROM usage_hour WHERE container_id = @id AND hour_ms < @beforeMs GROUP BY ${DAY}
  ON CONFLICT (container_id, day_ms) ${SAME_DAY}, ${sums([
    ...['seconds', 'cpu_samples', 'cpu_seconds', 'cpu_sum', 'memory_samples', 'memory_seconds', 'memory_sum'],
    ...['cfs_periods', 'cfs_throttled_periods', 'oom_kills', 'restarts'],
  ])}, ${highest(['cpu_max', 'memory_max', 'throttled_share_max', 'last_oom_ms'])},
    ${distributions(['cpu_distribution', 'memory_distribution', 'throttled_shares'])}`;

const MERGE_NETWORK = `INSERT INTO network_day (pod_id, day_ms, hours, hour_count, receive_bytes, transmit_bytes, seconds)
  SELECT pod_id, ${DAY}, ${HOURS}, sum(receive_bytes), sum(transmit_bytes), sum(seconds)
  FROM network_hour WHERE pod_id = @id AND hour_ms < @beforeMs GROUP BY ${DAY}
  ON CONFLICT (pod_id, day_ms) ${SAME_DAY}, ${sums(['receive_bytes', 'transmit_bytes', 'seconds'])}`;

const MERGE_VOLUMES = `INSERT INTO volume_day (cluster, namespace, claim, day_ms, hours, hour_count, used_bytes, capacity_bytes)
  SELECT cluster, namespace, claim, ${DAY}, ${HOURS}, max(used_bytes), max(capacity_bytes)
  FROM volume_hour WHERE hour_ms < @beforeMs GROUP BY cluster, namespace, claim, ${DAY}
  ON CONFLICT (cluster, namespace, claim, day_ms) ${SAME_DAY}, ${highest(['used_bytes', 'capacity_bytes'])}`;

interface ById {
  /** The next ids after one. */
  ids: string;
  merge: string;
  forget: string;
}

const BY_ID: readonly ById[] = [
  {
    ids: `SELECT id FROM container WHERE id > ? ORDER BY id LIMIT ${BATCH}`,
    merge: MERGE_USAGE,
    forget: 'DELETE FROM usage_hour WHERE container_id = @id AND hour_ms < @beforeMs',
  },
  {
    ids: `SELECT id FROM pod WHERE id > ? ORDER BY id LIMIT ${BATCH}`,
    merge: MERGE_NETWORK,
    forget: 'DELETE FROM network_hour WHERE pod_id = @id AND hour_ms < @beforeMs',
  },
];
const FORGET_VOLUMES = 'DELETE FROM volume_hour WHERE hour_ms < @beforeMs';

const asBlob = (distribution: Distribution): Buffer | null =>
  distribution.count > 0 ? Buffer.from(distribution.encode()) : null;
const bytesOf = (value: unknown): Uint8Array | null => (value instanceof Uint8Array ? value : null);

function addFunctions(db: Db): void {
  const start = () => new Distribution();
  const result = asBlob;
  db.aggregate('merged_distribution', {
    ...{ start, result, deterministic: true },
    step: (all: Distribution, one: unknown) => all.mergeEncoded(bytesOf(one)),
  });
  db.aggregate('distribution_of', {
    ...{ start, result, deterministic: true },
    step: (all: Distribution, one: unknown) => (typeof one === 'number' ? all.add(one) : all),
  });
  db.function('both_distributions', { deterministic: true }, (a: unknown, b: unknown) =>
    asBlob(Distribution.decode(bytesOf(a)).mergeEncoded(bytesOf(b))),
  );
}

function mergeById(db: Db, { ids, merge, forget }: ById, beforeMs: number): number {
  const next = db.prepare<[number], number>(ids).pluck();
  const [merging, forgetting] = [db.prepare(merge), db.prepare(forget)];
  const mergeBatch = db.transaction((batch: readonly number[]) =>
    batch.reduce((rows, id) => {
      const of = { id, beforeMs };
      return merging.run(of).changes > 0 ? rows + forgetting.run(of).changes : rows;
    }, 0),
  );
  let rows = 0;
  for (let batch = next.all(0); batch.length > 0; batch = next.all(batch.at(-1) ?? 0)) rows += mergeBatch(batch);
  return rows;
}

/**
 * Merges use of whole UTC days before a time from hours to days and gives how many hours went. Hours are deleted in the
 * transaction that keeps their day: stopped anywhere, each is there once, and the rest is merged the next time.
 */
export function mergeToDays(db: Db, timeMs: number): number {
  const beforeMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
  addFunctions(db);
  const rows = BY_ID.reduce((sum, table) => sum + mergeById(db, table, beforeMs), 0);
  return db.transaction(() => {
    db.prepare(MERGE_VOLUMES).run({ beforeMs });
    return rows + db.prepare(FORGET_VOLUMES).run({ beforeMs }).changes;
  })();
}

/**
 * SQL of every measured hour of containers in a window, by the hour or of merged days, for the parameters `sinceMs` and
 * `untilMs`. Pods are `p`, containers `c`, their hours `u`. CROSS JOIN keeps SQLite to this order: few pods, their
 * containers, their hours.
 */
export function containerHours(columns: string, which: string): string {
  const from = 'FROM pod p CROSS JOIN container c ON c.pod_id = p.id CROSS JOIN';
  const inWindow = 'u.hour_ms >= @sinceMs AND u.hour_ms < @untilMs';
  return `SELECT ${columns} ${from} usage_hour u ON u.container_id = c.id WHERE ${which} AND ${inWindow}
    UNION ALL SELECT ${columns} ${from} usage_day_hour u ON u.container_id = c.id WHERE ${which} AND ${inWindow}
      AND u.day_ms > @sinceMs - ${DAY_MS} AND u.day_ms < @untilMs`;
}

/** A container's use in a merged day. */
export interface UsageDay {
  dayMs: number;
  /** Bit h: hour h of the day was measured. */
  hours: number;
  hourCount: number;
  seconds: number;
  cpuSamples: number;
  cpuSum: number;
  cpuMax: number | null;
  cpu: Uint8Array | null;
  memorySamples: number;
  memorySum: number;
  memoryMax: number | null;
  memory: Uint8Array | null;
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  throttledShares: Uint8Array | null;
  throttledShareMax: number | null;
  oomKills: number | null;
  lastOomMs: number | null;
}

/** The merged days of one container that reach into a window, newest first. */
export const DAYS_OF_CONTAINER = `SELECT day_ms AS dayMs, hours, hour_count AS hourCount, seconds, cpu_samples AS cpuSamples, cpu_sum AS cpuSum,
    cpu_max AS cpuMax, cpu_distribution AS cpu, memory_samples AS memorySamples, memory_sum AS memorySum,
    memory_max AS memoryMax, memory_distribution AS memory, cfs_periods AS cfsPeriods,
    cfs_throttled_periods AS cfsThrottledPeriods, throttled_shares AS throttledShares,
    throttled_share_max AS throttledShareMax, oom_kills AS oomKills, last_oom_ms AS lastOomMs
  FROM usage_day WHERE container_id = @containerId AND day_ms > @sinceMs - ${DAY_MS} AND day_ms < @untilMs ORDER BY day_ms DESC`;

/** The starts of a day's measured hours that lie in a window, oldest first. */
export function measuredHours({ dayMs, hours }: Pick<UsageDay, 'dayMs' | 'hours'>, window: Window): number[] {
  const found: number[] = [];
  for (let hour = 0; hour < HOURS_PER_DAY; hour++) {
    const hourMs = dayMs + hour * HOUR_MS;
    if ((hours >> hour) & 1 && hourMs >= window.sinceMs && hourMs < window.untilMs) found.push(hourMs);
  }
  return found;
}
