import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { foldsOf } from '../../src/recommend/folds.js';
import type { Strategy } from '../../src/recommend/peers.js';
import { decideCpu } from '../../src/recommend/size-cpu.js';
import { backtest, type Costs, meanRatios } from '../support/backtest.js';
import { sizingHours } from '../support/load.js';
import { gauss, random } from '../support/shapes.js';

/** Real CPU series with what others' defaults would have requested; see the README there. */
const USAGE = resolve('../shared/data/usage');
const CORES = 4;
const DAY = 288;
const PEERS = ['krr', 'vpa', 'max'] as const;
/** VPA's buckets are 5 % wide. */
const ONE_BUCKET = 0.055;

const Peers = z.object({
  series: z.record(z.string(), z.object({ at_half: z.object({ krr: z.number(), vpa: z.number() }) })),
  total_cost: z.object({ krr: z.number(), vpa: z.number(), max: z.number() }),
  mean_ratio: z.object({ krr: z.number(), vpa: z.number(), max: z.number() }),
});

/** The series in the order of time, in cores. */
function read(file: string): number[] {
  const rows = readFileSync(join(USAGE, file), 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => {
      const [time = '', value] = row.split(',');
      return [Date.parse(`${time.trim().replace(' ', 'T')}Z`), (Number(value) / 100) * CORES] as const;
    })
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

function shuffledDays(samples: readonly number[], next: () => number): number[] {
  const days = Array.from({ length: Math.floor(samples.length / DAY) }, (_, d) =>
    samples.slice(d * DAY, (d + 1) * DAY),
  );
  return days
    .map((day) => [next(), day] as const)
    .sort(([a], [b]) => a - b)
    .flatMap(([, day]) => day);
}

type Variant = (samples: readonly number[], next: () => number) => readonly number[];

/** The same machines as they might have been: what holds only for the given cut does not hold here. */
const VARIANTS: Record<string, Variant> = {
  'cut at another hour': (samples, next) => samples.slice(100 + Math.floor(next() * 150)),
  backwards: (samples) => [...samples].reverse(),
  'with their days in another order': shuffledDays,
  'with a tenth of noise': (samples, next) => samples.map((value) => Math.max(0, value * (1 + 0.1 * gauss(next)))),
  'at half the pace': (samples) => samples.flatMap((value, i) => (i % 2 === 0 ? [value, value] : [])),
  'at the wrong scale': (samples) => samples.map((value) => value * 7.3),
};

describe.runIf(existsSync(USAGE))('sizing on recorded series', () => {
  const peers = Peers.parse(JSON.parse(readFileSync(join(USAGE, 'peers.json'), 'utf8')));
  const series = Object.keys(peers.series).map((file) => [file, read(file)] as const);
  const costs = series.map(([, samples]) => backtest(samples));
  const total = (all: readonly Costs[], name: keyof Costs) => all.reduce((sum, each) => sum + each[name], 0);

  it('knows all series of the folder', () => {
    expect(
      readdirSync(USAGE)
        .filter((name) => /cpu.*\.csv$|^grok.*\.csv$/.test(name))
        .sort(),
    ).toEqual(Object.keys(peers.series).sort());
  });

  it.each(PEERS)('costs less than %s, in total and in the mean over the series', (peer) => {
    expect(meanRatios(costs).own).toBeLessThan(peers.mean_ratio[peer]);
    expect((total(costs, 'own') * 5) / 60).toBeLessThan(peers.total_cost[peer]);
  });

  it.each(
    series.flatMap(([file, samples]) =>
      (['krr', 'vpa'] as const).map((strategy) => [strategy, file, samples] as const),
    ),
  )('%s asks after half of %s for what the original would', (strategy: Strategy & ('krr' | 'vpa'), file, samples) => {
    const half = samples.slice(0, Math.floor(samples.length / 2));
    const hours = sizingHours(half, Math.ceil(half.length / DAY)).filter((hour) => hour.cpu.count > 0);
    const { cores } = decideCpu(foldsOf(hours), { risk: 'balanced', strategy });
    const expected = peers.series[file]?.at_half[strategy] ?? Number.NaN;
    expect(Math.abs(cores / expected - 1)).toBeLessThanOrEqual(strategy === 'krr' ? 0.01 : ONE_BUCKET);
  });

  it.each(Object.entries(VARIANTS))(
    'is never much dearer than the best of them on the same series %s',
    (_name, variant) => {
      const other = series.map(([, samples], i) => backtest(variant(samples, random(17 * i + 1))));
      const { own, krr, vpa, max } = meanRatios(other);
      expect(own).toBeLessThan(1.05 * Math.min(krr, vpa, max));
    },
  );
});

it.skipIf(existsSync(USAGE))(
  'cannot size recorded series: ../shared/data/usage is not beside this clone',
  (context) => {
    context.skip();
  },
);
