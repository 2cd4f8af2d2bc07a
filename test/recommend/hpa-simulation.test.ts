import { describe, expect, it } from 'vitest';
import { cheapestTarget, type DemandHour, simulateTarget } from '../../src/recommend/hpa-simulation.js';

const BOUNDS = { minReplicas: 2, maxReplicas: 10 };
const hours = (...demand: (readonly [number, number])[]): DemandHour[] =>
  demand.map(([mean, peak], i) => ({ hourMs: i, mean, peak }));
const steady = (mean: number, peak = mean) => hours(...Array.from({ length: 10 }, () => [mean, peak] as const));

describe('a simulated autoscaler', () => {
  it.each([
    [50, 4],
    [60, 4],
    [67, 3],
    [100, 2],
    // Two replicas are the minimum, ten the maximum.
    [400, 2],
    [10, 10],
  ])('runs two cores of use at a target of %d %% on %d replicas of a core', (target, replicas) => {
    expect(simulateTarget(steady(2), target, BOUNDS)).toEqual({ replicas, hoursOver: 0 });
  });

  it('follows with an hour’s delay and counts peaks above the request', () => {
    // The hour of 6 cores still runs on the 2 replicas of the hour before.
    const rush = hours([1, 1], [6, 6], [6, 6]);
    expect(simulateTarget(rush, 100, BOUNDS)).toEqual({ replicas: (2 + 2 + 6) / 3, hoursOver: 1 });
  });

  it('takes the cheapest target that spends no more time over the request', () => {
    const targets = [60, 70, 80, 90];
    // Peaks of 2.5 cores fit on three replicas and not on two.
    expect(cheapestTarget(steady(2, 2.5), 50, targets, BOUNDS)).toEqual({
      target: 70,
      simulated: { replicas: 3, hoursOver: 0 },
    });
    expect(cheapestTarget(steady(1.5, 4), 50, targets, BOUNDS).target).toBe(80);
    expect(cheapestTarget(steady(3, 6), 50, targets, BOUNDS).target).toBe(50);
  });
});
