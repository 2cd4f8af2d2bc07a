import { describe, expect, it } from 'vitest';
import { printOf, resultDifference } from '../../src/bench/result-check.js';

const ROWS = ['{"k":"a","n":3,"v":1.25}', '{"k":"b","n":4,"v":1000000.5}', '{"k":"c","n":5,"v":0.001}'];
const TOLERANCE = 1e-9;

function difference(other: readonly string[], rows: readonly string[] = ROWS): string | null {
  return resultDifference(printOf(rows.join('\n')), printOf(other.join('\n')), TOLERANCE);
}

function replaced(from: string, to: string): string[] {
  return ROWS.map((row) => row.replace(from, to));
}

describe('the check of results', () => {
  it('takes the same rows in another order as the same', () => {
    expect(difference([...ROWS].reverse())).toBeNull();
    expect(difference(ROWS.map((row) => `${row}\r`))).toBeNull();
  });

  it('takes what a sum in another order changes as the same', () => {
    expect(difference(replaced('1.25', '1.2500000000000002'))).toBeNull();
    expect(difference(replaced('1000000.5', '1.0000005e6'))).toBeNull();
    expect(difference(['sum\t3.3'], ['sum\t3.3000000000000003'])).toBeNull();
  });

  it.each([
    ['a row less', ROWS.slice(1), '2 rows instead of 3'],
    ['a row twice', [...ROWS, ROWS[0] ?? ''], '4 rows instead of 3'],
    ['another whole number', replaced('"n":4', '"n":5'), 'other values'],
    ['another word', replaced('"b"', '"d"'), 'other values'],
    ['a wrong sum', replaced('1.25', '1.26'), 'sum up to'],
    ['a wrong value that is small beside the others', replaced('0.001', '0.002'), 'place 1'],
    ['a missing number', replaced('1.25', 'null'), 'other values'],
    [
      'values that changed rows',
      replaced('1.25', 'X').map((row) => row.replace('0.001', '1.25').replace('X', '0.001')),
      'place 1',
    ],
  ])('sees %s', (_name, rows, words) => {
    expect(difference(rows)).toContain(words);
  });

  it('reads tab and comma separated rows alike, and no dates, names or versions as numbers', () => {
    expect(difference(['a\t2.5', 'b\t3.5'], ['b\t3.5', 'a\t2.5'])).toBeNull();
    expect(difference(['v3.5.1,10.0.0.1'], ['v3.5.2,10.0.0.1'])).toContain('other values');
    expect(difference(['"1.50"'], ['"1.5"'])).toContain('other values');
  });
});
