import { describe, expect, it } from 'vitest';
import { foldsOf } from '../../src/recommend/folds.js';
import type { Strategy } from '../../src/recommend/peers.js';
import { decideCpu, sizeCpu } from '../../src/recommend/size-cpu.js';
import { sizeMemory } from '../../src/recommend/size-memory.js';
import { recordedLoad, type Shape, sizingHours } from '../support/load.js';

const CORES = 4;
const DAY = 288;
const UNSERVED = 20;
const SHAPES: readonly Shape[] = ['level-change', 'daily-peak', 'steady'];

const load = (shape: Shape) => recordedLoad(shape).map((share) => share * CORES);

function request(samples: readonly number[], days: number, strategy: Strategy): number {
  return decideCpu(foldsOf(sizingHours(samples, days)), { risk: 'balanced', strategy }).cores;
}

function cost(cores: number, used: readonly number[]): number {
  return used.reduce((sum, value) => sum + cores + UNSERVED * Math.max(0, value - cores), 0);
}

/** Decided each day from the fourth on, paid the next. */
function costOf(shape: Shape, decide: (samples: readonly number[], days: number) => number): number {
  const samples = load(shape);
  let total = 0;
  for (let day = 3; day < Math.floor(samples.length / DAY); day++)
    total += cost(decide(samples, day), samples.slice(day * DAY, (day + 1) * DAY));
  return total;
}

function hindsight(shape: Shape): number {
  return costOf(shape, (samples, day) => {
    const today = samples.slice(day * DAY, (day + 1) * DAY).sort((a, b) => a - b);
    return today[Math.ceil(0.95 * today.length) - 1] ?? 0;
  });
}

describe('named strategies', () => {
  // Requests after the first week of the recorded series, of the peers' own definitions on raw samples.
  it.each([
    ['krr', 'level-change', 0.6933, 0.01],
    ['krr', 'daily-peak', 1.5232, 0.01],
    ['krr', 'steady', 2.0967, 0.01],
    // One bucket of VPA's histogram is 5 % wide.
    ['vpa', 'level-change', 0.8137, 0.055],
    ['vpa', 'daily-peak', 0.3803, 0.055],
    ['vpa', 'steady', 2.2819, 0.055],
  ] as const)('%s on %s asks for what the original would', (strategy, shape, expected, tolerance) => {
    const cores = request(load(shape), 7, strategy);
    expect(Math.abs(cores / expected - 1)).toBeLessThanOrEqual(tolerance);
  });

  it('takes the highest pod for KRR, where pods are known apart', () => {
    const folds = foldsOf(sizingHours(load('steady'), 7));
    const [busy, quiet] = [2, 1].map(
      (cores) =>
        foldsOf(
          sizingHours(
            Array.from({ length: DAY }, () => cores),
            1,
          ),
        )[0]?.cpu,
    );
    if (!busy || !quiet) throw new Error('no load');
    const size = sizeCpu(folds, { risk: 'balanced', strategy: 'krr', pods: [quiet, busy] });
    expect(size?.cores).toBeCloseTo(2, 1);
  });

  it('keeps the floors of the originals', () => {
    const folds = foldsOf(
      sizingHours(
        Array.from({ length: 4 * DAY }, () => 0.001),
        4,
      ),
    );
    expect(sizeCpu(folds, { risk: 'balanced', strategy: 'krr' })?.cores).toBe(0.01);
    expect(sizeCpu(folds, { risk: 'balanced', strategy: 'vpa' })?.cores).toBe(0.025);
  });

  it('sizes memory as the originals: KRR from the peak, VPA from decayed daily peaks', () => {
    const gib = 2 ** 30;
    const peaks = [4, 1, 1, 1, 1, 1, 1];
    const hours = sizingHours(load('steady'), 7).map((hour, i) => ({
      ...hour,
      memoryMaxBytes: (peaks[Math.floor(i / 24)] ?? 0) * gib,
    }));
    const bytes = (strategy: Strategy) => (sizeMemory(foldsOf(hours), strategy)?.bytes ?? 0) / gib;
    expect(bytes('krr')).toBeCloseTo(4.6, 1);
    expect(bytes('vpa')).toBeGreaterThan(1.15);
    expect(bytes('vpa')).toBeLessThan(1.3);
  });
});

describe('own strategy, re-decided each day', () => {
  const mean = (of: (shape: Shape) => number) => SHAPES.reduce((sum, shape) => sum + of(shape), 0) / SHAPES.length;
  const own = (shape: Shape) => costOf(shape, (samples, day) => request(samples, day, 'own'));

  it.each(['krr', 'vpa'] as const)('costs less than %s, in total and on the mean series', (strategy) => {
    const peer = (shape: Shape) => costOf(shape, (samples, day) => request(samples, day, strategy));
    expect(mean(own)).toBeLessThan(mean(peer));
    expect(mean((shape) => own(shape) / hindsight(shape))).toBeLessThan(
      mean((shape) => peer(shape) / hindsight(shape)),
    );
  });

  it('follows a new level at once: the last half hour of the ninth day is a third higher', () => {
    expect(request(load('level-change'), 9, 'own')).toBeGreaterThan(1.05);
    expect(request(load('level-change'), 9, 'krr')).toBeLessThan(0.8);
  });

  it('goes on with a steady rise', () => {
    const rising = Array.from({ length: 12 * DAY }, (_, i) => 1 + i / DAY / 10);
    expect(request(rising, 12, 'own')).toBeGreaterThan(2.25);
  });

  it('knows the day of the week once it has seen six', () => {
    const weekly = Array.from({ length: 49 * DAY }, (_, i) => (Math.floor(i / DAY) % 7 < 5 ? 2 : 0.5));
    const [mondayNext, saturdayNext] = [49, 47].map((days) => request(weekly, days, 'own'));
    expect(mondayNext).toBeGreaterThan(1.95);
    expect(saturdayNext).toBeLessThan(0.6);
  });

  it('but a written request holds on the days between', () => {
    const weekly = Array.from({ length: 26 * DAY }, (_, i) => (Math.floor(i / DAY) % 7 < 5 ? 2 : 0.5));
    expect(sizeCpu(foldsOf(sizingHours(weekly, 26)), { risk: 'balanced' })?.cores).toBeGreaterThan(1.95);
  });

  it('and follows a fall once it has lasted for three days', () => {
    const fallen = (days: number) => Array.from({ length: (10 + days) * DAY }, (_, i) => (i < 10 * DAY ? 2 : 0.5));
    const size = (days: number) => sizeCpu(foldsOf(sizingHours(fallen(days), 10 + days)), { risk: 'balanced' })?.cores;
    expect(size(2)).toBeGreaterThan(1.9);
    expect(size(3)).toBeLessThan(0.6);
  });
});
