import { median } from '../analyzers/derived/numbers.js';
import { mannWhitney } from '../statistics/mann-whitney.js';
import { randomBits } from '../statistics/random.js';

/** When a series of runs counts as changed. */
export interface TrendCriteria {
  /** Fewest runs on either side of a change. */
  minSegment: number;
  leastRuns: number;
  maxP: number;
  /** Least rise of the typical run, in per cent. */
  minShiftPercent: number;
}

export const DEFAULT_TREND: TrendCriteria = { minSegment: 5, leastRuns: 10, maxP: 0.05, minShiftPercent: 10 };

/** A rise that is still there. */
export interface Regression {
  /** Place of the first run after the change. */
  at: number;
  /** Place of the first run that it is compared with: the level before begins there. */
  baselineAt: number;
  /** Hodges–Lehmann shift on logarithms. */
  shiftPercent: number;
  /** Of Mann–Whitney's test, two-sided. */
  p: number;
  medianBefore: number;
  medianAfter: number;
}

const SHUFFLES = 199;
const SEED = 0x72d1;
/** The newest runs; what came before says nothing of today. Work grows with the square. */
const MOST_RUNS = 300;

interface Split {
  at: number;
  /** Energy statistic: how far apart the two sides are. */
  energy: number;
}

/**
 * The split with the greatest energy statistic, (nm/(n+m)) (2E|X−Y| − E|X−X'| − E|Y−Y'|): it sees any change of the
 * distribution. Matteson & James (2014), "A nonparametric approach for multiple change point analysis".
 */
function bestSplit(values: readonly number[], minSegment: number): Split {
  const count = values.length;
  const distance = (a: number, b: number) => Math.abs((values[a] ?? 0) - (values[b] ?? 0));
  let between = 0;
  let left = 0;
  let right = 0;
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) right += distance(i, j);
  const best: Split = { at: 0, energy: Number.NEGATIVE_INFINITY };
  for (let at = 1; at <= count - minSegment; at++) {
    let toLeft = 0;
    let toRight = 0;
    for (let i = 0; i < at - 1; i++) toLeft += distance(i, at - 1);
    for (let j = at; j < count; j++) toRight += distance(at - 1, j);
    left += toLeft;
    right -= toRight;
    between += toRight - toLeft;
    if (at < minSegment) continue;
    const [n, m] = [at, count - at];
    const within = (sum: number, size: number) => (2 * sum) / (size * (size - 1));
    const energy = ((n * m) / count) * ((2 * between) / (n * m) - within(left, n) - within(right, m));
    if (energy > best.energy) Object.assign(best, { at, energy });
  }
  return best;
}

function shuffled(values: readonly number[], bits: () => number): number[] {
  const copy = [...values];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = bits() % (i + 1);
    [copy[i], copy[j]] = [copy[j] ?? 0, copy[i] ?? 0];
  }
  return copy;
}

/** Whether an order by chance seldom splits as well as this one. */
function isSplit(values: readonly number[], split: Split, { minSegment, maxP }: TrendCriteria): boolean {
  const bits = randomBits(SEED);
  const allowed = maxP * (SHUFFLES + 1) - 1;
  let asGood = 0;
  for (let i = 0; i < SHUFFLES && asGood <= allowed; i++)
    if (bestSplit(shuffled(values, bits), minSegment).energy >= split.energy) asGood++;
  return asGood <= allowed;
}

/** Where the level changes: places of the first value after each change, ascending (E-divisive, by bisection). */
export function changePoints(values: readonly number[], criteria: TrendCriteria = DEFAULT_TREND): number[] {
  if (values.length < 2 * criteria.minSegment || new Set(values).size < 2) return [];
  const split = bestSplit(values, criteria.minSegment);
  if (!isSplit(values, split, criteria)) return [];
  return [
    ...changePoints(values.slice(0, split.at), criteria),
    split.at,
    ...changePoints(values.slice(split.at), criteria).map((at) => at + split.at),
  ];
}

/** How much larger b is than a, in per cent: the median of all ratios. */
export function shiftPercentOf(a: readonly number[], b: readonly number[]): number {
  const logs = b.flatMap((after) => a.map((before) => Math.log(after / before)));
  return (Math.exp(median(logs) ?? 0) - 1) * 100;
}

/**
 * The newest rise of a series, oldest value first, that is not gone since: the level before it is the baseline, and each
 * level since lies above it. Undefined if there is none, or there are too few values. Values must be above zero.
 */
export function regressionOf(
  series: readonly number[],
  criteria: TrendCriteria = DEFAULT_TREND,
): Regression | undefined {
  if (series.length < criteria.leastRuns) return undefined;
  const skipped = Math.max(0, series.length - MOST_RUNS);
  const values = series.slice(skipped);
  const starts = [0, ...changePoints(values.map(Math.log), criteria), values.length];
  const rises = (before: readonly number[], after: readonly number[]) =>
    shiftPercentOf(before, after) >= criteria.minShiftPercent;
  for (let place = starts.length - 2; place > 0; place--) {
    const [from = 0, at = 0, to = 0] = starts.slice(place - 1, place + 2);
    const before = values.slice(from, at);
    if (!rises(before, values.slice(at, to))) continue;
    if (!rises(before, values.slice(starts[starts.length - 2]))) continue;
    const after = values.slice(at);
    const { p } = mannWhitney(before, after);
    const shiftPercent = shiftPercentOf(before, after);
    if (p >= criteria.maxP || shiftPercent < criteria.minShiftPercent) continue;
    return {
      at: at + skipped,
      baselineAt: from + skipped,
      shiftPercent,
      p,
      medianBefore: median(before) ?? 0,
      medianAfter: median(after) ?? 0,
    };
  }
  return undefined;
}

/** A setting that had one value before and another since; null where it was not set. */
export interface SettingChange {
  name: string;
  before: string | null;
  after: string | null;
}

type Settings = Readonly<Record<string, string>>;

/** A value stands for a side if so many of its runs have it. What differs from run to run (ids, ports) has none. */
const TYPICAL_SHARE = 0.8;

function typical(runs: readonly Settings[], name: string): string | null | undefined {
  const counts = new Map<string | null, number>();
  for (const run of runs) counts.set(run[name] ?? null, (counts.get(run[name] ?? null) ?? 0) + 1);
  for (const [value, count] of counts) if (count >= TYPICAL_SHARE * runs.length) return value;
  return undefined;
}

/** What changed between two groups of runs and stayed so, by name. */
export function changedSettings(before: readonly Settings[], after: readonly Settings[]): SettingChange[] {
  const names = new Set([...before, ...after].flatMap((settings) => Object.keys(settings)));
  return [...names].sort().flatMap((name) => {
    const [was, is] = [typical(before, name), typical(after, name)];
    return was === undefined || is === undefined || was === is ? [] : [{ name, before: was, after: is }];
  });
}
