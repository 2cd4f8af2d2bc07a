import type { ArtifactInput } from '../analyzers/rule.js';
import { DAY_MS, formatTime, HOURS_PER_MONTH, isoTime } from '../model/window.js';
import { type CommitmentRow, commitments } from './commitments.js';
import { type CostTable, type CostTally, costTable } from './cost-table.js';
import { NO_LABEL, NO_WORK, type ViewId, type ViewOptions, VOLUMES } from './cost-views.js';
import type { FixedCost } from './fixed-costs.js';
import { type Forecast, monthForecast, type Trend, trendOf } from './forecast.js';
import { outlivedLogsNote } from './outlived-logs.js';
import { type Reconciliation, reconcile } from './reconcile.js';
import { splitIntoStages } from './stage-rows.js';

export interface CostRow {
  key: string;
  /** Charged in the window: nodes, volumes and a part of what is shared. Null: no price known. */
  usd: number | null;
  usdPerMonth: number | null;
  /** Beside `usd`: its part of what its nodes left idle or kept for themselves. */
  idleUsd: number;
  /** Within `usd`: requested and not used. */
  wastedUsd: number;
  volumeUsd: number;
  sharedUsd: number;
  cpuCoreHours: number;
  memoryGiBHours: number;
  gpuHours: number;
  /** Used of what is requested, weighted by price, 0 to 1; null without a request. */
  efficiency: number | null;
  /** Share of its hours whose price is known. */
  priceCoverage: number;
}

export interface CostItem {
  kind: string;
  name: string;
  usd: number | null;
  usdPerMonth: number | null;
}

/** What `sparkfit cost --json` prints. USD, not rounded. usd = allocatedUsd + idleUsd + unclaimedUsd. */
export interface CostReport {
  schema: 'sparkfit.cost/1';
  window: { since: string; until: string; timeZone: string };
  by: ViewId;
  label: string | null;
  hoursCovered: number;
  hoursPerMonth: number;
  notes: string[];
  /** Σ usd = totals.allocatedUsd, Σ idleUsd = totals.idleUsd. */
  rows: CostRow[];
  totals: {
    usd: number | null;
    usdPerMonth: number | null;
    allocatedUsd: number;
    /** What no workload is charged of its nodes; `systemUsd` of it is what nodes keep for themselves. */
    idleUsd: number;
    systemUsd: number;
    unclaimedUsd: number;
    priceCoverage: number;
  };
  shared: CostItem[];
  unclaimed: CostItem[];
  days: { day: string; usd: number; hours: number }[];
  trend: Trend | null;
  forecast: Forecast | null;
  prices: { source: string; asOf: string; usd: number }[];
  /** Nodes on days that are measured whole, against the bill; null without a bill of these. */
  reconciliation: Reconciliation | null;
  /** On-demand nodes as Reserved Instances, where the price list has such prices. */
  commitments: CommitmentRow[];
}

export interface CostOptions extends ViewOptions {
  by: ViewId;
  notes?: readonly string[];
}

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 1);

function rowOf(tally: CostTally, toMonth: number): CostRow {
  const { key, hours, pricedHours, computeUsd, volumeUsd, sharedUsd, idleUsd, requestedUsd, usedUsd } = tally;
  const known = hours === 0 || pricedHours > 0 || volumeUsd > 0;
  const usd = known ? computeUsd + volumeUsd + sharedUsd : null;
  return {
    key,
    usd,
    usdPerMonth: usd === null ? null : usd * toMonth,
    idleUsd,
    wastedUsd: tally.wastedUsd,
    volumeUsd,
    sharedUsd,
    cpuCoreHours: tally.cpuCoreHours,
    memoryGiBHours: tally.memoryGibHours,
    gpuHours: tally.gpuHours,
    efficiency: requestedUsd > 0 ? usedUsd / requestedUsd : null,
    priceCoverage: share(pricedHours, hours),
  };
}

