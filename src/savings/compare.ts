import { median } from '../analyzers/derived/numbers.js';
import type { Realised } from '../model/savings.js';
import { hodgesLehmann } from '../statistics/shift.js';

/** One piece of work with what it cost and what may explain that. */
export interface Work {
  usdPerUnit: number;
  /** Figures by the name under which they are told: `input per run`, `price of its nodes`. */
  circumstances: Readonly<Record<string, number>>;
}

export interface Comparison {
  unit: Realised['unit'];
  before: readonly Work[];
  after: readonly Work[];
  unitsPerMonth: number | null;
}

/** Fewer on either side say nothing. */
export const LEAST_SAMPLES = 3;
/** A circumstance that moved by so much is named. */
const NAMED_FROM = 0.05;

function moved(name: string, before: readonly Work[], after: readonly Work[]): string[] {
  const of = (works: readonly Work[]) =>
    median(works.map(({ circumstances }) => circumstances[name]).filter((value) => value !== undefined));
  const [was, is] = [of(before), of(after)];
  if (was === undefined || is === undefined || was <= 0) return [];
  const share = is / was - 1;
  if (Math.abs(share) < NAMED_FROM) return [];
  return [`${name} ${share > 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(0)} %`];
}

function confoundersOf({ before, after }: Comparison): string[] {
  const names = new Set([...before, ...after].flatMap(({ circumstances }) => Object.keys(circumstances)));
  return [...names].sort().flatMap((name) => moved(name, before, after));
}

/**
 * What a unit of work costs less than before, times the units of a month: the Hodges–Lehmann shift with its exact
 * interval (95 % or a little more).
 */
export function realisedOf(comparison: Comparison): Realised {
  const { unit, before, after, unitsPerMonth } = comparison;
  const [was, is] = [before, after].map((works) => works.map(({ usdPerUnit }) => usdPerUnit));
  const facts = {
    unit,
    before: median(was ?? []) ?? null,
    after: median(is ?? []) ?? null,
    samplesBefore: before.length,
    samplesAfter: after.length,
    unitsPerMonth,
    confounders: confoundersOf(comparison),
  };
  const isTooFew = before.length < LEAST_SAMPLES || after.length < LEAST_SAMPLES;
  if (isTooFew || unitsPerMonth === null || !was || !is) {
    const what = unit === 'hour' ? 'days' : 'runs';
    const note = `too early: ${before.length} ${what} before and ${after.length} since, ${LEAST_SAMPLES} of each are needed`;
    return { ...facts, usdPerMonth: null, interval: null, note: isTooFew ? note : 'how often it runs is not known' };
  }
  const { estimate, interval } = hodgesLehmann(was, is);
  return {
    ...facts,
    usdPerMonth: -estimate * unitsPerMonth,
    interval: interval && [-interval[1] * unitsPerMonth, -interval[0] * unitsPerMonth],
    note: '',
  };
}
