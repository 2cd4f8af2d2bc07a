import { mannWhitney, type TestResult } from '../statistics/mann-whitney.js';
import { driftOf, outliers } from '../statistics/order.js';
import { detectableEffect } from '../statistics/power.js';
import { medianOf, standardDeviation } from '../statistics/ranks.js';
import { hodgesLehmann, pairedShift, type Shift } from '../statistics/shift.js';
import { signedRank } from '../statistics/signed-rank.js';

/** One measured value. Values of one block were taken right after another and so pair the two sides. */
export interface Sample {
  readonly value: number;
  /** Null where runs were not interleaved. */
  readonly block: number | null;
  /** Place in the session: its runs in order, from 0. */
  readonly position: number;
  /** Samples of different sessions cannot be put in one order. */
  readonly session: string;
}

export const TESTS = [
  'mann-whitney-exact',
  'mann-whitney-asymptotic',
  'signed-rank-exact',
  'signed-rank-asymptotic',
] as const;
export type TestName = (typeof TESTS)[number];

/** How far b lies from a, before anything is judged. */
export interface Comparison {
  readonly n: readonly [number, number];
  readonly medianA: number;
  readonly medianB: number;
  /** Hodges–Lehmann, in the metric's unit or on logs. */
  readonly shift: Shift;
  /** In per cent of a; null where a is zero. */
  readonly shiftPercent: number | null;
  readonly ciPercent: readonly [number, number] | null;
  readonly test: TestName;
  readonly p: number;
  /** Smallest change that so many runs find in 80 of 100 tries, in per cent; null where they cannot. */
  readonly mdePercent: number | null;
  /** Standard deviation within a side, relative. */
  readonly noise: number;
  readonly paired: boolean;
  /** Whether values rise or fall with their order and the runs were not interleaved: a change cannot be told from drift. */
  readonly drifting: boolean;
  readonly warnings: readonly string[];
}

/** Fewer pairs can never be significant at 5 %. */
const LEAST_PAIRS = 6;
/** Blocks pair the runs where so much of the variance lies between blocks: pairing then sees more than it loses. */
const LEAST_BETWEEN_BLOCKS = 0.3;
const DRIFT_P = 0.05;

function pairsOf(a: readonly Sample[], b: readonly Sample[]): [number, number][] {
  const keyOf = ({ session, block }: Sample) => `${session} ${block}`;
  const byBlock = new Map(b.filter(({ block }) => block !== null).map((sample) => [keyOf(sample), sample.value]));
  return a.flatMap((sample): [number, number][] => {
    const other = sample.block === null ? undefined : byBlock.get(keyOf(sample));
    return other === undefined ? [] : [[sample.value, other]];
  });
}

/**
 * Share of the variance that lies between blocks (intraclass correlation). It does not change when the two values of a
 * block change places, so that choosing the signed-rank test by it keeps that test exact.
 */
export function betweenBlocks(pairs: readonly (readonly [number, number])[]): number {
  const means = pairs.map(([x, y]) => (x + y) / 2);
  const between = 2 * standardDeviation(means) ** 2;
  const within = pairs.reduce((sum, [x, y]) => sum + (y - x) ** 2 / 2, 0) / pairs.length;
  return between + within > 0 ? (between - within) / (between + within) : 0;
}

interface Scale {
  /** To where differences are additive. */
  to(value: number): number;
  /** A difference there, in per cent of a; null where there is nothing to relate it to. */
  percent(difference: number): number | null;
}

/** Ratios where everything is above zero; else differences, in per cent of the median of a. */
function scaleOf(values: readonly number[], medianA: number): Scale {
  if (values.every((value) => value > 0))
    return { to: Math.log, percent: (difference) => (Math.exp(difference) - 1) * 100 };
  return {
    to: (value) => value,
    percent: (difference) => (difference === 0 ? 0 : medianA !== 0 ? (difference / Math.abs(medianA)) * 100 : null),
  };
}

function named(side: string, samples: readonly Sample[]): string[] {
  const found = outliers(samples.map(({ value }) => value));
  const places = found.map((place) => samples[place]?.position ?? 0).map((position) => position + 1);
  return places.length ? [`${side}: far from the other runs, and counted all the same: run ${places.join(', ')}`] : [];
}

