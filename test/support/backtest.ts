import { foldsOf } from '../../src/recommend/folds.js';
import { decideCpu } from '../../src/recommend/size-cpu.js';
import { sizingHours } from './load.js';

const DAY = 288;
const FIRST_DAY = 3;
const UNSERVED = 20;
const KRR_DAYS = 14;

function cost(cores: number, used: readonly number[]): number {
  return used.reduce((sum, value) => sum + cores + UNSERVED * Math.max(0, value - cores), 0);
}

function highest95(used: readonly number[]): number {
  const sorted = [...used].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(0.95 * sorted.length) - 1)] ?? 0;
}

/** What each strategy costs where it decides each day from the fourth on and pays for the next. */
export interface Costs {
  own: number;
  krr: number;
  vpa: number;
  max: number;
  hindsight: number;
}

/** Of samples of 5 minutes in cores; days are of 288 samples. */
export function backtest(samples: readonly number[]): Costs {
  const days = Math.floor(samples.length / DAY);
  const hours = sizingHours(samples, days);
  const costs: Costs = { own: 0, krr: 0, vpa: 0, max: 0, hindsight: 0 };
  for (let day = FIRST_DAY; day < days; day++) {
    const today = samples.slice(day * DAY, (day + 1) * DAY);
    const folds = foldsOf(hours.slice(0, day * 24));
    for (const strategy of ['own', 'krr', 'vpa'] as const)
      costs[strategy] += cost(decideCpu(folds, { risk: 'balanced', strategy }).cores, today);
    costs.max += cost(Math.max(...samples.slice(Math.max(0, day - KRR_DAYS) * DAY, day * DAY)), today);
    costs.hindsight += cost(highest95(today), today);
  }
  return costs;
}

export type Ratios = Omit<Costs, 'hindsight'>;

/** The mean over several series of what each strategy cost in units of hindsight. */
export function meanRatios(all: readonly Costs[]): Ratios {
  const mean = (name: keyof Ratios) => all.reduce((sum, costs) => sum + costs[name] / costs.hindsight, 0) / all.length;
  return { own: mean('own'), krr: mean('krr'), vpa: mean('vpa'), max: mean('max') };
}
