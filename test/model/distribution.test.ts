import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution, RELATIVE_ERROR } from '../../src/model/distribution.js';

const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
  fc.integer({ min: 1, max: 2 ** 45 }),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const SLACK = 1 + 1e-9;

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function bucketsOf(distribution: Distribution) {
  return [...distribution.buckets()];
}

describe('Distribution', () => {
  it('answers every quantile within 1 % of the sample of that rank', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, q) => {
        const exact = sorted(numbers)[Math.floor(q * (numbers.length - 1))] ?? Number.NaN;
        const answer = Distribution.of(numbers).quantile(q);
        expect(Math.abs(answer - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * SLACK);
      }),
    );
  });

  it('comes back from its encoding unchanged', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const before = Distribution.of(numbers);
        const after = Distribution.decode(before.encode());
        expect(bucketsOf(after)).toEqual(bucketsOf(before));
        expect(after.count).toBe(numbers.length);
      }),
    );
  });

  it('merges parts into what the whole would be, encoded or not, in any order', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const whole = bucketsOf(Distribution.of([...a, ...b]));
        expect(bucketsOf(Distribution.of(a).merge(Distribution.of(b)))).toEqual(whole);
        expect(bucketsOf(Distribution.of(b).mergeEncoded(Distribution.of(a).encode()))).toEqual(whole);
      }),
    );
  });

  it('says which share lies above a value, but for values within 2 % of it', () => {
    fc.assert(
      fc.property(values, value, (numbers, limit) => {
        const share = (bar: number) => numbers.filter((n) => n > bar).length / numbers.length;
        const answer = Distribution.of(numbers).fractionAbove(limit);
        expect(answer).toBeLessThanOrEqual(share(limit * (1 - 2 * RELATIVE_ERROR)));
        expect(answer).toBeGreaterThanOrEqual(share(limit * (1 + 2 * RELATIVE_ERROR)));
      }),
    );
  });

  it('gives the mean excess over a value within 1 % of the mean', () => {
    fc.assert(
      fc.property(values, value, (numbers, limit) => {
        const mean = (of: (n: number) => number) => numbers.reduce((sum, n) => sum + of(n), 0) / numbers.length;
        const exact = mean((n) => Math.max(0, n - limit));
        const answer = Distribution.of(numbers).meanExcess(limit);
        expect(Math.abs(answer - exact)).toBeLessThanOrEqual(mean((n) => n) * RELATIVE_ERROR * SLACK);
      }),
    );
  });

  it('weighs values by their count', () => {
    const distribution = new Distribution().add(1, 99).add(10, 1);
    expect(distribution.count).toBe(100);
    expect(distribution.quantile(0.98)).toBeCloseTo(1, 1);
    expect(distribution.max).toBeCloseTo(10, 0);
    expect(distribution.min).toBeCloseTo(1, 1);
  });

  it('has no answer where nothing was added, rather than zero', () => {
    const empty = Distribution.decode(null);
    expect(empty.count).toBe(0);
    expect(empty.quantile(0.5)).toBeNaN();
    expect(empty.fractionAbove(1)).toBeNaN();
    expect(empty.max).toBeNaN();
  });

  it('refuses NaN and infinities', () => {
    expect(() => new Distribution().add(Number.NaN)).toThrow(RangeError);
    expect(() => new Distribution().add(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it('takes tens of bytes for an hour of twelve samples', () => {
    const cores = Array.from({ length: 12 }, (_, i) => 0.3 + 0.04 * Math.sin(i));
    expect(Distribution.of(cores).encode().length).toBeLessThanOrEqual(24);
    const wild = Array.from({ length: 12 }, (_, i) => 2 ** (i * 3));
    expect(Distribution.of(wild).encode().length).toBeLessThanOrEqual(40);
  });

  it('says so when bytes are cut off', () => {
    const bytes = new Distribution().add(5, 1000).encode();
    expect(() => Distribution.decode(bytes.subarray(0, bytes.length - 1))).toThrow(RangeError);
  });
});
