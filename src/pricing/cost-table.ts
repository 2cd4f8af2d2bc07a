import type { ArtifactInput } from '../analyzers/rule.js';
import { GIB } from '../model/quantity.js';
import { HOURS_PER_MONTH } from '../model/window.js';
import { coveredHours, nodeRows } from '../store/node-usage.js';
import { openView, type View, type ViewId, type ViewOptions } from './cost-views.js';
import { type FixedCost, fixedCosts } from './fixed-costs.js';
import type { DayCost } from './forecast.js';
import { type ContainerShare, type NodeHour, nodeHours } from './node-hours.js';
import { priceBook } from './price-book.js';
import { coveredByDay, dayOf } from './spend.js';

/** What one key of a view did and cost in the covered hours. Dollars are of hours whose price is known. */
export interface CostTally {
  key: string;
  /** Container-hours, and those with a known price. */
  hours: number;
  pricedHours: number;
  /** What its containers are charged on nodes. */
  computeUsd: number;
  /** Of that: requested and not used. */
  wastedUsd: number;
  /** Its part, by charge, of what its nodes left idle or kept for themselves, hour by hour. */
  idleUsd: number;
  volumeUsd: number;
  /** Its part, by charge, of what everybody shares. */
  sharedUsd: number;
  cpuCoreHours: number;
  memoryGibHours: number;
  gpuHours: number;
  /** Where a request and its use are known: dollars requested, and dollars used of these. */
  requestedUsd: number;
  usedUsd: number;
}

export interface PriceShare {
  source: string;
  /** Newest date of the prices. */
  asOfMs: number;
  usd: number;
}

export interface CostTable {
  rows: Map<string, CostTally>;
  hoursCovered: number;
  /** Nodes: hours there were, and those with a known price. */
  nodeHours: number;
  pricedNodeHours: number;
  /** Of nodes; `idleUsd` without `systemUsd`. */
  nodeUsd: number;
  idleUsd: number;
  systemUsd: number;
  shared: FixedCost[];
  unclaimed: FixedCost[];
  /** Things billed by the month, and those with a known price. */
  things: number;
  pricedThings: number;
  /** Everything, by UTC day. */
  days: DayCost[];
  prices: PriceShare[];
}

export function emptyTally(key: string): CostTally {
  return {
    key,
    hours: 0,
    pricedHours: 0,
    computeUsd: 0,
    wastedUsd: 0,
    idleUsd: 0,
    volumeUsd: 0,
    sharedUsd: 0,
    cpuCoreHours: 0,
    memoryGibHours: 0,
    gpuHours: 0,
    requestedUsd: 0,
    usedUsd: 0,
  };
}

/** Requested dollars and what of them was used, of the resources whose request and use are both known. */
function efficiencyOf({ row, use }: ContainerShare, { unit }: NodeHour): [requested: number, used: number] {
  const cpuKnown = row.cpuUsageCores !== null;
  const memoryKnown = row.memoryUsageBytes !== null;
  const cpu = (cores: number) => (cpuKnown ? cores * unit.cpu : 0);
  const memory = (bytes: number) => (memoryKnown ? (bytes / GIB) * unit.memory : 0);
  const requested = cpu(use.cpuRequestCores) + memory(use.memoryRequestBytes);
  const used =
    cpu(Math.min(use.cpuRequestCores, use.cpuUsageCores)) +
    memory(Math.min(use.memoryRequestBytes, use.memoryUsageBytes));
  return [requested * use.hours, used * use.hours];
}

class Table {
  readonly rows = new Map<string, CostTally>();
  readonly usdByDay = new Map<number, number>();
  readonly prices = new Map<string, PriceShare>();
  nodeHours = 0;
  pricedNodeHours = 0;
  nodeUsd = 0;
  idleUsd = 0;
  systemUsd = 0;

  constructor(private readonly view: View) {}

  row(key: string): CostTally {
    const known = this.rows.get(key) ?? emptyTally(key);
    this.rows.set(key, known);
    return known;
  }

  add(hour: NodeHour): void {
    this.nodeHours += hour.fraction;
    for (const share of hour.shares) this.addShare(share, hour);
    if (!hour.price) return;
    const usd = hour.price.usd * hour.fraction;
    this.pricedNodeHours += hour.fraction;
    this.nodeUsd += usd;
    this.idleUsd += hour.idleUsd;
    this.systemUsd += hour.systemUsd;
    this.usdByDay.set(dayOf(hour.hourMs), (this.usdByDay.get(dayOf(hour.hourMs)) ?? 0) + usd);
    this.addPrice(hour.price.source, hour.price.asOfMs, usd);
    this.addRest(hour);
  }

