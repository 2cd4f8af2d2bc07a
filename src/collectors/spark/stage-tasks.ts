import {
  fitsUint32,
  type MetricColumn,
  type Quantiles,
  type StageTasks,
  TASK_COLUMNS,
  TASK_METRICS,
  TASK_SUCCEEDED,
  type TaskColumn,
  type TaskMetric,
} from '../../model/spark.js';
import { valuesAtRanks } from './select.js';
import { FIRST_METRIC, PLACE, type TaskRecord } from './task-record.js';

const LEAST_CAPACITY = 16;
/** What a stage says of its size is believed up to here; beyond, columns grow as tasks come. */
const MOST_PREALLOCATED = 1 << 20;

function grown<T extends Int32Array | MetricColumn | Uint8Array>(column: ArrayLike<number>, into: T): T {
  into.set(column);
  return into;
}

function columnLike(column: MetricColumn, capacity: number): MetricColumn {
  return column instanceof Uint32Array ? new Uint32Array(capacity) : new Float64Array(capacity);
}

function holds(column: MetricColumn, value: number): boolean {
  return column instanceof Float64Array || fitsUint32(value);
}

/** Rank of a quantile among n sorted values, as Spark's own REST API takes it (AppStatusStore.taskSummary). */
export function rankOf(quantile: number, count: number): number {
  return Math.min(Math.floor(quantile * count), count - 1);
}

const QUANTILES = [0, 0.25, 0.5, 0.75, 0.95, 1];

function quantilesOf(values: Float64Array): Quantiles {
  const ranks = QUANTILES.map((quantile) => rankOf(quantile, values.length));
  const [min = 0, p25 = 0, median = 0, p75 = 0, p95 = 0, max = 0] = valuesAtRanks(values, ranks);
  return { min, p25, median, p75, p95, max };
}

const ALL_ZERO: Quantiles = { min: 0, p25: 0, median: 0, p75: 0, p95: 0, max: 0 };

function byMetric<T>(make: (metric: TaskMetric, place: number) => T): Record<TaskMetric, T> {
  const made: Partial<Record<TaskMetric, T>> = {};
  for (const [place, metric] of TASK_METRICS.entries()) made[metric] = make(metric, place);
  return made as Record<TaskMetric, T>;
}

/** What of `TaskColumns` must be kept to go on with them later. */
export interface TaskColumnsSnapshot {
  index: Int32Array;
  attempt: Int32Array;
  executor: Int32Array;
  launchMs: Float64Array;
  finishMs: Float64Array;
  outcome: Uint8Array;
  speculative: Uint8Array;
  /** Undefined: all zero. */
  metrics: (MetricColumn | undefined)[];
  totals: Float64Array;
  executorIds: string[];
}

/** The tasks of one stage attempt as they come in: a column for each metric that is ever above zero. */
export class TaskColumns {
  private capacity: number;
  private count = 0;
  private index: Int32Array;
  private attempt: Int32Array;
  private executor: Int32Array;
  private launchMs: Float64Array;
  private finishMs: Float64Array;
  private outcome: Uint8Array;
  private speculative: Uint8Array;
  private readonly metrics: (MetricColumn | undefined)[] = TASK_METRICS.map(() => undefined);
  private readonly totals = new Float64Array(TASK_METRICS.length);
  private readonly executorIds: string[] = [];
  private readonly executorPlaces = new Map<string, number>();
  private succeeded = 0;

  constructor(expected: number) {
    const capacity = Math.min(Math.max(expected, LEAST_CAPACITY), MOST_PREALLOCATED);
    this.capacity = capacity;
    this.index = new Int32Array(capacity);
    this.attempt = new Int32Array(capacity);
    this.executor = new Int32Array(capacity);
    this.launchMs = new Float64Array(capacity);
    this.finishMs = new Float64Array(capacity);
    this.outcome = new Uint8Array(capacity);
    this.speculative = new Uint8Array(capacity);
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    this.index = grown(this.index, new Int32Array(capacity));
    this.attempt = grown(this.attempt, new Int32Array(capacity));
    this.executor = grown(this.executor, new Int32Array(capacity));
    this.launchMs = grown(this.launchMs, new Float64Array(capacity));
    this.finishMs = grown(this.finishMs, new Float64Array(capacity));
    this.outcome = grown(this.outcome, new Uint8Array(capacity));
    this.speculative = grown(this.speculative, new Uint8Array(capacity));
    for (const [place, column] of this.metrics.entries())
      if (column) this.metrics[place] = grown(column, columnLike(column, capacity));
    this.capacity = capacity;
  }

