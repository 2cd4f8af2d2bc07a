import { type Quantiles, type SparkStage, TASK_METRICS, TASK_SUCCEEDED, type TaskMetric } from '../../model/spark.js';
import { NumberColumns, type NumberColumnsSnapshot } from '../../store/number-columns.js';
import { type PackedTasks, packTasks } from '../../store/task-columns.js';
import { valuesAtRanks } from './select.js';
import { PLACE, ROW_FIELDS, type TaskRecord } from './task-record.js';

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

function placeOf(name: (typeof ROW_FIELDS)[number]): number {
  return ROW_FIELDS.indexOf(name);
}

const INDEX = placeOf('index');
const LAUNCH_MS = placeOf('launchMs');
const OUTCOME = placeOf('outcome');

function byMetric<T>(make: (metric: TaskMetric) => T): Record<TaskMetric, T> {
  const made: Partial<Record<TaskMetric, T>> = {};
  for (const metric of TASK_METRICS) made[metric] = make(metric);
  return made as Record<TaskMetric, T>;
}

/** Moves the values of tasks that succeeded to the front, and gives those. */
function ofSuccesses(values: Float64Array, successes: Uint8Array | undefined): Float64Array {
  if (!successes) return values;
  let succeeded = 0;
  for (let task = 0; task < values.length; task++) if (successes[task] === 1) values[succeeded++] = values[task] ?? 0;
  return values.subarray(0, succeeded);
}

interface MetricFacts {
  sum: number;
  quantiles: Quantiles;
}

/** Room for the numbers of one column, used for each in turn. */
let scratch = new Float64Array(1024);

/** What rows say of the tasks of a stage attempt. */
export type TaskFacts = Pick<SparkStage, 'firstTaskMs' | 'completedPartitions' | 'sums' | 'quantiles'> & {
  tasks: PackedTasks;
};

/** What of `TaskColumns` must be kept to go on with them later. */
export interface TaskColumnsSnapshot {
  columns: NumberColumnsSnapshot;
  executorIds: string[];
}

/** The tasks of one stage attempt as they come in: some thirty bytes each, as they are held until the log's end. */
export class TaskColumns {
  private columns = new NumberColumns(ROW_FIELDS.length);
  private readonly executorPlaces = new Map<string, number>();

  get count(): number {
    return this.columns.count;
  }

  snapshot(): TaskColumnsSnapshot {
    return { columns: this.columns.snapshot(), executorIds: [...this.executorPlaces.keys()] };
  }

  static restored({ columns, executorIds }: TaskColumnsSnapshot): TaskColumns {
    const restored = new TaskColumns();
    restored.columns = NumberColumns.restored(columns);
    for (const id of executorIds) restored.executorPlace(id);
    return restored;
  }

  private executorPlace(id: string): number {
    let place = this.executorPlaces.get(id);
    if (place === undefined) {
      place = this.executorPlaces.size;
      this.executorPlaces.set(id, place);
    }
    return place;
  }

  add({ values, row, executorId, outcome, speculative }: TaskRecord): void {
    values[PLACE.executor] = this.executorPlace(executorId);
    values[PLACE.outcome] = outcome;
    values[PLACE.speculative] = speculative ? 1 : 0;
    this.columns.push(row);
  }

  /** The numbers of a column, good until the next call. */
  private read(place: number): Float64Array {
    const { columns } = this;
    if (scratch.length < columns.count) scratch = new Float64Array(columns.count);
    const values = scratch.subarray(0, columns.count);
    columns.read(place, values);
    return values;
  }

  /** 1 for each task that succeeded; undefined if all did. */
  private successes(): Uint8Array | undefined {
    if (this.columns.isZero(OUTCOME) && TASK_SUCCEEDED === 0) return undefined;
    return Uint8Array.from(this.read(OUTCOME), (outcome) => Number(outcome === TASK_SUCCEEDED));
  }

  completedPartitions(successes = this.successes()): number {
    const indexes = ofSuccesses(this.read(INDEX), successes).sort();
    let count = 0;
    for (let i = 0; i < indexes.length; i++) if (i === 0 || indexes[i] !== indexes[i - 1]) count++;
    return count;
  }

  private firstLaunchMs(): number | null {
    let first = Number.POSITIVE_INFINITY;
    const launches = this.read(LAUNCH_MS);
    for (let task = 0; task < launches.length; task++) first = Math.min(first, launches[task] ?? first);
    return launches.length === 0 ? null : first;
  }

  /** Sums are of all tasks, quantiles of those that succeeded. */
  private metric(place: number, successes: Uint8Array | undefined): MetricFacts {
    if (this.columns.isZero(place)) return { sum: 0, quantiles: { ...ALL_ZERO } };
    const values = this.read(place);
    let sum = 0;
    for (let task = 0; task < values.length; task++) sum += values[task] ?? 0;
    return { sum, quantiles: quantilesOf(ofSuccesses(values, successes)) };
  }

  facts(): TaskFacts {
    const successes = this.successes();
    const completedPartitions = this.completedPartitions(successes);
    const facts = byMetric((metric) => this.metric(placeOf(metric), successes));
    return {
      firstTaskMs: this.firstLaunchMs(),
      completedPartitions,
      sums: byMetric((metric) => facts[metric].sum),
      quantiles: completedPartitions === 0 ? null : byMetric((metric) => facts[metric].quantiles),
      tasks: packTasks([...this.executorPlaces.keys()], this.columns),
    };
  }
}