  addPrice(source: string, asOfMs: number, usd: number): void {
    const known = this.prices.get(source) ?? { source, asOfMs, usd: 0 };
    this.prices.set(source, { source, asOfMs: Math.max(known.asOfMs, asOfMs), usd: known.usd + usd });
  }

  private addShare(share: ContainerShare, hour: NodeHour): void {
    const { use, charge } = share;
    const into = this.row(this.view.keyOf(share.row, hour));
    into.hours += use.hours;
    into.cpuCoreHours += charge.cpuCoreHours;
    into.memoryGibHours += charge.memoryGibHours;
    into.gpuHours += charge.gpuHours;
    if (!hour.price) return;
    const [requested, used] = efficiencyOf(share, hour);
    into.pricedHours += use.hours;
    into.computeUsd += charge.usd;
    into.wastedUsd += charge.wastedUsd;
    into.requestedUsd += requested;
    into.usedUsd += used;
  }

  /** What no container is charged of a node's hour goes to those that ran on it, by what they are charged. */
  private addRest(hour: NodeHour): void {
    const rest = hour.idleUsd + hour.systemUsd;
    const charged = hour.shares.reduce((sum, { charge }) => sum + charge.usd, 0);
    if (charged > 0)
      for (const { row, charge } of hour.shares)
        this.row(this.view.keyOf(row, hour)).idleUsd += (rest * charge.usd) / charged;
    else this.row(this.view.emptyKey(hour)).idleUsd += rest;
  }

  /** Adds dollars that are nobody's alone to the rows, by what each is charged; by idle where nothing is. */
  spread(usd: number, into: 'sharedUsd' | 'volumeUsd'): void {
    if (usd === 0) return;
    const rows = [...this.rows.values()];
    const weightOf = rows.some(({ computeUsd }) => computeUsd > 0)
      ? ({ computeUsd }: CostTally) => computeUsd
      : ({ idleUsd }: CostTally) => idleUsd;
    const total = rows.reduce((sum, row) => sum + weightOf(row), 0);
    if (total > 0) for (const row of rows) row[into] += (usd * weightOf(row)) / total;
    else this.row(SHARED)[into] += usd;
  }
}

/** Row of what is shared where nothing else is. */
const SHARED = '(shared)';

/**
 * Every dollar of the covered hours, by the keys of a view: Σ rows (compute + volumes + shared) + idle + system +
 * unclaimed = all; the rows' idle adds up to idle + system.
 */
export function costTable(input: ArtifactInput, viewId: ViewId, options: ViewOptions): CostTable {
  const { db, window, get } = input;
  const view = openView(db, viewId, options);
  const table = new Table(view);
  const hours = coveredHours(db, window);
  const hoursInput = { hours, book: get(priceBook), db, window };
  for (const node of nodeRows(db)) for (const hour of nodeHours(node, hoursInput)) table.add(hour);

  const byDay = coveredByDay(hours, window);
  const hoursCovered = [...byDay.values()].reduce((sum, each) => sum + each, 0);
  const { claims, shared, unclaimed } = get(fixedCosts);
  const inWindow = (usdPerMonth: number | null) => ((usdPerMonth ?? 0) * hoursCovered) / HOURS_PER_MONTH;
  for (const { namespace, mountedBy, usdPerMonth } of claims) {
    const keys = view.claimKeys(namespace, mountedBy);
    const usd = inWindow(usdPerMonth);
    if (keys) for (const key of keys) table.row(key).volumeUsd += usd / keys.length;
    else table.spread(usd, 'volumeUsd');
  }
  table.spread(inWindow(shared.reduce((sum, { usdPerMonth }) => sum + (usdPerMonth ?? 0), 0)), 'sharedUsd');
  const things = [...claims, ...shared, ...unclaimed];
  for (const { source, asOfMs, usdPerMonth } of things)
    if (source !== null && usdPerMonth !== null)
      table.addPrice(source, asOfMs ?? window.untilMs, inWindow(usdPerMonth));
  const fixedPerHour = things.reduce((sum, { usdPerMonth }) => sum + (usdPerMonth ?? 0), 0) / HOURS_PER_MONTH;
  const { rows, nodeHours: hoursOfNodes, pricedNodeHours, nodeUsd, idleUsd, systemUsd } = table;
  return {
    rows,
    nodeHours: hoursOfNodes,
    pricedNodeHours,
    nodeUsd,
    idleUsd,
    systemUsd,
    hoursCovered,
    shared,
    unclaimed,
    things: things.length,
    pricedThings: things.filter(({ usdPerMonth }) => usdPerMonth !== null).length,
    days: [...byDay].map(([dayMs, each]) => ({
      dayMs,
      hours: each,
      usd: (table.usdByDay.get(dayMs) ?? 0) + fixedPerHour * each,
    })),
    prices: [...table.prices.values()].sort((a, b) => b.usd - a.usd),
  };
}