function itemsOf(costs: readonly FixedCost[], toMonth: number): CostItem[] {
  return costs
    .map(({ kind, name, usdPerMonth }) => ({
      kind,
      name,
      usdPerMonth,
      usd: usdPerMonth === null ? null : usdPerMonth / toMonth,
    }))
    .sort((a, b) => (b.usd ?? -1) - (a.usd ?? -1) || (a.name < b.name ? -1 : 1));
}

/** Share of node-hours and of things whose price is known; things count for the covered hours. */
function coverageOf({ nodeHours, pricedNodeHours, things, pricedThings, hoursCovered }: CostTable): number {
  const all = nodeHours + things * hoursCovered;
  return all > 0 ? (pricedNodeHours + pricedThings * hoursCovered) / all : 0;
}

const isUnlabelled = ({ key }: CostRow): boolean => key === NO_LABEL || key === NO_WORK || key === VOLUMES;

const byUsd = (a: CostRow, b: CostRow): number => (b.usd ?? -1) - (a.usd ?? -1) || (a.key < b.key ? -1 : 1);

/** What was spent in the covered hours of the window, by the keys of a view. */
export function buildCostReport(input: ArtifactInput, options: CostOptions): CostReport {
  const { by, label, timeZone, notes = [] } = options;
  const { window } = input;
  const table = costTable(input, by, options);
  const toMonth = HOURS_PER_MONTH / Math.max(table.hoursCovered, Number.MIN_VALUE);
  const tallies = by === 'stage' ? splitIntoStages(table.rows, input) : table.rows;
  const rows = [...tallies.values()].map((tally) => rowOf(tally, toMonth));
  rows.sort(by === 'day' ? (a, b) => (a.key < b.key ? -1 : 1) : byUsd);
  const allocatedUsd = rows.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const idleUsd = table.idleUsd + table.systemUsd;
  const unclaimed = itemsOf(table.unclaimed, toMonth);
  const unclaimedUsd = unclaimed.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const isKnown = table.pricedNodeHours > 0 || table.pricedThings > 0;
  const usd = isKnown ? allocatedUsd + idleUsd + unclaimedUsd : null;
  const days = table.days.filter(({ hours }) => hours > 0);
  return {
    schema: 'sparkfit.cost/1',
    window: { since: isoTime(window.sinceMs), until: isoTime(window.untilMs), timeZone },
    by,
    label: by === 'label' ? label : null,
    hoursCovered: table.hoursCovered,
    hoursPerMonth: HOURS_PER_MONTH,
    notes: [
      ...notes,
      ...(by === 'run' ? [outlivedLogsNote(input.db, window)].filter((note) => note !== undefined) : []),
      ...(by === 'label' && rows.every(isUnlabelled) ? [`no pod has the label '${label}'`] : []),
    ],
    rows,
    totals: {
      usd,
      usdPerMonth: usd === null ? null : usd * toMonth,
      allocatedUsd,
      idleUsd,
      systemUsd: table.systemUsd,
      unclaimedUsd,
      priceCoverage: coverageOf(table),
    },
    shared: itemsOf(table.shared, toMonth),
    unclaimed,
    days: days.map(({ dayMs, usd: own, hours }) => ({ day: isoTime(dayMs).slice(0, 10), usd: own, hours })),
    trend: isKnown ? (trendOf(days, window.untilMs) ?? null) : null,
    forecast: isKnown ? (monthForecast(days, window.untilMs - 1) ?? null) : null,
    reconciliation: reconcile(input) ?? null,
    commitments: commitments(input),
    prices: table.prices.map(({ source, asOfMs, usd: own }) => ({ source, asOf: formatTime(asOfMs), usd: own })),
  };
}

/** A window that ends where measuring ended, if that is longer ago than a nightly run explains. */
export function windowOfData(
  untilMs: number,
  extent: { untilMs: number } | undefined,
): { untilMs: number; note?: string } {
  if (!extent || untilMs - extent.untilMs <= 2 * DAY_MS) return { untilMs };
  const note = `use was measured until ${formatTime(extent.untilMs)}, so the window ends there`;
  return { untilMs: extent.untilMs, note };
}
