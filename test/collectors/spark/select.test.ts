import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesAtRanks } from '../../../src/collectors/spark/select.js';

describe('valuesAtRanks', () => {
  it('gives what sorting gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat()), { minLength: 1, maxLength: 200 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (values, shares) => {
          const ranks = shares.map((share) => Math.floor(share * (values.length - 1))).sort((a, b) => a - b);
          const sorted = [...values].sort((a, b) => a - b);

          expect(valuesAtRanks(Float64Array.from(values), ranks)).toEqual(ranks.map((rank) => sorted[rank]));
        },
      ),
    );
  });
});
