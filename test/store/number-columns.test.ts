import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberColumns } from '../../src/store/number-columns.js';

const COLUMNS = 3;
const whole = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -1000, max: 1000 }),
  fc.bigInt({ min: -(2n ** 51n), max: 2n ** 51n }).map(Number),
);
const rows = fc.array(fc.tuple(whole, whole, whole), { maxLength: 400 });

function pushAll(columns: NumberColumns, from: readonly (readonly number[])[]): NumberColumns {
  for (const row of from) columns.push(Float64Array.from(row));
  return columns;
}

function columnsOf(columns: NumberColumns): number[][] {
  return Array.from({ length: COLUMNS }, (_, column) => {
    const numbers = new Float64Array(columns.count);
    columns.read(column, numbers);
    return Array.from(numbers);
  });
}

function expected(from: readonly (readonly number[])[]): number[][] {
  return Array.from({ length: COLUMNS }, (_, column) => from.map((row) => row[column] ?? 0));
}

describe('number columns', () => {
  it('give back what was pushed', () => {
    fc.assert(
      fc.property(rows, (pushed) => {
        expect(columnsOf(pushAll(new NumberColumns(COLUMNS), pushed))).toEqual(expected(pushed));
      }),
    );
  });

  it('go on from a snapshot, whenever it was taken', () => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        const first = pushAll(new NumberColumns(COLUMNS), before);
        const second = pushAll(NumberColumns.restored(first.snapshot()), after);

        expect(columnsOf(second)).toEqual(expected([...before, ...after]));
      }),
    );
  });

  it('keep nothing of a column of zeros, and write what they say that they do', () => {
    const columns = pushAll(new NumberColumns(COLUMNS), [
      [0, 5, 0],
      [0, -5, 0],
      [0, 2 ** 40, 7],
    ]);

    expect([0, 1, 2].map((column) => columns.isZero(column))).toEqual([true, false, false]);
    expect(columns.byteLength(0)).toBe(0);
    for (const column of [1, 2]) {
      const bytes = new Uint8Array(columns.byteLength(column) + 4);
      expect(columns.writeTo(column, bytes, 4)).toBe(bytes.length);
    }
  });

  it('hold the largest number for one that is beyond', () => {
    const columns = pushAll(new NumberColumns(COLUMNS), [
      [Number.MAX_VALUE, -(2 ** 63), 1],
      [1, 2, 3],
    ]);

    expect(columnsOf(columns)).toEqual([
      [2 ** 51, 1],
      [-(2 ** 51), 2],
      [1, 3],
    ]);
  });
});
