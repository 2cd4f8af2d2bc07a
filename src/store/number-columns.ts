/** The largest number that is kept, of either sign: a difference of two, doubled, is exact. */
const MOST = 2 ** 51;

const FIRST_BYTES = 32;
const MOST_BYTES = 4096;
/** Of a difference between two numbers up to MOST. */
const VARINT_BYTES = 8;

/** Bytes of a column up to `used`. */
interface Piece {
  bytes: Uint8Array;
  used: number;
}

/** What of the columns must be kept to go on with them later. */
export interface NumberColumnsSnapshot {
  count: number;
  before: Float64Array;
  columns: Uint8Array[];
}

/** What a zigzag-coded number stands for: 0, 1, 2, 3, … are 0, -1, 1, -2, … */
export function signed(zigzag: number): number {
  return zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
}

/**
 * Rows of whole numbers in a few bytes each: every column is kept as zigzag varints of the difference to the number
 * before, and nothing of one that is zero so far. It grows without being copied, and leaves no garbage.
 */
export class NumberColumns {
  count = 0;
  private readonly before: Float64Array;
  /** The last one of a column has room; a column of zeros has none. */
  private readonly pieces: Piece[][];

  constructor(columns: number) {
    this.before = new Float64Array(columns);
    this.pieces = Array.from({ length: columns }, () => []);
  }

  /** Numbers beyond 2^51, of which no column knows a sensible one, become it. */
  push(row: Float64Array): void {
    const { before, pieces } = this;
    for (let column = 0; column < before.length; column++) {
      const value = Math.max(-MOST, Math.min(MOST, row[column] ?? 0));
      const own = pieces[column] ?? [];
      const last = own.length === 0 ? undefined : own[own.length - 1];
      if (value === 0 && !last) continue;
      const piece = last && last.used + VARINT_BYTES <= last.bytes.length ? last : this.next(own, last);
      const difference = value - (before[column] ?? 0);
      before[column] = value;
      let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
      const { bytes } = piece;
      let { used } = piece;
      while (rest >= 128) {
        bytes[used++] = (rest % 128) + 128;
        rest = Math.floor(rest / 128);
      }
      bytes[used++] = rest;
      piece.used = used;
    }
    this.count++;
  }

  /** The zeros before a column's first number take a byte each from then on. */
  private next(own: Piece[], last: Piece | undefined): Piece {
    const used = last ? 0 : this.count;
    const length = last ? Math.min(last.bytes.length * 2, MOST_BYTES) : used + VARINT_BYTES;
    const piece = { bytes: new Uint8Array(Math.max(FIRST_BYTES, length)), used };
    own.push(piece);
    return piece;
  }

  isZero(column: number): boolean {
    return this.pieces[column]?.length === 0;
  }

  /** Length of what `writeTo` writes: 0 of a column of zeros. */
  byteLength(column: number): number {
    return (this.pieces[column] ?? []).reduce((sum, { used }) => sum + used, 0);
  }

  /** Writes a column's varints; gives where they end. */
  writeTo(column: number, target: Uint8Array, from: number): number {
    let at = from;
    for (const { bytes, used } of this.pieces[column] ?? []) {
      target.set(bytes.subarray(0, used), at);
      at += used;
    }
    return at;
  }

  /** Fills in the numbers of a column. */
  read(column: number, into: Float64Array): void {
    if (this.isZero(column)) into.fill(0, 0, this.count);
    let row = 0;
    let value = 0;
    for (const { bytes, used } of this.pieces[column] ?? [])
      for (let at = 0; at < used; ) {
        let byte = bytes[at++] ?? 0;
        let zigzag = 0;
        let scale = 1;
        for (; byte >= 128; scale *= 128, byte = bytes[at++] ?? 0) zigzag += (byte - 128) * scale;
        value += signed(zigzag + byte * scale);
        into[row++] = value;
      }
  }

  snapshot(): NumberColumnsSnapshot {
    const { count, before, pieces } = this;
    const columns = pieces.map((_, column) => {
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
    for (const [column, bytes] of columns.entries())
      if (bytes.length > 0) restored.pieces[column]?.push({ bytes, used: bytes.length });
    return restored;
  }
}