function interleaved(a: readonly Sample[], b: readonly Sample[]): boolean {
  const [first] = a;
  if (!first || [...a, ...b].some(({ session }) => session !== first.session)) return false;
  const [placesA, placesB] = [a, b].map((side) => side.map(({ position }) => position));
  if (!placesA || !placesB) return false;
  return Math.min(...placesA) < Math.max(...placesB) && Math.min(...placesB) < Math.max(...placesA);
}

function driftsOf(a: readonly Sample[], b: readonly Sample[]): string[] {
  return [['a', a] as const, ['b', b] as const].flatMap(([side, samples]) => {
    const inOrder = [...samples].sort((x, y) => x.position - y.position).map(({ value }) => value);
    const drift = driftOf(inOrder);
    if (!drift || drift.p >= DRIFT_P) return [];
    return [
      `${side}: values ${drift.tau > 0 ? 'rise' : 'fall'} over the session (Kendall's tau ${drift.tau.toFixed(2)}, p ${drift.p.toFixed(3)})`,
    ];
  });
}

interface Tested {
  result: TestResult;
  shift: Shift;
  deviation: number;
}

function testPairs(pairs: readonly [number, number][], alpha: number): Tested {
  const differences = pairs.map(([before, after]) => after - before);
  return {
    result: signedRank(differences),
    shift: pairedShift(differences, alpha),
    deviation: standardDeviation(differences),
  };
}

function testSamples(a: readonly number[], b: readonly number[], alpha: number): Tested {
  const deviation = Math.sqrt((standardDeviation(a) ** 2 + standardDeviation(b) ** 2) / 2);
  return { result: mannWhitney(a, b), shift: hodgesLehmann(a, b, alpha), deviation };
}

function mdeOf(runs: number, deviation: number, alpha: number, paired: boolean, scale: Scale): number | null {
  const effect = detectableEffect(runs, { alpha, paired });
  return Number.isFinite(effect) ? scale.percent(effect * deviation) : null;
}

/** Compares two sides of one metric; each needs at least one value. */
export function compareSamples(a: readonly Sample[], b: readonly Sample[], alpha = 0.05): Comparison {
  const [valuesA, valuesB] = [a.map(({ value }) => value), b.map(({ value }) => value)];
  const [medianA, medianB] = [medianOf(valuesA), medianOf(valuesB)];
  const scale = scaleOf([...valuesA, ...valuesB], medianA);
  const pairs = pairsOf(a, b).map(([x, y]): [number, number] => [scale.to(x), scale.to(y)]);
  const paired = pairs.length >= LEAST_PAIRS && betweenBlocks(pairs) >= LEAST_BETWEEN_BLOCKS;
  const { result, shift, deviation } = paired
    ? testPairs(pairs, alpha)
    : testSamples(valuesA.map(scale.to), valuesB.map(scale.to), alpha);
  const percents = shift.interval?.map(scale.percent);
  const [low, high] = percents ?? [];
  const drifts = driftsOf(a, b);
  const apart = !interleaved(a, b);
  const runs = paired ? pairs.length : Math.min(a.length, b.length);
  const left = paired ? a.length + b.length - 2 * pairs.length : 0;
  return {
    n: [a.length, b.length],
    medianA,
    medianB,
    shift,
    shiftPercent: scale.percent(shift.estimate),
    ciPercent: low === undefined || low === null || high === undefined || high === null ? null : [low, high],
    test: `${paired ? 'signed-rank' : 'mann-whitney'}-${result.method}`,
    p: result.p,
    mdePercent: mdeOf(runs, deviation, alpha, paired, scale),
    noise: deviation / (scale.to === Math.log ? 1 : Math.max(Math.abs(medianA), Math.abs(medianB)) || 1),
    paired,
    drifting: apart && drifts.length > 0,
    warnings: [
      ...named('a', a),
      ...named('b', b),
      ...drifts.map((text) =>
        apart ? `${text}; the runs were not interleaved, so that drift and change look alike` : text,
      ),
      ...(left > 0 ? [`${left} runs without a partner in their block are not in the paired test`] : []),
    ],
  };
}
