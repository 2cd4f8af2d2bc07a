import { fitsUint32, type MetricColumn, type StageTasks, TASK_COLUMNS, type TaskColumn } from '../model/spark.js';
import { NumberColumns, readDifferences, VARINT_BYTES, writeVarint } from './number-columns.js';

/**
 * Tasks of a stage in a few bytes each. Layout: format version, then varints: count, executor ids (number, then length
 * and UTF-8 of each), then every column in a fixed order, led by 0 (all zero: nothing follows) or 1 (zigzag varints of
 * the difference to the value before). All values are whole numbers.
 */
const VERSION = 1;

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
    if (this.varint() !== 0) this.at = readDifferences(this.bytes, this.at, into);
    return into;
  }
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(VARINT_BYTES);
  return bytes.subarray(0, writeVarint(value, bytes, 0));
}

function headOf(count: number, executorIds: readonly string[]): Buffer {
  const ids = executorIds.map((id) => Buffer.from(id));
  return Buffer.concat([...[VERSION, count, ids.length].map(varint), ...ids.flatMap((id) => [varint(id.length), id])]);
}

/** What is known of each task beside its metrics, in the order in which it is kept. */
const INFO_COLUMNS = ['index', 'attempt', 'executor', 'launchMs', 'finishMs', 'outcome', 'speculative'] as const;

/** The columns of a stage's tasks in the order in which they are kept. */
export const PACKED_COLUMNS = [...INFO_COLUMNS, ...TASK_COLUMNS] as const;

/** Tasks from the first of `columns`, in the order of PACKED_COLUMNS; in memory of their own, which can move to another thread. */
export function packTasks(executorIds: readonly string[], columns: NumberColumns): PackedTasks {
  const head = headOf(columns.count, executorIds);
  const length = PACKED_COLUMNS.reduce((sum, _, place) => sum + 1 + columns.byteLength(place), head.length);
  const packed = new Uint8Array(length);
  packed.set(head);
  let at = head.length;
  for (const place of PACKED_COLUMNS.keys()) {
    packed[at++] = columns.isZero(place) ? 0 : 1;
    at = columns.writeTo(place, packed, at);
  }
  return new PackedTasks(packed);
}

/** What the store keeps of a stage's tasks. */
export function encodeTasks(tasks: StageTasks): Uint8Array {
  if (tasks instanceof PackedTasks) return tasks.packed;
  const given = [...INFO_COLUMNS.map((name) => tasks[name]), ...TASK_COLUMNS.map((name) => tasks.metrics[name])];
  const columns = new NumberColumns(given.length);
  const row = new Float64Array(given.length);
  for (let task = 0; task < tasks.count; task++) {
    for (const [place, column] of given.entries()) row[place] = column[task] ?? 0;
    columns.push(row);
  }
  return packTasks(tasks.executorIds, columns).packed;
}

/** As the reader of event logs keeps them: whole numbers below 2^32 in half of the memory. */
function narrowed(column: Float64Array): MetricColumn {
  return column.every(fitsUint32) ? Uint32Array.from(column) : column;
}

/** Reads up to the number of tasks. @throws RangeError if the bytes are none of `encodeTasks`. */
function countOf(reader: Reader): number {
  const version = reader.varint();
  if (version !== VERSION) throw new RangeError(`task columns of version ${version}, expected ${VERSION}`);
  return reader.varint();
}

function decodeTasks(bytes: Uint8Array): StageTasks {
  const reader = new Reader(bytes);
  const count = countOf(reader);
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

/**
 * Tasks as `encodeTasks` gives them, read when somebody asks for one of their columns: a stage whose tasks are only
 * stored, or counted, takes a fifth of the memory.
 */
export class PackedTasks implements StageTasks {
  readonly packed: Uint8Array;
  readonly count: number;
  #tasks: StageTasks | undefined;

  /** @throws RangeError if the bytes are none of `encodeTasks`; if they are cut, at the first look at a column. */
  constructor(bytes: Uint8Array) {
    // SQLite gives a Buffer, which would not be equal to the same bytes.
    this.packed = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.count = countOf(new Reader(bytes));
  }

  private get tasks(): StageTasks {
    this.#tasks ??= decodeTasks(this.packed);
    return this.#tasks;
  }

  get index(): Int32Array {
    return this.tasks.index;
  }

  get attempt(): Int32Array {
    return this.tasks.attempt;
  }

  get executor(): Int32Array {
    return this.tasks.executor;
  }

  get executorIds(): string[] {
    return this.tasks.executorIds;
  }

  get launchMs(): Float64Array {
    return this.tasks.launchMs;
  }

  get finishMs(): Float64Array {
    return this.tasks.finishMs;
  }

  get outcome(): Uint8Array {
    return this.tasks.outcome;
  }

  get speculative(): Uint8Array {
    return this.tasks.speculative;
  }

  get metrics(): Record<TaskColumn, MetricColumn> {
    return this.tasks.metrics;
  }
}
