import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areaBetween,
  type Change,
  greatestValue,
  lengthWhere,
  meanBetween,
  stepsOf,
  valueAt,
} from '../../../src/analyzers/derived/steps.js';

const STEPS = stepsOf([
  [10, 2],
  [20, 1],
  [30, -3],
]);

describe('steps', () => {
  it.each([
    { at: 9, value: 0 },
    { at: 10, value: 2 },
    { at: 29, value: 3 },
    { at: 30, value: 0 },
  ])('is $value at $at', ({ at, value }) => {
    expect(valueAt(STEPS, at)).toBe(value);
  });

  it('integrates from any moment to any other', () => {
    expect(areaBetween(STEPS, 0, 100)).toBe(50);
    expect(areaBetween(STEPS, 15, 25)).toBe(25);
    expect(areaBetween(STEPS, 25, 15)).toBe(0);
    expect(meanBetween(STEPS, 15, 25)).toBe(2.5);
    expect(greatestValue(STEPS)).toBe(3);
  });

  it('measures where a condition holds of two quantities', () => {
    const other = stepsOf([[25, 1]]);
    expect(lengthWhere(STEPS, other, 0, 40, (a, b) => a === 3 && b === 1)).toBe(5);
    expect(lengthWhere(STEPS, other, 0, 40, (a) => a === 0)).toBe(20);
  });

  it('has areas that add up at any cut', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -5, max: 5 }));
    fc.assert(
      fc.property(fc.array(change), fc.integer({ min: 0, max: 1000 }), (changes, cut) => {
        const steps = stepsOf(changes as Change[]);
        expect(areaBetween(steps, 0, cut) + areaBetween(steps, cut, 1000)).toBeCloseTo(areaBetween(steps, 0, 1000), 6);
      }),
    );
  });
});
