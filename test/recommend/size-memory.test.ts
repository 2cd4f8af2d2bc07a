import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution } from '../../src/model/distribution.js';
import { GIB, MIB } from '../../src/model/quantity.js';
import { DAY_MS } from '../../src/model/window.js';
import { foldsOf } from '../../src/recommend/folds.js';
import { sizeMemory } from '../../src/recommend/size-memory.js';

/** One hour a day with that peak. */
function daily(peaks: readonly (number | null)[]) {
  return foldsOf(
    peaks.map((memoryMaxBytes, day) => ({ hourMs: day * DAY_MS, cpu: new Distribution(), memoryMaxBytes })),
  );
}

describe('sizeMemory', () => {
  it('keeps 15 % above the highest peak of a flat load', () => {
    const size = sizeMemory(daily([1, 1, 1, 1, 1, 1].map((gib) => gib * GIB)));
    expect(size).toMatchObject({ bytes: Math.ceil((1.15 * GIB) / (16 * MIB)) * 16 * MIB, peakBytes: GIB });
    expect(size?.backtest).toMatchObject({ passed: true, figures: { foldsAboveLimit: 0 } });
  });

  it('keeps more where the daily peaks spread', () => {
    const size = sizeMemory(daily([1, 2, 1, 2, 1, 2].map((gib) => gib * GIB)));
    expect(size?.bytes).toBeGreaterThan(2 * GIB * 1.5);
    expect(size?.how).toMatch(/highest working set \+ \d\d %/);
  });

  it('fails its backtest where an unseen day would have been killed', () => {
    const size = sizeMemory(daily([1, 1, 1, 1, 3].map((gib) => gib * GIB)));
    expect(size?.backtest).toMatchObject({ passed: false, figures: { highestBytes: 3 * GIB, foldsAboveLimit: 1 } });
    expect(size?.backtest.summary).toContain('OOM-killed');
    expect(size?.bytes).toBeGreaterThan(3 * GIB);
  });

  it('never advises less than 100 MiB', () => {
    expect(sizeMemory(daily([MIB, MIB, MIB]))?.bytes).toBe(100 * MIB);
  });

  it('takes only what was measured: needs three such days', () => {
    expect(sizeMemory(daily([GIB, null, GIB, null]))).toBeUndefined();
    expect(sizeMemory(daily([GIB, null, GIB, null, GIB]))).toBeDefined();
  });

  it('is always above every peak it saw, in whole steps', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 3, maxLength: 30 }), (peaks) => {
        const size = sizeMemory(daily(peaks));
        expect(size?.bytes).toBeGreaterThanOrEqual(Math.max(...peaks) * 1.149);
        expect(size?.bytes).toBeLessThanOrEqual(Math.max(100 * MIB, Math.max(...peaks) * 2 + 16 * MIB));
        expect(size?.backtest.passed).toBe(size?.backtest.figures.foldsAboveLimit === 0);
      }),
    );
  });
});