  snapshot(): TaskColumnsSnapshot {
    const { count } = this;
    return {
      index: this.index.subarray(0, count),
      attempt: this.attempt.subarray(0, count),
      executor: this.executor.subarray(0, count),
      launchMs: this.launchMs.subarray(0, count),
      finishMs: this.finishMs.subarray(0, count),
      outcome: this.outcome.subarray(0, count),
      speculative: this.speculative.subarray(0, count),
      metrics: this.metrics.map((column) => column?.subarray(0, count)),
      totals: this.totals,
      executorIds: this.executorIds,
    };
  }

  static restored(from: TaskColumnsSnapshot): TaskColumns {
    const count = from.index.length;
    const columns = new TaskColumns(count);
    columns.count = count;
    columns.index.set(from.index);
    columns.attempt.set(from.attempt);
    columns.executor.set(from.executor);
    columns.launchMs.set(from.launchMs);
    columns.finishMs.set(from.finishMs);
    columns.outcome.set(from.outcome);
    columns.speculative.set(from.speculative);
    columns.totals.set(from.totals);
    for (const [place, column] of from.metrics.entries())
      if (column) columns.metrics[place] = grown(column, columnLike(column, columns.capacity));
    for (const id of from.executorIds) columns.placeOf(id);
    columns.succeeded = from.outcome.filter((outcome) => outcome === TASK_SUCCEEDED).length;
    return columns;
  }

  private placeOf(executorId: string): number {
    let place = this.executorPlaces.get(executorId);
    if (place === undefined) {
      place = this.executorIds.push(executorId) - 1;
      this.executorPlaces.set(executorId, place);
    }
    return place;
  }

  add(record: TaskRecord): void {
    if (this.count === this.capacity) this.grow();
    const row = this.count++;
    const { values } = record;
    this.index[row] = values[PLACE.index] ?? 0;
    this.attempt[row] = values[PLACE.attempt] ?? 0;
    this.executor[row] = this.placeOf(record.executorId);
    this.launchMs[row] = values[PLACE.launchMs] ?? 0;
    this.finishMs[row] = values[PLACE.finishMs] ?? 0;
    this.outcome[row] = record.outcome;
    this.speculative[row] = record.speculative ? 1 : 0;
    if (record.outcome === TASK_SUCCEEDED) this.succeeded++;
    const { metrics, totals } = this;
    for (let place = 0; place < totals.length; place++) {
      const value = values[FIRST_METRIC + place] ?? 0;
      if (value === 0) continue;
      let column = metrics[place];
      if (!column || !holds(column, value)) {
        const wider = fitsUint32(value) ? new Uint32Array(this.capacity) : new Float64Array(this.capacity);
        column = column ? grown(column, wider) : wider;
        metrics[place] = column;
      }
      column[row] = value;
      totals[place] = (totals[place] ?? 0) + value;
    }
  }

  sums(): Record<TaskMetric, number> {
    return byMetric((_, place) => this.totals[place] ?? 0);
  }

  /** Over tasks that succeeded; null if none did. */
  quantiles(): Record<TaskMetric, Quantiles> | null {
    if (this.succeeded === 0) return null;
    const values = new Float64Array(this.succeeded);
    return byMetric((_, place) => {
      const column = this.metrics[place];
      if (!column) return { ...ALL_ZERO };
      let at = 0;
      for (let row = 0; row < this.count; row++)
        if (this.outcome[row] === TASK_SUCCEEDED) values[at++] = column[row] ?? 0;
      return quantilesOf(values);
    });
  }

  /** Earliest launch; null if no task has ended. */
  firstLaunchMs(): number | null {
    let first = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.count; row++) first = Math.min(first, this.launchMs[row] ?? first);
    return this.count === 0 ? null : first;
  }

  /** Partitions with at least one task that succeeded. */
  completedPartitions(): number {
    const partitions = new Set<number>();
    for (let row = 0; row < this.count; row++)
      if (this.outcome[row] === TASK_SUCCEEDED) partitions.add(this.index[row] ?? 0);
    return partitions.size;
  }

  rows(): StageTasks {
    const { count } = this;
    const columns: Partial<Record<TaskColumn, MetricColumn>> = {};
    const zeros = new Uint32Array(count);
    for (const name of TASK_COLUMNS)
      columns[name] = this.metrics[TASK_METRICS.indexOf(name)]?.subarray(0, count) ?? zeros;
    return {
      count,
      executorIds: this.executorIds,
      index: this.index.subarray(0, count),
      attempt: this.attempt.subarray(0, count),
      executor: this.executor.subarray(0, count),
      launchMs: this.launchMs.subarray(0, count),
      finishMs: this.finishMs.subarray(0, count),
      outcome: this.outcome.subarray(0, count),
      speculative: this.speculative.subarray(0, count),
      metrics: columns as Record<TaskColumn, MetricColumn>,
    };
  }
}
