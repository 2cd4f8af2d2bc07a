import type { Statement } from 'better-sqlite3';
import { Distribution } from '../model/distribution.js';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.js';
import type { Role } from './kubernetes.js';
import type { Db } from './open.js';
import { containerHours, DAYS_OF_CONTAINER, measuredHours, type UsageDay } from './usage-days.js';
import {
  addDay,
  addTuple,
  countAbove,
  cpuWords,
  emptySlot,
  mergeHex,
  type SlotTuple,
  type UsageSlot,
} from './usage-slot.js';

/**
 * Hours of a day that are read as one, from its end. Days are counted back from the workload's last hour, which stays
 * apart: it tells the level of now.
 */
const DAY_SLOTS = [1, 5, 6, 12] as const;
/** Below three days every hour stays apart. */
const POOLED_FROM_HOURS = 72;

const CONTAINERS = `SELECT c.id, p.role, c.name,
    (SELECT min(hour_ms) FROM usage_hour WHERE container_id = c.id AND hour_ms >= @sinceMs) AS firstMs,
    (SELECT max(hour_ms) FROM usage_hour WHERE container_id = c.id AND hour_ms < @untilMs) AS lastMs
  FROM pod p CROSS JOIN container c ON c.pod_id = p.id
  WHERE p.workload_id = @workloadId ORDER BY p.role, c.name, c.id`;

// One range of one container at a time: SQLite streams it, where GROUP BY would sort every row. Distributions as hex words.
const SLOT = `SELECT min(hour_ms), max(hour_ms), sum(1 << ((@untilMs - hour_ms) / ${HOUR_MS} - 1)),
    sum(max(cpu_seconds, memory_seconds)), sum(cpu_samples), sum(cpu_sum), max(cpu_max),
    sum(memory_samples), sum(memory_sum), max(memory_max), sum(cfs_periods), sum(cfs_throttled_periods),
    sum(cfs_throttled_periods > @throttledShare * cfs_periods),
    max(CASE WHEN cfs_periods > 0 THEN cfs_throttled_periods / cfs_periods END),
    sum(oom_kills), max(CASE WHEN oom_kills >= 0.5 THEN hour_ms END), group_concat(hex(cpu_distribution), ' ')
  FROM usage_hour WHERE container_id = @containerId AND hour_ms >= @sinceMs AND hour_ms < @untilMs`;

const MEMORY_ABOVE = `SELECT memory_distribution FROM usage_hour
  WHERE container_id = ? AND hour_ms >= ? AND hour_ms < ? AND memory_max > ?`;

const CPU_BY_HOUR = `SELECT name, role, hourMs, sum(cpu_sum) / sum(cpu_samples) AS cores
  FROM (${containerHours(
    'c.name, p.role, u.hour_ms AS hourMs, u.cpu_sum, u.cpu_samples',
    'p.workload_id = @workloadId AND u.cpu_samples > 0',
  )})
  GROUP BY role, name, hourMs`;

/** All that was measured of the containers of one role and name. */
export interface ContainerUsage {
  role: Role | null;
  name: string;
  containerIds: number[];
  /** In the order of time. */
  slots: UsageSlot[];
  /** CPU use of each pod apart, where asked for. */
  pods: Distribution[];
}

export interface SlotQuery {
  workloadId: number;
  window: Window;
  /** Share of throttled periods above which a container-hour counts as throttled. */
  throttledShare: number;
  /** Whether each pod's use is wanted apart, since when. */
  podsSinceMs?: number;
}

interface Range extends Window {
  index: number;
}

/** The slots of a history, newest first: counted back from the end of its last hour. */
function rangesOf(firstMs: number, lastMs: number): Range[] {
  const hours = (lastMs - firstMs) / HOUR_MS + 1;
  const lengths = hours >= POOLED_FROM_HOURS ? DAY_SLOTS : [1];
  const ranges: Range[] = [];
  for (let untilMs = lastMs + HOUR_MS, index = 0; untilMs > firstMs; index++) {
    const sinceMs = untilMs - (lengths[index % lengths.length] ?? 1) * HOUR_MS;
    ranges.push({ index, sinceMs, untilMs });
    untilMs = sinceMs;
  }
  return ranges;
}

interface ContainerSpan {
  id: number;
  role: Role | null;
  name: string;
  firstMs: number | null;
  lastMs: number | null;
}

/** What was measured of a container: from its first to the end of its last hour where it is kept by the hour, and days. */
interface Measured extends Pick<ContainerSpan, 'id' | 'role' | 'name'> {
  hourly: Window | undefined;
  /** The newest first. */
  days: readonly UsageDay[];
  /** All of it. */
  firstMs: number;
  lastMs: number;
}

/** Collects the slots of one role and name over its pods. */
class Pool {
  readonly #slots = new Map<number, UsageSlot>();
  readonly #ids: number[] = [];
  readonly #pods: Distribution[] = [];

  constructor(
    readonly role: Role | null,
    readonly name: string,
  ) {}

  add(id: number): void {
    this.#ids.push(id);
  }

  /** The slot of a range, which begins at its first measured hour. */
  slot({ index }: Range, firstMs: number): UsageSlot {
    let slot = this.#slots.get(index);
    if (!slot) {
      slot = emptySlot(index, firstMs);
      this.#slots.set(index, slot);
    }
    return slot;
  }

  addPod(pod: Distribution): void {
    if (pod.count > 0) this.#pods.push(pod);
  }

