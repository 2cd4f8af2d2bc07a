import { fitsUint32, type MetricColumn, type StageTasks, TASK_COLUMNS, type TaskColumn } from '../model/spark.js';

/**
 * Tasks of a stage in a few bytes each. Layout: format version, then varints: count, executor ids (number, then length
 * and UTF-8 of each), then every column in a fixed order, led by 0 (all zero: nothing follows) or 1 (zigzag varints of
 * the difference to the value before). All values are whole numbers.
 */
const VERSION = 1;

class Writer {
  private bytes = Buffer.allocUnsafe(4096);
  private length = 0;

  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  text(value: string): void {
    const encoded = Buffer.from(value);
    this.varint(encoded.length);
    this.room(encoded.length);
    this.length += encoded.copy(this.bytes, this.length);
  }

  column(values: ArrayLike<number>, count: number): void {
    let zero = true;
    for (let i = 0; zero && i < count; i++) zero = values[i] === 0;
    this.varint(zero ? 0 : 1);
    if (zero) return;
    let before = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i] ?? 0;
      const difference = value - before;
      this.varint(difference < 0 ? -2 * difference - 1 : 2 * difference);
      before = value;
    }
  }

  done(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }
}

class Reader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError('task columns end too early');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const length = this.varint();
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }

  column<T extends Int32Array | Float64Array | Uint8Array>(into: T): T {
    if (this.varint() === 0) return into;
    let value = 0;
    for (let i = 0; i < into.length; i++) {
      const zigzag = this.varint();
      value += zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
      into[i] = value;
    }
    return into;
  }
}

export function encodeTasks(tasks: StageTasks): Buffer {
  const writer = new Writer();
  writer.varint(VERSION);
  writer.varint(tasks.count);
  writer.varint(tasks.executorIds.length);
  for (const id of tasks.executorIds) writer.text(id);
  const { index, attempt, executor, launchMs, finishMs, outcome, speculative } = tasks;
  for (const column of [index, attempt, executor, launchMs, finishMs, outcome, speculative])
    writer.column(column, tasks.count);
  for (const name of TASK_COLUMNS) writer.column(tasks.metrics[name], tasks.count);
  return writer.done();
}

/** As the reader of event logs keeps them: whole numbers below 2^32 in half of the memory. */
function narrowed(column: Float64Array): MetricColumn {
  return column.every(fitsUint32) ? Uint32Array.from(column) : column;
}

/** @throws RangeError if the bytes are none of `encodeTasks`. */
export function decodeTasks(bytes: Uint8Array): StageTasks {
  const reader = new Reader(bytes);
  const version = reader.varint();
  if (version !== VERSION) throw new RangeError(`task columns of version ${version}, expected ${VERSION}`);
  const count = reader.varint();
  const executorIds = Array.from({ length: reader.varint() }, () => reader.text());
  return {
    count,
    executorIds,
    index: reader.column(new Int32Array(count)),
    attempt: reader.column(new Int32Array(count)),
    executor: reader.column(new Int32Array(count)),
    launchMs: reader.column(new Float64Array(count)),
    finishMs: reader.column(new Float64Array(count)),
    outcome: reader.column(new Uint8Array(count)),
    speculative: reader.column(new Uint8Array(count)),
    metrics: taskColumns(() => narrowed(reader.column(new Float64Array(count)))),
  };
}

/** One value per task metric that is kept for each task, made in the fixed order. */
export function taskColumns<T>(make: (name: TaskColumn) => T): Record<TaskColumn, T> {
  const columns: Partial<Record<TaskColumn, T>> = {};
  for (const name of TASK_COLUMNS) columns[name] = make(name);
  return columns as Record<TaskColumn, T>;
}
