import { describe, expect, it } from 'vitest';
import { plannedRuns } from '../../src/bench/order.js';

const letters = (order: 'abba' | 'random', seed = 1, runs = 4) =>
  plannedRuns(['a', 'b'], { runs, warmup: 1, order, seed })
    .map(({ variant }) => variant)
    .join('');

describe('the order of runs', () => {
  it('is ABBA after the warm-up', () => {
    expect(letters('abba')).toBe('ababbaabba');
  });

  it('is the same for a seed, has each variant once in each block, and is not ABBA where it is random', () => {
    const words = letters('random', 5, 20);
    expect(words).toBe(letters('random', 5, 20));
    expect(words).not.toBe(letters('random', 6, 20));
    expect(words).not.toBe(letters('abba', 5, 20));
    for (let at = 0; at < words.length; at += 2) expect([...words.slice(at, at + 2)].sort().join('')).toBe('ab');
  });

  it('numbers blocks of measured runs from 0', () => {
    const runs = plannedRuns(['a', 'b', 'c'], { runs: 2, warmup: 2, order: 'abba', seed: 1 });
    expect(runs.filter(({ warmup }) => !warmup).map(({ block }) => block)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(runs.map(({ position }) => position)).toEqual(runs.map((_, place) => place));
  });
});
