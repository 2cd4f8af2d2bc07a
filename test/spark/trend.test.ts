import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedSettings, changePoints, DEFAULT_TREND, regressionOf, shiftPercentOf } from '../../src/spark/trend.js';
import { randomBits } from '../../src/statistics/random.js';

/** Run times around a level, up to 8 % off, the same each time. */
function level(around: number, count: number, seed = 1): number[] {
  const bits = randomBits(seed);
  return Array.from({ length: count }, () => around * (1 + ((bits() % 1000) / 1000 - 0.5) * 0.16));
}

describe('change points', () => {
  it('finds each level', () => {
    const points = changePoints([...level(4, 12), ...level(8, 10, 2), ...level(3, 9, 3)].map(Math.log));

    expect(points).toEqual([12, 22]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('finds none in noise (seed %i)', (seed) => {
    expect(changePoints(level(100, 40, seed).map(Math.log))).toEqual([]);
  });

  it('leaves at least five runs on either side', () => {
    expect(changePoints([...level(100, 20), ...level(300, 4)].map(Math.log))).not.toContain(20);
  });

  it('takes a weekly rhythm for what it is', () => {
    const weeks = Array.from({ length: 42 }, (_, day) => (day % 7 === 0 ? 300 : 100) + (day % 5));

    expect(regressionOf(weeks)).toBeUndefined();
  });
});

describe('a regression', () => {
  it('has its place, its size and its chance', () => {
    const found = regressionOf([...level(100, 15), ...level(140, 12, 2)]);

    expect(found).toMatchObject({ at: 15, baselineAt: 0 });
    expect(found?.shiftPercent).toBeGreaterThan(35);
    expect(found?.shiftPercent).toBeLessThan(45);
    expect(found?.p).toBeLessThan(0.001);
    expect(found?.medianAfter).toBeGreaterThan(1.3 * (found?.medianBefore ?? 0));
  });

  it.each([
    ['too few runs', [...level(100, 4), ...level(200, 5, 2)]],
    ['a fall', [...level(200, 15), ...level(100, 15, 2)]],
    ['a rise below the least', [...level(100, 20), ...level(108, 20, 2)]],
    ['a rise that is gone', [...level(100, 12), ...level(200, 8, 2), ...level(101, 12, 3)]],
    ['one slow run', [...level(100, 12), 900, ...level(100, 12, 2)]],
    ['the same each time', Array<number>(20).fill(100)],
  ])('is none: %s', (_, values) => {
    expect(regressionOf(values)).toBeUndefined();
  });

  it('is compared with the level just before it', () => {
    const found = regressionOf([...level(50, 10), ...level(100, 10, 2), ...level(150, 10, 3)]);

    expect(found).toMatchObject({ at: 20, baselineAt: 10 });
  });

  it('keeps its place in a long history', () => {
    const values = [...level(100, 330), ...level(150, 20, 2)];

    expect(regressionOf(values)).toMatchObject({ at: 330 });
  });

  it('does not depend on the unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), (unit) => {
        const values = [...level(100, 8), ...level(140, 8, 2)];
        const [own, scaled] = [regressionOf(values), regressionOf(values.map((value) => value * unit))];
        expect(scaled?.at).toBe(own?.at);
        expect(scaled?.shiftPercent).toBeCloseTo(own?.shiftPercent ?? 0, 6);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [9.9, false],
    [10.1, true],
  ])('needs the least rise: %f %%', (percent, there) => {
    const before = Array.from({ length: 10 }, (_, run) => 100 + run * 0.001);
    const after = before.map((value) => value * (1 + percent / 100));

    expect(regressionOf([...before, ...after]) !== undefined).toBe(there);
    expect(shiftPercentOf(before, after)).toBeCloseTo(percent, 1);
    expect(DEFAULT_TREND.minShiftPercent).toBe(10);
  });
});

describe('what changed with it', () => {
  const runs = (count: number, settings: (run: number) => Record<string, string>) =>
    Array.from({ length: count }, (_, run) => settings(run));

  it('names values that changed and stayed, set or not', () => {
    const before = runs(6, (run) => ({ cores: '4', id: `a-${run}`, same: 'x', gone: '1' }));
    const after = runs(6, (run) => ({ cores: '2', id: `b-${run}`, same: 'x', come: 'true' }));

    expect(changedSettings(before, after)).toEqual([
      { name: 'come', before: null, after: 'true' },
      { name: 'cores', before: '4', after: '2' },
      { name: 'gone', before: '1', after: null },
    ]);
  });

  it('takes one odd run among ten for what it is', () => {
    const before = runs(10, (run) => ({ cores: run === 3 ? '8' : '4' }));

    expect(
      changedSettings(
        before,
        runs(5, () => ({ cores: '2' })),
      ),
    ).toHaveLength(1);
    expect(
      changedSettings(
        before,
        runs(5, () => ({ cores: '4' })),
      ),
    ).toEqual([]);
  });
});
