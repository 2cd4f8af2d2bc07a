/** The largest number that is kept, of either sign: a difference of two, doubled, is exact. */
const MOST = 2 ** 51;

const FIRST_BYTES = 32;
const MOST_BYTES = 4096;
/** Of a difference between two numbers up to MOST. */
export const VARINT_BYTES = 8;

/** What of the columns must be kept to go on with them later. */
export interface NumberColumnsSnapshot {
  count: number;
  before: Float64Array;
  columns: Uint8Array[];
}

/** Up to here shifting does what dividing does, in a fraction of the time. */
const MOST_SHIFTED = 2 ** 31 - 1;

/** What a zigzag-coded number stands for: 0, 1, 2, 3, … are 0, -1, 1, -2, … */
function signed(zigzag: number): number {
  if (zigzag <= MOST_SHIFTED) return (zigzag >>> 1) ^ -(zigzag & 1);
  return zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
}

/** Writes a number from 0 on as a varint; gives where it ends. */
export function writeVarint(value: number, bytes: Uint8Array, from: number): number {
  let at = from;
  let rest = value;
  for (; rest > MOST_SHIFTED; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
  for (; rest >= 128; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}

/**
 * Fills `into` with numbers of which zigzag varints of the differences stand in `bytes`; gives where they end.
 * @throws RangeError if the bytes end before.
 */
export function readDifferences(bytes: Uint8Array, from: number, into: Int32Array | Float64Array | Uint8Array): number {
  let at = from;
  let value = 0;
  for (let i = 0; i < into.length; i++) {
    let byte = bytes[at++];
    let zigzag = 0;
    let scale = 1;
    for (; byte !== undefined && byte >= 128; byte = bytes[at++]) {
      zigzag += (byte - 128) * scale;
      scale *= 128;
    }
    if (byte === undefined) throw new RangeError('task columns end too early');
    value += signed(zigzag + byte * scale);
    into[i] = value;
  }
  return at;
}

const NONE = new Uint8Array(0);

/** Room for the bytes of one column, used for each in turn. */
let scratch = NONE;

/**
 * Rows of whole numbers in a few bytes each: every column is kept as zigzag varints of the difference to the number
 * before, and nothing of one that is zero so far. It grows without being copied, and leaves no garbage.
 */
export class NumberColumns {
  count = 0;
  private readonly before: Float64Array;
  /** Of each column that has some, the memory that is full. */
  private readonly full: Uint8Array[][] = [];
  /** Of each column the memory that has room, and how much of it is used; a column of zeros has none. */
  private readonly last: Uint8Array[];
  private readonly used: Int32Array;

  constructor(columns: number) {
    this.before = new Float64Array(columns);
    this.last = new Array<Uint8Array>(columns).fill(NONE);
    this.used = new Int32Array(columns);
  }

  /** Numbers beyond 2^51, of which no column knows a sensible one, become it. */
  push(row: Float64Array): void {
    const { before, last, used } = this;
    for (let column = 0; column < before.length; column++) {
      let value = row[column] ?? 0;
      let bytes = last[column] ?? NONE;
      if (value === 0 && bytes === NONE) continue;
      if (value > MOST) value = MOST;
      else if (value < -MOST) value = -MOST;
      if ((used[column] ?? 0) + VARINT_BYTES > bytes.length) bytes = this.next(column, bytes);
      const difference = value - (before[column] ?? 0);
      before[column] = value;
      used[column] = writeVarint(difference < 0 ? -2 * difference - 1 : 2 * difference, bytes, used[column] ?? 0);
    }
    this.count++;
  }

  /** New memory for a column. The zeros before its first number take a byte each. */
  private next(column: number, last: Uint8Array): Uint8Array {
    const isFirst = last === NONE;
    if (!isFirst) {
      const full = this.full[column] ?? [];
      full.push(last.subarray(0, this.used[column]));
      this.full[column] = full;
    }
    const length = isFirst ? this.count + VARINT_BYTES : Math.min(last.length * 2, MOST_BYTES);
    const bytes = new Uint8Array(Math.max(FIRST_BYTES, length));
    this.last[column] = bytes;
    this.used[column] = isFirst ? this.count : 0;
    return bytes;
  }

  isZero(column: number): boolean {
    return this.last[column] === NONE;
  }

  /** Length of what `writeTo` writes: 0 of a column of zeros. */
  byteLength(column: number): number {
    return (this.full[column] ?? []).reduce((sum, { length }) => sum + length, this.used[column] ?? 0);
  }

  /** Writes a column's varints; gives where they end. */
  writeTo(column: number, target: Uint8Array, from: number): number {
    let at = from;
    for (const bytes of this.full[column] ?? []) {
      target.set(bytes, at);
      at += bytes.length;
    }
    const used = this.used[column] ?? 0;
    target.set((this.last[column] ?? NONE).subarray(0, used), at);
    return at + used;
  }

  /** Fills in the numbers of a column: as many as there are rows. */
  read(column: number, into: Float64Array): void {
    if (this.isZero(column)) {
      into.fill(0);
      return;
    }
    const length = this.byteLength(column);
    if (scratch.length < length) scratch = new Uint8Array(length);
    this.writeTo(column, scratch, 0);
    readDifferences(scratch, 0, into);
  }

  snapshot(): NumberColumnsSnapshot {
    const { count, before, last } = this;
    const columns = last.map((_, column) => {
      const bytes = new Uint8Array(this.byteLength(column));
      this.writeTo(column, bytes, 0);
      return bytes;
    });
    return { count, before, columns };
  }

  static restored({ count, before, columns }: NumberColumnsSnapshot): NumberColumns {
    const restored = new NumberColumns(columns.length);
    restored.count = count;
    restored.before.set(before);
    for (const [column, bytes] of columns.entries()) {
      if (bytes.length === 0) continue;
      restored.last[column] = bytes;
      restored.used[column] = bytes.length;
    }
    return restored;
  }
}
