import type { Window } from '../model/window.js';
import { HOURS_PER_DAY } from '../model/window.js';
import { interruptionCost } from './expected-cost.js';
import { DEFAULT_HOUR_CRITERIA, hourEffect } from './hour-effect.js';
import { type HourGrid, hourGrid, hourlyMeans, integrate } from './hour-grid.js';
import { coveredPieces, meanPrice, type PriceSteps } from './step-function.js';
import { ENOUGH_COVERAGE } from './zone-prices.js';

/** A type in a zone on spot. */
export interface PlanOption {
  type: string;
  zone: string;
  steps: PriceSteps;
  /** Interruptions per node-hour; null: not known. */
  perNodeHour: number | null;
  /** Work done in an hour relative to the present type. */
  work: number;
  /** Whether it can be had; one that cannot is priced, as it may be today's, and never chosen. */
  offered?: boolean;
}

/** What one run of a family takes on its present type. */
export interface RunWork {
  hours: number;
  /** Nodes that are paid for, as parts of a node: what its executors ask for over what a node has. */
  nodes: number;
  /** Nodes that can be taken away. */
  nodesAtRisk: number;
  redoneNodeHours: number;
}

/** Where and when it runs now. On on-demand the price stands still. */
export type Today = { type: string; startHour: number | null } & (
  | { lifecycle: 'on-demand'; usdPerHour: number }
  | { lifecycle: 'spot'; zone: string }
);

/** One way to run: type, zone and start hour. */
export interface PlanCell {
  type: string;
  zone: string;
  /** Null: any, it does not matter. */
  startHour: number | null;
  /** Mean price of a node over the run. */
  usdPerHour: number;
  /** Executors, with what interruptions have done again. */
  usdPerRun: number;
  interruptionsPerRun: number;
  interruptionChance: number;
}

export interface PlanInput {
  options: readonly PlanOption[];
  work: RunWork;
  today: Today;
  window: Window;
  timeZone: string;
}

/** An option with what a run costs on it. */
export interface Priced {
  option: PlanOption;
  /** Mean price of a run per start hour. */
  byHour: (number | null)[];
  mean: number;
  matters: boolean;
  bestHour: number;
}

/** Mean price over a run of `hours` that starts at each hour of the day. */
function runMeans(means: readonly (number | null)[], hours: number): (number | null)[] {
  const whole = Math.floor(hours);
  const rest = hours - whole;
  return means.map((_, start) => {
    let sum = 0;
    for (let i = 0; i <= whole; i++) {
      const weight = i < whole ? 1 : rest;
      const price = means[(start + i) % HOURS_PER_DAY];
      if (weight > 0 && (price === null || price === undefined)) return null;
      sum += weight * (price ?? 0);
    }
    return sum / hours;
  });
}

function priceOption(option: PlanOption, grid: HourGrid, window: Window, hours: number): Priced | undefined {
  const pieces = coveredPieces(option.steps, window);
  const known = meanPrice(pieces, window);
  if (!known || known.coverage < ENOUGH_COVERAGE) return undefined;
  const sums = integrate(pieces, grid);
  const byHour = runMeans(hourlyMeans(grid, sums), hours);
  const effect = hourEffect(grid, sums, { ...DEFAULT_HOUR_CRITERIA, runHours: hours });
  const low = Math.min(...byHour.map((price) => price ?? Number.POSITIVE_INFINITY));
  return { option, byHour, mean: known.mean, matters: effect.matters, bestHour: byHour.indexOf(low) };
}

/** What one run costs on an option at a price, interruptions at a multiple of their rate. */
export function costOf(option: PlanOption, usdPerHour: number, work: RunWork, multiple = 1) {
  const hours = work.hours / option.work;
  const perNodeHour = (option.perNodeHour ?? 0) * multiple;
  const run = { nodes: work.nodesAtRisk, hours, perNodeHour, redoneNodeHours: work.redoneNodeHours };
  const { expected, anyChance, factor } = interruptionCost(run);
  return { usdPerRun: usdPerHour * work.nodes * hours * factor, expected, anyChance };
}

function cellOf({ option, byHour, mean, matters, bestHour }: Priced, work: RunWork): PlanCell {
  const usdPerHour = matters ? (byHour[bestHour] ?? mean) : mean;
  const { usdPerRun, expected, anyChance } = costOf(option, usdPerHour, work);
  const { type, zone } = option;
  const startHour = matters ? bestHour : null;
  return { type, zone, startHour, usdPerHour, usdPerRun, interruptionsPerRun: expected, interruptionChance: anyChance };
}

/** Options whose price is known for (nearly) the whole window and whose interruptions are known, cheapest first. */
export function rank({ options, work, timeZone }: PlanInput, window: Window): { priced: Priced[]; cells: PlanCell[] } {
  const grid = hourGrid(window, timeZone);
  const priced = options.map((option) => priceOption(option, grid, window, work.hours / option.work));
  const known = priced.filter((one) => one !== undefined);
  const cells = known
    .filter(({ option }) => option.perNodeHour !== null && option.offered !== false)
    .map((one) => cellOf(one, work))
    .sort((a, b) => a.usdPerRun - b.usdPerRun || (a.type + a.zone < b.type + b.zone ? -1 : 1));
  return { priced: known, cells };
}

/** The option of a type in a zone, if its price is known. */
export const same = (priced: readonly Priced[], type: string, zone: string): Priced | undefined =>
  priced.find(({ option }) => option.type === type && option.zone === zone);

/** What a run costs where and when it runs now; undefined where that price is not known. */
export function todayCost(today: Today, priced: readonly Priced[], work: RunWork): number | undefined {
  if (today.lifecycle === 'on-demand') return today.usdPerHour * work.nodes * work.hours;
  const own = same(priced, today.type, today.zone);
  if (!own) return undefined;
  const atHour = today.startHour === null || !own.matters ? undefined : own.byHour[today.startHour];
  return costOf(own.option, atHour ?? own.mean, work).usdPerRun;
}
