import { defineArtifact } from '../analyzers/rule.js';
import { GIB } from '../model/quantity.js';
import { DAY_MS, HOUR_MS, HOURS_PER_MONTH, type Window } from '../model/window.js';
import { dailyLoad, type HourLoad } from '../recommend/daily-load.js';
import { coveredHours, type NodeRow, nodeRows, type WorkloadRow, workloadRows } from '../store/node-usage.js';
import { addHour, emptyFullness, type Fullness } from './fullness.js';
import { HeldHours } from './held-hours.js';
import { type ContainerShare, type HoursInput, type NodeHour, nodeHours } from './node-hours.js';
import { priceBook } from './price-book.js';

/** Sums of one workload over the covered hours of the window. */
export interface WorkloadSpend {
  readonly workload: WorkloadRow;
  /** Container-hours it ran, and those on nodes whose price is known. */
  hours: number;
  pricedHours: number;
  /** USD in the window, on priced nodes. */
  usd: number;
  /** The part of it that its GPUs cost. */
  gpuUsd: number;
  wastedUsd: number;
  /** Charged: max(request, usage). */
  cpuCoreHours: number;
  memoryGibHours: number;
  cpuRequestCoreHours: number;
  cpuUsageCoreHours: number;
  memoryRequestGibHours: number;
  memoryUsageGibHours: number;
  /** USD per node it ran on. */
  byNode: Map<string, number>;
  /** USD and charged core-hours per UTC day: key is the day's start. */
  byDay: Map<number, DaySpend>;
  /** Σ unit price × container-hours, for the mean price of what a change frees. */
  cpuPriceHours: number;
  memoryPriceHours: number;
}

export interface DaySpend {
  usd: number;
  cpuCoreHours: number;
}

export interface NodeSpend {
  readonly node: NodeRow;
  /** Covered hours it was there, those with a known price, and those by UTC day. */
  hours: number;
  pricedHours: number;
  usd: number;
  idleUsd: number;
  systemUsd: number;
  workloadUsd: number;
  usdByDay: Map<number, number>;
  fullness: Fullness;
  /** What its pods held, by hour of the UTC day. */
  daily: readonly HourLoad[];
}

export interface Spend {
  /** Hours of the window in which use was measured. */
  readonly hoursCovered: number;
  /** The same by UTC day: key is the day's start. */
  readonly hoursByDay: ReadonlyMap<number, number>;
  /** Turns dollars of the window into dollars per month; null when no hour is covered. */
  readonly toMonth: number | null;
  readonly workloads: ReadonlyMap<number, WorkloadSpend>;
  readonly nodes: ReadonlyMap<string, NodeSpend>;
}

function emptySpend(workload: WorkloadRow): WorkloadSpend {
  return {
    workload,
    hours: 0,
    pricedHours: 0,
    usd: 0,
    gpuUsd: 0,
    wastedUsd: 0,
    cpuCoreHours: 0,
    memoryGibHours: 0,
    cpuRequestCoreHours: 0,
    cpuUsageCoreHours: 0,
    memoryRequestGibHours: 0,
    memoryUsageGibHours: 0,
    byNode: new Map(),
    byDay: new Map(),
    cpuPriceHours: 0,
    memoryPriceHours: 0,
  };
}

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS) * DAY_MS;

function addTo(map: Map<number, number>, key: number, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}

/** Adds what one container did and cost in an hour. */
function addShare(into: WorkloadSpend, { use, charge }: ContainerShare, { node, hourMs, price, unit }: NodeHour) {
  into.hours += use.hours;
  into.cpuCoreHours += charge.cpuCoreHours;
  into.memoryGibHours += charge.memoryGibHours;
  into.cpuRequestCoreHours += use.cpuRequestCores * use.hours;
  into.cpuUsageCoreHours += use.cpuUsageCores * use.hours;
  into.memoryRequestGibHours += (use.memoryRequestBytes * use.hours) / GIB;
  into.memoryUsageGibHours += (use.memoryUsageBytes * use.hours) / GIB;
  const day = into.byDay.get(dayOf(hourMs)) ?? { usd: 0, cpuCoreHours: 0 };
  into.byDay.set(dayOf(hourMs), { usd: day.usd + charge.usd, cpuCoreHours: day.cpuCoreHours + charge.cpuCoreHours });
  if (!price) return;
  into.pricedHours += use.hours;
  into.usd += charge.usd;
  into.gpuUsd += charge.gpuHours * unit.gpu;
  into.wastedUsd += charge.wastedUsd;
  into.cpuPriceHours += unit.cpu * use.hours;
  into.memoryPriceHours += unit.memory * use.hours;
  into.byNode.set(node.name, (into.byNode.get(node.name) ?? 0) + charge.usd);
}

function tallyNode(node: NodeRow, workloads: ReadonlyMap<number, WorkloadSpend>, input: HoursInput): NodeSpend {
  const spend: NodeSpend = {
    node,
    hours: 0,
    pricedHours: 0,
    usd: 0,
    idleUsd: 0,
    systemUsd: 0,
    workloadUsd: 0,
    usdByDay: new Map(),
    fullness: emptyFullness(),
    daily: [],
  };
  const held = new HeldHours();
  for (const hour of nodeHours(node, input)) {
    spend.hours += hour.fraction;
    addHour(spend.fullness, hour);
    held.add(hour);
    for (const share of hour.shares) {
      const into = workloads.get(share.row.workloadId);
      if (into) addShare(into, share, hour);
      spend.workloadUsd += share.charge.usd;
    }
    if (!hour.price) continue;
    const usd = hour.price.usd * hour.fraction;
    spend.pricedHours += hour.fraction;
    spend.usd += usd;
    spend.idleUsd += hour.idleUsd;
    spend.systemUsd += hour.systemUsd;
    addTo(spend.usdByDay, dayOf(hour.hourMs), usd);
  }
  spend.daily = dailyLoad(held.hours);
  return spend;
}

/** Covered hours by UTC day; the last one may lie partly behind the window. */
export function coveredByDay(hours: readonly number[], { untilMs }: Window): Map<number, number> {
  const days = new Map<number, number>();
  for (const hourMs of hours) addTo(days, dayOf(hourMs), Math.min(1, (untilMs - hourMs) / HOUR_MS));
  return days;
}

/**
 * What each node and workload cost in the covered hours of the window (DOMAIN section 2). Per node and hour:
 * workloads + idle + system = the node's price of that hour.
 */
export const spend = defineArtifact<Spend>({
  id: 'spend',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    const workloads = new Map(workloadRows(db).map((row) => [row.id, emptySpend(row)]));
    const hours = coveredHours(db, window);
    const input = { hours, book: get(priceBook), db, window };
    const nodes = new Map(nodeRows(db).map((node) => [node.name, tallyNode(node, workloads, input)]));
    const hoursByDay = coveredByDay(hours, window);
    const hoursCovered = [...hoursByDay.values()].reduce((sum, each) => sum + each, 0);
    return {
      hoursCovered,
      hoursByDay,
      toMonth: hoursCovered > 0 ? HOURS_PER_MONTH / hoursCovered : null,
      workloads,
      nodes,
    };
  },
});