  get usage(): ContainerUsage {
    const slots = [...this.#slots.values()].sort((a, b) => a.sinceMs - b.sinceMs);
    return { role: this.role, name: this.name, containerIds: this.#ids, slots, pods: this.#pods };
  }
}

interface Asked extends SlotQuery {
  ranges: readonly Range[];
  pool: Pool;
  /** The container's use of its own, where it is asked for. */
  pod: Distribution;
}

/** Ranges and days both run backwards, so that each range is looked at for its own days only. */
function addDays(days: readonly UsageDay[], asked: Asked): void {
  const { ranges, pool, pod, window, throttledShare, podsSinceMs = Number.POSITIVE_INFINITY } = asked;
  let next = 0;
  for (const day of days) {
    while ((ranges[next]?.sinceMs ?? 0) >= day.dayMs + DAY_MS) next++;
    for (let at = next; (ranges[at]?.untilMs ?? 0) > day.dayMs; at++) {
      const range = ranges[at];
      if (!range) break;
      const sinceMs = Math.max(range.sinceMs, window.sinceMs);
      const hours = measuredHours(day, { sinceMs, untilMs: Math.min(range.untilMs, window.untilMs) });
      if (hours[0] === undefined) continue;
      addDay(pool.slot(range, hours[0]), day, { hours, untilMs: range.untilMs, throttledShare });
      if (range.sinceMs >= podsSinceMs) pod.merge(Distribution.decode(day.cpu), hours.length / day.hourCount);
    }
  }
}

/**
 * Reads use per workload, container by container; statements are prepared once.
 * Slots of up to six hours are what sizing goes by, in a fraction of the time that every hour apart would take.
 */
export class SlotReader {
  readonly #containers: Statement<unknown[], ContainerSpan>;
  readonly #slot: Statement<unknown[], SlotTuple>;
  readonly #days: Statement<unknown[], UsageDay>;
  readonly #memory: Statement<unknown[], Uint8Array | null>;
  readonly #cpu: Statement<unknown[], { hourMs: number; cores: number }>;

  constructor(db: Db) {
    this.#containers = db.prepare(CONTAINERS);
    this.#slot = db.prepare<unknown[], SlotTuple>(SLOT).raw();
    this.#days = db.prepare(DAYS_OF_CONTAINER);
    this.#memory = db.prepare<unknown[], Uint8Array | null>(MEMORY_ABOVE).pluck();
    this.#cpu = db.prepare(CPU_BY_HOUR);
  }

  slots(query: SlotQuery): ContainerUsage[] {
    const containers = this.#measured(query);
    if (containers.length === 0) return [];
    const [firstMs, lastMs] = [containers.map((c) => c.firstMs), containers.map((c) => c.lastMs)];
    const ranges = rangesOf(Math.min(...firstMs), Math.max(...lastMs));
    const pools = new Map<string, Pool>();
    for (const container of containers) {
      const key = `${container.role ?? ''}/${container.name}`;
      const pool = pools.get(key) ?? new Pool(container.role, container.name);
      pools.set(key, pool);
      pool.add(container.id);
      const asked = { ...query, ranges, pool, pod: new Distribution() };
      this.#addHours(container, asked);
      addDays(container.days, asked);
      pool.addPod(asked.pod);
    }
    return [...pools.values()].map((pool) => pool.usage);
  }

  #measured({ workloadId, window }: SlotQuery): Measured[] {
    return this.#containers.all({ workloadId, ...window }).flatMap(({ firstMs, lastMs, ...rest }) => {
      const days = this.#days
        .all({ containerId: rest.id, ...window })
        .filter((day) => measuredHours(day, window).length > 0);
      const inDays = [days.at(0), days.at(-1)].flatMap((day) => (day ? measuredHours(day, window) : []));
      const there = firstMs !== null && lastMs !== null && firstMs <= lastMs;
      const hourly = there ? { sinceMs: firstMs, untilMs: lastMs + HOUR_MS } : undefined;
      const all = there ? [firstMs, lastMs, ...inDays] : inDays;
      return all.length > 0 ? [{ ...rest, hourly, days, firstMs: Math.min(...all), lastMs: Math.max(...all) }] : [];
    });
  }

  #addHours({ id, hourly }: Measured, { ranges, pool, pod, throttledShare, podsSinceMs }: Asked): void {
    if (!hourly) return;
    for (const range of ranges) {
      if (range.untilMs <= hourly.sinceMs || range.sinceMs >= hourly.untilMs) continue;
      const sinceMs = Math.max(range.sinceMs, hourly.sinceMs);
      const row = this.#slot.get({ containerId: id, sinceMs, untilMs: range.untilMs, throttledShare });
      if (!row || typeof row[0] !== 'number') continue;
      addTuple(pool.slot(range, row[0]), row);
      if (podsSinceMs !== undefined && range.sinceMs >= podsSinceMs) mergeHex(pod, cpuWords(row));
    }
  }

  /** Memory samples above `bytes`, ± 1 %: only hours and days whose peak is above it are looked into. */
  memorySamplesAbove(containerIds: readonly number[], window: Window, bytes: number): number {
    let above = 0;
    for (const id of containerIds) {
      for (const encoded of this.#memory.all(id, window.sinceMs, window.untilMs, bytes))
        above += countAbove(encoded, bytes);
      for (const day of this.#days.all({ containerId: id, ...window }))
        if ((day.memoryMax ?? 0) > bytes)
          above += countAbove(day.memory, bytes) * (measuredHours(day, window).length / day.hourCount);
    }
    return above;
  }

  /** Mean cores of one pod by hour: the sum over its containers, each pooled over the pods of the hour. */
  cpuByHour(workloadId: number, window: Window): Map<number, number> {
    const cores = new Map<number, number>();
    for (const row of this.#cpu.all({ workloadId, ...window }))
      cores.set(row.hourMs, (cores.get(row.hourMs) ?? 0) + row.cores);
    return new Map([...cores].sort(([a], [b]) => a - b));
  }
}
