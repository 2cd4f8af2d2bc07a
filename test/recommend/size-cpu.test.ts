import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution } from '../../src/model/distribution.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { examSize, foldsOf } from '../../src/recommend/folds.js';
import { sizeCpu } from '../../src/recommend/size-cpu.js';
import { recordedLoad, type Shape, sizingHours } from '../support/load.js';

const CORES = 4;

function sized(shape: Shape, days: number, risk: 'safe' | 'balanced' | 'thrifty' = 'balanced') {
  const cores = recordedLoad(shape).map((share) => share * CORES);
  const size = sizeCpu(foldsOf(sizingHours(cores, days)), { risk });
  if (!size) throw new Error('no size');
  return size;
}

/** Share of the recorded samples of those days that are above `cores`. */
function shareAbove(shape: Shape, cores: number, fromDay: number, toDay: number): number {
  const samples = recordedLoad(shape).slice(fromDay * 288, toDay * 288);
  return samples.filter((share) => share * CORES > cores).length / samples.length;
}

describe('foldsOf', () => {
  const hour = (hourMs: number) => ({ hourMs, cpu: Distribution.of([1]), memoryMaxBytes: 1 });

  it('counts days back from the last hour, so that the newest is whole', () => {
    const folds = foldsOf(Array.from({ length: 75 }, (_, i) => hour(i * HOUR_MS)));
    expect(folds.map((fold) => fold.hours)).toEqual([3, 24, 24, 24]);
    expect(folds.at(-1)).toMatchObject({ sinceMs: 51 * HOUR_MS, untilMs: 75 * HOUR_MS, samples: 24 });
  });

  it('gives a nightly batch one fold a night', () => {
    const nights = [0, 1, 2, 5].flatMap((day) => [hour(day * DAY_MS), hour(day * DAY_MS + HOUR_MS)]);
    expect(foldsOf(nights).map((fold) => fold.hours)).toEqual([2, 2, 2, 2]);
  });

  it.each([
    [1, 1],
    [2, 2],
    [5, 5],
    [6, 6],
    [30, 6],
  ])('cuts %d hours of one or two days into %d equal pieces', (hours, pieces) => {
    const folds = foldsOf(Array.from({ length: hours }, (_, i) => hour(i * HOUR_MS)));
    expect(folds).toHaveLength(pieces);
    expect(folds.reduce((sum, fold) => sum + fold.hours, 0)).toBe(hours);
  });

  it('of nothing is nothing; a fifth is kept for the exam, at least one', () => {
    expect(foldsOf([])).toEqual([]);
    const folds = foldsOf(Array.from({ length: 14 * 24 }, (_, i) => hour(i * HOUR_MS)));
    expect([1, 4, 5, 9, 10, 14].map((n) => examSize(folds.slice(0, n)))).toEqual([1, 1, 1, 1, 2, 2]);
  });
});

