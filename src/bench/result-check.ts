import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ResultPrint } from './session.js';

/** Numbers with a point or an exponent. What is quoted, dates and whole numbers are compared to the letter. */
const FLOAT = /(?<![\w.]|\d[:-])[-+]?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.:]|-\d)/g;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const WORD = 0xffff_ffff_ffff_ffffn;

interface Column {
  count: number;
  sum: number;
  weighted: number;
  logs: number;
  size: number;
}

function hash64(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigUInt64BE();
}

/** Places of floating-point numbers outside quotes. */
function floatsOf(line: string): RegExpExecArray[] {
  const quoted = [...line.matchAll(QUOTED)].map((match): [number, number] => [
    match.index,
    match.index + match[0].length,
  ]);
  return [...line.matchAll(FLOAT)].filter(({ index }) => !quoted.some(([from, to]) => index >= from && index < to));
}

/**
 * Takes rows one by one, in any order. Text and whole numbers go into a sum of hashes; floating-point numbers into sums
 * per place, weighted by a hash of the rest of their row, so that values that change rows are seen too.
 */
export class ResultReader {
  private rows = 0;
  private sum = 0n;
  private readonly columns: Column[] = [];

  add(line: string): void {
    const row = line.trimEnd();
    if (row === '') return;
    this.rows++;
    const floats = floatsOf(row);
    let rest = '';
    let from = 0;
    for (const match of floats) {
      rest += `${row.slice(from, match.index)}#`;
      from = match.index + match[0].length;
    }
    rest += row.slice(from);
    const hash = hash64(rest);
    this.sum = (this.sum + hash) & WORD;
    // 1 to 2: no value's weight vanishes.
    const weight = 1 + Number(hash >> 11n) / 2 ** 53;
    floats.forEach((match, place) => {
      this.addFloat(place, Number(match[0]), weight);
    });
  }

  private addFloat(place: number, value: number, weight: number): void {
    this.columns[place] ??= { count: 0, sum: 0, weighted: 0, logs: 0, size: 0 };
    const column = this.columns[place];
    column.count++;
    column.sum += value;
    column.weighted += weight * value;
    column.logs += weight * Math.sign(value) * Math.log1p(Math.abs(value));
    column.size += Math.abs(value);
  }

  print(): ResultPrint {
    const checksum = this.sum.toString(16).padStart(16, '0');
    return { rows: this.rows, checksum, columns: this.columns.map((column) => ({ ...column })) };
  }
}

export function printOf(text: string): ResultPrint {
  const reader = new ResultReader();
  for (const line of text.split('\n')) reader.add(line);
  return reader.print();
}

/** Reads rows from a file, a line at a time. */
export async function printOfFile(path: string): Promise<ResultPrint> {
  const reader = new ResultReader();
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    reader.add(line);
  return reader.print();
}

function near(a: number, b: number, size: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * size;
}

/** How another result differs from the expected one; null if it is the same but for rounding and order. */
export function resultDifference(expected: ResultPrint, actual: ResultPrint, tolerance: number): string | null {
  if (actual.rows !== expected.rows) return `${actual.rows} rows instead of ${expected.rows}`;
  if (actual.checksum !== expected.checksum) return 'other values in the rows';
  for (const [place, a] of expected.columns.entries()) {
    const b = actual.columns[place];
    if (!b || b.count !== a.count) return `other numbers in place ${place + 1} of the rows`;
    const size = Math.max(a.size, b.size);
    const same =
      near(a.sum, b.sum, size, tolerance) &&
      near(a.weighted, b.weighted, 2 * size, tolerance) &&
      // A relative change of a value changes its logarithm by at most as much.
      near(a.logs, b.logs, 2 * a.count, tolerance);
    if (!same)
      return `the floating-point numbers in place ${place + 1} of the rows sum up to ${b.sum}, expected ${a.sum}`;
  }
  return null;
}
