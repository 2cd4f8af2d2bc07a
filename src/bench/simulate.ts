import type { Verdict } from '../model/verdict.js';
import { gaussian, uniform } from '../statistics/random.js';
import { isSettled, looksOf } from './adaptive.js';
import { compareSamples, type Sample } from './compare.js';
import { type Judged, judgeAll } from './verdict.js';

/** An imagined session: normal noise around 100, runs interleaved ABBA. */
export interface Scenario {
  readonly runs: number;
  readonly metrics: number;
  /** Standard deviation in per cent. */
  readonly noisePercent: number;
  /** What b differs by, in per cent, in the first metric. */
  readonly effectPercent: number;
  /** Rise from the first to the last run, in standard deviations. */
  readonly driftDeviations: number;
  readonly adaptive: boolean;
}

export const PLAIN: Scenario = {
  runs: 10,
  metrics: 1,
  noisePercent: 5,
  effectPercent: 0,
  driftDeviations: 0,
  adaptive: false,
};

const ALPHA = 0.05;

interface Session {
  a: Sample[][];
  b: Sample[][];
}

function sessionOf(scenario: Scenario, noise: () => number): Session {
  const { runs, metrics, noisePercent, effectPercent, driftDeviations } = scenario;
  const session: Session = { a: [], b: [] };
  for (let metric = 0; metric < metrics; metric++) {
    const sides: { a: Sample[]; b: Sample[] } = { a: [], b: [] };
    for (let position = 0; position < 2 * runs; position++) {
      const block = position >> 1;
      const isB = (position % 2 === 1) !== (block % 2 === 1);
      const level = 100 * (1 + (isB && metric === 0 ? effectPercent / 100 : 0));
      const drift = (driftDeviations * position) / (2 * runs - 1);
      const value = level * (1 + (noisePercent / 100) * (noise() + drift));
      (isB ? sides.b : sides.a).push({ value, block, position, session: 's' });
    }
    session.a.push(sides.a);
    session.b.push(sides.b);
  }
  return session;
}

function judgeAt({ a, b }: Session, runs: number, alpha: number): Judged[] {
  const items = a.map((side, metric) => ({
    comparison: compareSamples(side.slice(0, runs), b[metric]?.slice(0, runs) ?? [], alpha),
    better: 'lower' as const,
  }));
  return judgeAll(items, { alpha });
}

/** Verdicts per metric of one imagined session. */
function verdictsOf(scenario: Scenario, noise: () => number): Verdict[] {
  const session = sessionOf(scenario, noise);
  const looks = scenario.adaptive ? looksOf(scenario.runs, ALPHA) : [{ runs: scenario.runs, alpha: ALPHA }];
  let verdicts: Verdict[] = [];
  for (const look of looks) {
    verdicts = judgeAt(session, look.runs, look.alpha).map(({ verdict }) => verdict);
    if (verdicts.every(isSettled)) break;
  }
  return verdicts;
}

export interface Rates {
  readonly trials: number;
  /** Trials with improved or regressed for a metric that did not change. */
  readonly falseVerdicts: number;
  /** Trials in which the change of the first metric was named, in its direction. */
  readonly found: number;
  readonly inconclusive: number;
}

/** Shares of `trials` imagined sessions; the same for the same seed. */
export function simulate(scenario: Scenario, trials: number, seed: number): Rates {
  const noise = gaussian(uniform(seed));
  let [falseVerdicts, found, inconclusive] = [0, 0, 0];
  const right = scenario.effectPercent > 0 ? 'regressed' : 'improved';
  for (let trial = 0; trial < trials; trial++) {
    const verdicts = verdictsOf(scenario, noise);
    const unchanged = scenario.effectPercent === 0 ? verdicts : verdicts.slice(1);
    if (unchanged.some((verdict) => verdict === 'improved' || verdict === 'regressed')) falseVerdicts++;
    if (scenario.effectPercent !== 0 && verdicts[0] === right) found++;
    if (verdicts[0] === 'inconclusive') inconclusive++;
  }
  return {
    trials,
    falseVerdicts: falseVerdicts / trials,
    found: found / trials,
    inconclusive: inconclusive / trials,
  };
}

/** The sessions whose rates are promised, with the least or most that each may reach. */
export const PROMISES: readonly {
  name: string;
  scenario: Scenario;
  rate: keyof Rates;
  bound: string;
  limit: number;
}[] = [
  { name: 'no change, plain', scenario: PLAIN, rate: 'falseVerdicts', bound: 'at most', limit: 0.05 },
  {
    name: 'no change, adaptive',
    scenario: { ...PLAIN, adaptive: true },
    rate: 'falseVerdicts',
    bound: 'at most',
    limit: 0.05,
  },
  {
    name: 'no change, five metrics, any of them',
    scenario: { ...PLAIN, metrics: 5 },
    rate: 'falseVerdicts',
    bound: 'at most',
    limit: 0.05,
  },
  {
    name: 'no change, five metrics, adaptive',
    scenario: { ...PLAIN, metrics: 5, adaptive: true },
    rate: 'falseVerdicts',
    bound: 'at most',
    limit: 0.05,
  },
  {
    name: 'no change, drift of 2 sd',
    scenario: { ...PLAIN, driftDeviations: 2 },
    rate: 'falseVerdicts',
    bound: 'at most',
    limit: 0.05,
  },
  { name: '+10 %, plain', scenario: { ...PLAIN, effectPercent: 10 }, rate: 'found', bound: 'at least', limit: 0.9 },
  {
    name: '+10 %, five metrics',
    scenario: { ...PLAIN, effectPercent: 10, metrics: 5 },
    rate: 'found',
    bound: 'at least',
    limit: 0.8,
  },
  {
    name: '+10 %, adaptive',
    scenario: { ...PLAIN, effectPercent: 10, adaptive: true },
    rate: 'found',
    bound: 'at least',
    limit: 0.8,
  },
  {
    name: '+10 %, five metrics, adaptive',
    scenario: { ...PLAIN, effectPercent: 10, metrics: 5, adaptive: true },
    rate: 'found',
    bound: 'at least',
    limit: 0.8,
  },
  {
    name: '+10 %, drift of 2 sd',
    scenario: { ...PLAIN, effectPercent: 10, driftDeviations: 2 },
    rate: 'found',
    bound: 'at least',
    limit: 0.8,
  },
  {
    name: '+10 %, plain',
    scenario: { ...PLAIN, effectPercent: 10 },
    rate: 'inconclusive',
    bound: 'at most',
    limit: 0.1,
  },
];