describe('sizeCpu on recorded load', () => {
  it('fits a steady load closely and passes on days it did not see', () => {
    const size = sized('steady', 7);
    expect(size.backtest.passed).toBe(true);
    expect(shareAbove('steady', size.cores, 7, 8)).toBeLessThan(0.15);
    expect(size.cores).toBeLessThan(2.4);
  });

  it.each([10, 11])('fails its exam while a new level is unseen (after %d days)', (days) => {
    const { backtest } = sized('level-change', days);
    expect(backtest.passed).toBe(false);
    expect(backtest.figures.timeAboveRequestPercent).toBeGreaterThan(50);
    expect(backtest.summary).toMatch(/more than 5 %/);
  });

  it('sizes on what came after a level change once it has seen it', () => {
    const size = sized('level-change', 12);
    expect(size.backtest.passed).toBe(true);
    expect(shareAbove('level-change', size.cores, 9, 12)).toBeLessThan(0.05);
    expect(size.cores).toBeLessThan(1.3);
  });

  it('does not cut a daily peak: what it chose keeps to the limit on days it did not see', () => {
    const { backtest } = sized('daily-peak', 14);
    expect(backtest.passed).toBe(true);
    const chosen = backtest.figures.chosenCores ?? Number.NaN;
    expect(shareAbove('daily-peak', chosen, 12, 14)).toBeLessThanOrEqual(0.05);
  });

  it('takes none of the ways that broke the limit on a day it saw', () => {
    const { cores } = sized('daily-peak', 9);
    for (let day = 3; day < 9; day++) expect(shareAbove('daily-peak', cores, day, day + 1)).toBeLessThanOrEqual(0.05);
  });

  it('pays for its peak where it pays at all', () => {
    const size = sized('daily-peak', 9);
    expect(size.backtest.passed).toBe(true);
    expect(size.cores).toBeGreaterThan(20 * 0.03);
  });

  it('takes more room where less risk is wanted', () => {
    const [safe, balanced, thrifty] = [
      sized('daily-peak', 11, 'safe'),
      sized('daily-peak', 11),
      sized('daily-peak', 11, 'thrifty'),
    ];
    expect(safe.cores).toBeGreaterThanOrEqual(balanced.cores);
    expect(balanced.cores).toBeGreaterThanOrEqual(thrifty.cores);
  });

  it('examines on the newest fifth alone', () => {
    const { backtest } = sized('steady', 10);
    expect(backtest.window).toEqual({ sinceMs: 8 * DAY_MS, untilMs: 10 * DAY_MS });
    expect(backtest.samples).toBe(2 * 288);
  });
});

describe('sizeCpu', () => {
  const flat = (cores: number, days: number) =>
    sizingHours(
      Array.from({ length: days * 288 }, () => cores),
      days,
    );

  it('needs three folds', () => {
    expect(sizeCpu(foldsOf(flat(1, 1).slice(0, 2)), { risk: 'balanced' })).toBeUndefined();
    expect(sizeCpu(foldsOf(flat(1, 1).slice(0, 3)), { risk: 'balanced' })).toBeDefined();
    expect(sizeCpu([], { risk: 'balanced' })).toBeUndefined();
  });

  it.each([
    [0.25, true],
    [0.26, false],
  ])('throttled in %d of the periods of the exam by a limit that stays: passed %s', (share, passed) => {
    const hours = flat(1, 7).map((hour) => ({ ...hour, cfsPeriods: 1000, cfsThrottledPeriods: share * 1000 }));
    const backtest = sizeCpu(foldsOf(hours), { risk: 'balanced' })?.backtest;
    expect(backtest).toMatchObject({ passed, figures: { throttledPeriodsPercent: share * 100 } });
    expect(backtest?.summary.includes('needs more than it shows')).toBe(!passed);
  });

  it('says nothing of throttling where it was not measured', () => {
    expect(sizeCpu(foldsOf(flat(1, 7)), { risk: 'balanced' })?.backtest.figures).not.toHaveProperty(
      'throttledPeriodsPercent',
    );
  });

  it('never advises less than 10 m', () => {
    expect(sizeCpu(foldsOf(flat(0, 4)), { risk: 'balanced' })?.cores).toBe(0.01);
  });

  it.each([0.01, 0.05, 0.5, 1, 2, 7, 64])('a constant %d cores passes at its own size', (cores) => {
    expect(sizeCpu(foldsOf(flat(cores, 7)), { risk: 'balanced' })?.backtest.passed).toBe(true);
  });

  it('grows with the load, and stays near a constant one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 64, noNaN: true }), (cores) => {
        const size = sizeCpu(foldsOf(flat(cores, 4)), { risk: 'balanced' });
        expect(size?.backtest.passed).toBe(true);
        expect(size?.cores).toBeGreaterThanOrEqual(cores * 0.98);
        expect(size?.cores).toBeLessThanOrEqual(cores * 1.08 + 0.01);
      }),
    );
  });
});
