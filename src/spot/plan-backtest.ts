import { DAY_MS, HOUR_MS, type Window } from '../model/window.js';
import { randomBits } from '../statistics/random.js';
import { savingPercent, splitWindow } from './choice.js';
import { type HourGrid, hourGrid } from './hour-grid.js';
import { costOf, type PlanCell, type PlanInput, rank, same, todayCost } from './plan-cost.js';
import { coveredPieces, meanPrice, type PriceSteps } from './step-function.js';

/** What a way that was chosen before costs in a later window, in USD per run. */
export interface Paid {
  paidUsdPerRun: number;
  stayedUsdPerRun: number;
  /** Of the best way in hindsight, staying among them. */
  hindsightUsdPerRun: number;
  savedPercent: number;
  regretPercent: number;
}

export interface PlanBacktest extends Paid {
  train: Window;
  test: Window;
  chosen: PlanCell;
}

const TRAIN_SHARE = 2 / 3;
const RESAMPLES = 400;
const BLOCK_DAYS = 7;
const SEED = 0x5f19;

/** Undefined where the window does not tell what the chosen way or staying costs in it. */
export function payLater(input: PlanInput, chosen: PlanCell, window: Window): Paid | undefined {
  const { work, today } = input;
  const later = rank(input, window);
  const there = same(later.priced, chosen.type, chosen.zone);
  const stayed = todayCost(today, later.priced, work);
  const [hindsight] = later.cells;
  if (!there || stayed === undefined || !hindsight) return undefined;
  const atHour = chosen.startHour === null ? undefined : there.byHour[chosen.startHour];
  const paid = costOf(there.option, atHour ?? there.mean, work).usdPerRun;
  const best = Math.min(hindsight.usdPerRun, stayed);
  return {
    paidUsdPerRun: paid,
    stayedUsdPerRun: stayed,
    hindsightUsdPerRun: best,
    savedPercent: savingPercent(stayed, paid),
    regretPercent: (paid / best - 1) * 100,
  };
}

/** Chosen on the first part of the window, paid in the rest. */
export function backtest(input: PlanInput): PlanBacktest | undefined {
  const { train, test } = splitWindow(input.window, TRAIN_SHARE);
  const [chosen] = rank(input, train).cells;
  const paid = chosen && payLater(input, chosen, test);
  return paid && { train, test, chosen, ...paid };
}

/** Mean price of a run on each day of the window; NaN where it is not known. */
function dailyPrices(steps: PriceSteps, grid: HourGrid, startHour: number | null, hours: number): number[] {
  const starts = new Map<number, number>();
  for (const { day, hour, sinceMs } of grid.slots)
    if (hour === (startHour ?? 0) && !starts.has(day)) starts.set(day, sinceMs);
  const lengthMs = startHour === null ? DAY_MS : hours * HOUR_MS;
  return [...starts.values()].map((sinceMs) => {
    const run = { sinceMs, untilMs: sinceMs + lengthMs };
    return meanPrice(coveredPieces(steps, run), run)?.mean ?? Number.NaN;
  });
}

/** 95 % interval of the saving: weeks of days drawn again and again (moving blocks: days hang together). */
export function savingInterval(input: PlanInput, best: PlanCell): [number, number] {
  const { options, work, today, window, timeZone } = input;
  const grid = hourGrid(window, timeZone);
  const costs = (type: string, zone: string, startHour: number | null): number[] => {
    const option = options.find((one) => one.type === type && one.zone === zone);
    if (!option) return [];
    const hours = work.hours / option.work;
    return dailyPrices(option.steps, grid, startHour, hours).map((usd) => costOf(option, usd, work).usdPerRun);
  };
  const plan = costs(best.type, best.zone, best.startHour);
  const now =
    today.lifecycle === 'spot'
      ? costs(today.type, today.zone, best.startHour === null ? null : today.startHour)
      : plan.map(() => today.usdPerHour * work.nodes * work.hours);
  const days = plan.flatMap((usd, i): [number, number][] => {
    const stayed = now[i] ?? Number.NaN;
    return Number.isNaN(usd + stayed) ? [] : [[usd, stayed]];
  });
  const next = randomBits(SEED);
  const savings = Array.from({ length: RESAMPLES }, () => {
    let [paid, stayed] = [0, 0];
    for (let drawn = 0; drawn < days.length; drawn += BLOCK_DAYS) {
      const from = next() % Math.max(1, days.length - BLOCK_DAYS + 1);
      for (const [a, b] of days.slice(from, from + BLOCK_DAYS)) {
        paid += a;
        stayed += b;
      }
    }
    return savingPercent(stayed, paid);
  }).sort((a, b) => a - b);
  const at = (share: number) => savings[Math.round(share * (savings.length - 1))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}
