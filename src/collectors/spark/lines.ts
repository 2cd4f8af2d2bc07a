const NEWLINE = 10;

/** Called with the buffer, the range `[start, end)` of one line and its number; the buffer is only good during the call. */
export type LineHandler = (buffer: Buffer, start: number, end: number, lineNumber: number) => void;

/** Cuts chunks of bytes into lines without copying those that lie within one chunk; empty lines are only counted. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet; the same memory for all such lines. */
  private carry: Buffer = Buffer.allocUnsafeSlow(1 << 16);
  private carried = 0;

  /** `lines`: how many came before. */
  constructor(
    private readonly onLine: LineHandler,
    public lines: number,
  ) {}

  private keep(chunk: Buffer, start: number, end: number): void {
    const length = this.carried + end - start;
    if (length > this.carry.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.carry.length * 2));
      this.carry.copy(larger, 0, 0, this.carried);
      this.carry = larger;
    }
    chunk.copy(this.carry, this.carried, start, end);
    this.carried = length;
  }

  push(chunk: Buffer): void {
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    if (end >= 0 && this.carried > 0) {
      this.keep(chunk, 0, end);
      this.onLine(this.carry, 0, this.carried, ++this.lines);
      this.carried = 0;
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    while (end >= 0) {
      this.lines++;
      if (end > start) this.onLine(chunk, start, end, this.lines);
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    if (start < chunk.length) this.keep(chunk, start, chunk.length);
  }

  /** What came after the last line's end; empty if nothing did. */
  takeRest(): Buffer {
    const rest = this.carry.subarray(0, this.carried);
    this.carried = 0;
    return rest;
  }
}
