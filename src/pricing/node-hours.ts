import { HOUR_MS, type Window } from '../model/window.js';
import type { NodeRow } from '../store/node-usage.js';
import type { Db } from '../store/open.js';
import { type NodeUsageHour, nodeUsageHours } from '../store/usage.js';
import { allocateHour, type Charge, type ContainerHour, type NodeShape, unitPrices } from './allocation.js';
import type { Price, PriceBook } from './price-book.js';

export function shapeOf(node: NodeRow): NodeShape | undefined {
  const { cpuCapacityCores, memoryCapacityBytes } = node;
  if (cpuCapacityCores === null || memoryCapacityBytes === null) return undefined;
  return {
    cpuCores: cpuCapacityCores,
    cpuAllocatableCores: node.cpuAllocatableCores ?? cpuCapacityCores,
    memoryBytes: memoryCapacityBytes,
    memoryAllocatableBytes: node.memoryAllocatableBytes ?? memoryCapacityBytes,
    gpus: node.gpus,
  };
}

/** The lifecycle AWS tells wins over the node's labels; unknown stays unknown. */
export function lifecycleOf(node: NodeRow): 'on-demand' | 'spot' | undefined {
  if (node.lifecycle) return node.lifecycle;
  return node.capacityType === 'unknown' ? undefined : node.capacityType;
}

/** USD per hour in the hour that begins at `hourMs`; undefined where it is not known. */
export function hourPrice(book: PriceBook, node: NodeRow, hourMs: number): Price | undefined {
  const lifecycle = lifecycleOf(node);
  if (!lifecycle || !node.region || !node.instanceType) return undefined;
  const ask = { region: node.region, zone: node.zone, instanceType: node.instanceType, lifecycle };
  return book.instanceHour(ask, { sinceMs: hourMs, untilMs: hourMs + HOUR_MS });
}

/** What one container of a node's hour did, and what it is charged for it. */
export interface ContainerShare {
  row: NodeUsageHour;
  use: ContainerHour;
  charge: Charge;
}

/** One node in one covered hour. With a price: Σ charges + idle + system = price × fraction, no part negative. */
export interface NodeHour {
  node: NodeRow;
  hourMs: number;
  /** Share of the hour in which the node was there, above 0 to 1: machines are billed by the second. */
  fraction: number;
  /** USD per hour. Undefined where price or size is not known: charges then have resources and no dollars. */
  price: Price | undefined;
  shares: ContainerShare[];
  idleUsd: number;
  systemUsd: number;
  /** USD of one core-hour, GiB-hour and GPU-hour. */
  unit: { cpu: number; memory: number; gpu: number };
}

/** A node whose size is not known charges containers what they request or use, and nothing in dollars. */
const UNKNOWN_SHAPE: NodeShape = {
  cpuCores: Number.MAX_SAFE_INTEGER,
  cpuAllocatableCores: Number.MAX_SAFE_INTEGER,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  memoryAllocatableBytes: Number.MAX_SAFE_INTEGER,
  gpus: Number.MAX_SAFE_INTEGER,
};

function useOf(row: NodeUsageHour): ContainerHour {
  return {
    hours: Math.min(1, row.seconds / 3600),
    cpuRequestCores: row.cpuRequestCores ?? 0,
    cpuUsageCores: row.cpuUsageCores ?? 0,
    memoryRequestBytes: row.memoryRequestBytes ?? 0,
    memoryUsageBytes: row.memoryUsageBytes ?? 0,
    gpuRequest: row.gpuRequest ?? 0,
  };
}

/** A node that came or went within the hour is there for the rest of it, and for no less than what ran on it. */
function fractionOf(there: Window, hourMs: number, uses: readonly ContainerHour[]): number {
  const hours = (Math.min(there.untilMs, hourMs + HOUR_MS) - Math.max(there.sinceMs, hourMs)) / HOUR_MS;
  return Math.min(1, Math.max(hours, ...uses.map((use) => use.hours)));
}

function scaled(shape: NodeShape, fraction: number): NodeShape {
  return {
    cpuCores: shape.cpuCores * fraction,
    cpuAllocatableCores: shape.cpuAllocatableCores * fraction,
    memoryBytes: shape.memoryBytes * fraction,
    memoryAllocatableBytes: shape.memoryAllocatableBytes * fraction,
    gpus: shape.gpus * fraction,
  };
}

function nodeHour(
  node: NodeRow,
  there: Window,
  hourMs: number,
  rows: readonly NodeUsageHour[],
  asked: Price | undefined,
): NodeHour {
  const known = shapeOf(node);
  const price = known ? asked : undefined;
  const usdPerHour = price?.usd ?? 0;
  const shape = known ?? UNKNOWN_SHAPE;
  const uses = rows.map(useOf);
  const fraction = fractionOf(there, hourMs, uses);
  const { charges, idleUsd, systemUsd } = allocateHour(scaled(shape, fraction), usdPerHour * fraction, uses);
  const shares = rows.flatMap((row, i) => {
    const [use, charge] = [uses[i], charges[i]];
    return use && charge ? [{ row, use, charge }] : [];
  });
  return { node, hourMs, fraction, price, shares, idleUsd, systemUsd, unit: unitPrices(shape, usdPerHour) };
}

function* byHour(rows: Iterable<NodeUsageHour>): Generator<NodeUsageHour[]> {
  let hour: NodeUsageHour[] = [];
  for (const row of rows) {
    if (hour[0] && hour[0].hourMs !== row.hourMs) {
      yield hour;
      hour = [];
    }
    hour.push(row);
  }
  if (hour.length > 0) yield hour;
}

export interface HoursInput {
  /** The hours in which use was measured anywhere. */
  hours: readonly number[];
  book: PriceBook;
  db: Db;
  window: Window;
}

/** The covered hours in which a node was there, in order. */
export function* nodeHours(node: NodeRow, { hours, book, db, window }: HoursInput): Generator<NodeHour> {
  const rows = byHour(nodeUsageHours(db, { cluster: node.cluster, node: node.name, window }));
  let next = rows.next();
  const firstUsedMs = next.done ? Number.POSITIVE_INFINITY : (next.value[0]?.hourMs ?? Number.POSITIVE_INFINITY);
  const there = { sinceMs: Math.min(node.aliveFromMs, firstUsedMs), untilMs: node.aliveUntilMs };
  for (const hourMs of hours) {
    while (!next.done && (next.value[0]?.hourMs ?? 0) < hourMs) next = rows.next();
    const here = !next.done && next.value[0]?.hourMs === hourMs ? next.value : [];
    if (here.length === 0 && (hourMs + HOUR_MS <= there.sinceMs || hourMs >= there.untilMs)) continue;
    yield nodeHour(node, there, hourMs, here, hourPrice(book, node, hourMs));
  }
}
