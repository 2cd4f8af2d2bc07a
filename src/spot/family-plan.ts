import { savingPercent } from './choice.js';
import { RATE_MULTIPLES } from './expected-cost.js';
import { backtest, type PlanBacktest, savingInterval } from './plan-backtest.js';
import {
  costOf,
  type PlanCell,
  type PlanInput,
  type Priced,
  type RunWork,
  rank,
  same,
  todayCost,
} from './plan-cost.js';
import { TIE_USD } from './step-function.js';

export interface CellRow {
  type: string;
  zone: string;
  /** Expected cost of a run per start hour; null where prices are not known. */
  usdPerRun: (number | null)[];
}

export interface Planned {
  best: PlanCell;
  /** Ways that cost the same. */
  ties: PlanCell[];
  next: PlanCell[];
  cells: CellRow[];
  todayUsdPerRun: number;
  savingPercent: number;
  /** 95 %, from resampled weeks of prices. */
  savingInterval: [number, number];
  hourMatters: boolean;
  hourSpreadPercent: number;
  sensitivity: { multiple: number; usdPerRun: number; savingPercent: number }[];
  backtest: PlanBacktest | undefined;
}

const NEXT_SHOWN = 3;
/** A plan that saves less is not worth a change. */
const LEAST_SAVING_PERCENT = 2;

/** The same choice at other rates of interruption, today's way (if it is on spot) at the same rate. */
function sensitivityOf(
  { work, today }: PlanInput,
  best: PlanCell,
  own: Priced,
  priced: readonly Priced[],
  todayUsdPerRun: number,
): Planned['sensitivity'] {
  const present = today.lifecycle === 'spot' ? same(priced, today.type, today.zone)?.option : undefined;
  const todayAt = (multiple: number) =>
    present
      ? (todayUsdPerRun * costOf(present, 1, work, multiple).usdPerRun) / costOf(present, 1, work).usdPerRun
      : todayUsdPerRun;
  return RATE_MULTIPLES.map((multiple) => {
    const { usdPerRun } = costOf(own.option, best.usdPerHour, work, multiple);
    return { multiple, usdPerRun, savingPercent: savingPercent(todayAt(multiple), usdPerRun) };
  });
}

function spreadOf(byHour: readonly (number | null)[]): number {
  const known = byHour.filter((price) => price !== null);
  return known.length > 0 ? (Math.max(...known) / Math.min(...known) - 1) * 100 : 0;
}

function cellRow({ option, byHour }: Priced, work: RunWork): CellRow {
  const usdPerRun = byHour.map((usd) => (usd === null ? null : costOf(option, usd, work).usdPerRun));
  return { type: option.type, zone: option.zone, usdPerRun };
}

/**
 * The cheapest type, zone and start hour for a run, interruptions priced in (DOMAIN 5), against how it runs now.
 * Undefined where today's price or every option's is not known.
 */
export function planFamily(input: PlanInput): Planned | undefined {
  const { work, today, window } = input;
  const { priced, cells } = rank(input, window);
  const [best, ...others] = cells;
  const todayUsdPerRun = todayCost(today, priced, work);
  const own = best && same(priced, best.type, best.zone);
  if (!best || !own || todayUsdPerRun === undefined) return undefined;
  const isTie = (cell: PlanCell) => cell.usdPerRun <= best.usdPerRun + TIE_USD;
  return {
    best,
    ties: others.filter(isTie),
    next: others.filter((cell) => !isTie(cell)).slice(0, NEXT_SHOWN),
    cells: priced.map((one) => cellRow(one, work)),
    todayUsdPerRun,
    savingPercent: savingPercent(todayUsdPerRun, best.usdPerRun),
    savingInterval: savingInterval(input, best),
    hourMatters: own.matters,
    hourSpreadPercent: spreadOf(own.byHour),
    sensitivity: sensitivityOf(input, best, own, priced, todayUsdPerRun),
    backtest: backtest(input),
  };
}

export interface PlanAdvice {
  advice: 'move' | 'stay';
  /** The reason in one sentence. */
  why: string;
}

/** What follows from a plan; advice that lost money in the backtest is not given. */
export function planAdvice({ savingPercent: saving, backtest: tested, savingInterval: interval }: Planned): PlanAdvice {
  const stay = (why: string): PlanAdvice => ({ advice: 'stay', why });
  if (saving < LEAST_SAVING_PERCENT)
    return stay(`no other way saves ${LEAST_SAVING_PERCENT} %: it runs well where it does`);
  if (!tested) return stay('too little is known of the last third of the window to test a plan');
  const { savedPercent, regretPercent } = tested;
  if (savedPercent <= 0)
    return stay(
      `a plan made on the first two thirds of the window would have lost ${(-savedPercent).toFixed(1)} % in the last`,
    );
  if (savedPercent < LEAST_SAVING_PERCENT)
    return stay(
      `a plan made on the first two thirds of the window would have saved no more than ${savedPercent.toFixed(1)} % in the last`,
    );
  if (interval[0] <= 0) return stay('prices vary so much that the saving may be none');
  return {
    advice: 'move',
    why: `a plan made on the first two thirds of the window saved ${savedPercent.toFixed(1)} % in the last, ${regretPercent.toFixed(1)} % above hindsight`,
  };
}
