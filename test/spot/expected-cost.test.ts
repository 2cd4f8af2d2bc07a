import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interruptionCost } from '../../src/spot/expected-cost.js';

describe('interruptionCost', () => {
  it('is λ n L interruptions, each with its node-hours paid again', () => {
    const cost = interruptionCost({ nodes: 10, hours: 4, perNodeHour: 0.01, redoneNodeHours: 0.5 });
    expect(cost.expected).toBeCloseTo(0.4, 12);
    expect(cost.anyChance).toBeCloseTo(1 - Math.exp(-0.4), 12);
    expect(cost.factor).toBeCloseTo(1 + (0.4 * 0.5) / 40, 12);
  });

  it('redoes at most half of a run', () => {
    const cost = interruptionCost({ nodes: 1, hours: 0.2, perNodeHour: 1, redoneNodeHours: 0.5 });
    expect(cost.factor).toBeCloseTo(1 + (0.2 * 0.1) / 0.2, 12);
  });

  it('costs nothing without interruptions or without a run, and never less with more of them', () => {
    expect(interruptionCost({ nodes: 0, hours: 0, perNodeHour: 1, redoneNodeHours: 1 })).toEqual({
      expected: 0,
      anyChance: 0,
      factor: 1,
    });
    const amount = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, amount, (nodes, hours, perNodeHour, redoneNodeHours) => {
        const run = { nodes, hours, perNodeHour, redoneNodeHours };
        const once = interruptionCost(run).factor;
        expect(interruptionCost({ ...run, perNodeHour: 0 }).factor).toBe(1);
        expect(interruptionCost({ ...run, perNodeHour: 2 * perNodeHour }).factor).toBeGreaterThanOrEqual(once);
      }),
    );
  });
});
