import { TASK_FAILED, TASK_KILLED, TASK_METRICS, TASK_SUCCEEDED, type TaskMetric } from '../../model/spark.js';
import { PACKED_COLUMNS } from '../../store/task-columns.js';
import { countOf, isObject, isTime, type JsonObject, numberOf, objectOf, shorten, textOf } from './json.js';

/** What is read of a task and not kept for each: its stage, and parts of metrics. */
const OTHER_FIELDS = ['stageId', 'stageAttempt', 'gettingResultAtMs', 'localReadBytes'] as const;

type Column = (typeof PACKED_COLUMNS)[number] | TaskMetric;

/** What is kept of each task: first what is stored, then the metrics of which only sums and quantiles are rows. */
export const ROW_FIELDS: readonly Column[] = [...new Set<Column>([...PACKED_COLUMNS, ...TASK_METRICS])];

export type TaskField = (typeof OTHER_FIELDS)[number] | Column;

const FIELDS: readonly TaskField[] = [...OTHER_FIELDS, ...ROW_FIELDS];

function placesOfFields(): Record<TaskField, number> {
  const places: Partial<Record<TaskField, number>> = {};
  for (const [place, field] of FIELDS.entries()) places[field] = place;
  return places as Record<TaskField, number>;
}

/** Where each field lies in `TaskRecord.values`. */
export const PLACE: Readonly<Record<TaskField, number>> = placesOfFields();
export const FIRST_METRIC = FIELDS.length - TASK_METRICS.length;

/** Where Spark's JSON (JsonProtocol.taskEndToJson) has each number. */
export const NUMBER_PATHS: ReadonlyMap<string, TaskField> = new Map<string, TaskField>([
  ['Stage ID', 'stageId'],
  ['Stage Attempt ID', 'stageAttempt'],
  ['Task Info/Index', 'index'],
  ['Task Info/Attempt', 'attempt'],
  ['Task Info/Launch Time', 'launchMs'],
  ['Task Info/Finish Time', 'finishMs'],
  ['Task Info/Getting Result Time', 'gettingResultAtMs'],
  ['Task Metrics/Executor Deserialize Time', 'deserializeMs'],
  ['Task Metrics/Executor Deserialize CPU Time', 'deserializeCpuNs'],
  ['Task Metrics/Executor Run Time', 'runMs'],
  ['Task Metrics/Executor CPU Time', 'cpuNs'],
  ['Task Metrics/Peak Execution Memory', 'peakExecutionMemoryBytes'],
  ['Task Metrics/Result Size', 'resultBytes'],
  ['Task Metrics/JVM GC Time', 'gcMs'],
  ['Task Metrics/Result Serialization Time', 'resultSerializationMs'],
  ['Task Metrics/Memory Bytes Spilled', 'memorySpilledBytes'],
  ['Task Metrics/Disk Bytes Spilled', 'diskSpilledBytes'],
  ['Task Metrics/Shuffle Read Metrics/Remote Blocks Fetched', 'shuffleRemoteBlocks'],
  ['Task Metrics/Shuffle Read Metrics/Local Blocks Fetched', 'shuffleLocalBlocks'],
  ['Task Metrics/Shuffle Read Metrics/Fetch Wait Time', 'shuffleFetchWaitMs'],
  ['Task Metrics/Shuffle Read Metrics/Remote Bytes Read', 'shuffleRemoteReadBytes'],
  ['Task Metrics/Shuffle Read Metrics/Local Bytes Read', 'localReadBytes'],
  ['Task Metrics/Shuffle Read Metrics/Total Records Read', 'shuffleReadRecords'],
  ['Task Metrics/Shuffle Write Metrics/Shuffle Bytes Written', 'shuffleWriteBytes'],
  ['Task Metrics/Shuffle Write Metrics/Shuffle Write Time', 'shuffleWriteNs'],
  ['Task Metrics/Shuffle Write Metrics/Shuffle Records Written', 'shuffleWriteRecords'],
  ['Task Metrics/Input Metrics/Bytes Read', 'inputBytes'],
  ['Task Metrics/Input Metrics/Records Read', 'inputRecords'],
  ['Task Metrics/Output Metrics/Bytes Written', 'outputBytes'],
  ['Task Metrics/Output Metrics/Records Written', 'outputRecords'],
]);

export const EXECUTOR_ID_PATH = 'Task Info/Executor ID';
export const SPECULATIVE_PATH = 'Task Info/Speculative';
export const EXECUTOR_METRICS_KEY = 'Task Executor Metrics';

/** One end of a task; filled again for each, so copy what you keep. */
export interface TaskRecord {
  /** At the places of PLACE. */
  readonly values: Float64Array;
  /** Of `values` what is kept, in the order of ROW_FIELDS. */
  readonly row: Float64Array;
  executorId: string;
  speculative: boolean;
  outcome: number;
  reason: string;
  /** The reason's text, of tasks that did not succeed. */
  error: string | null;
  /** Whether the event brought metrics: those of failed tasks are summed, but some have none. */
  hasMetrics: boolean;
  /** Peaks of the executor's memory during the task, by name. The list of names is the same object as long as it does not change. */
  peakNames: readonly string[];
  peakValues: Float64Array;
}

export function newTaskRecord(): TaskRecord {
  const values = new Float64Array(FIELDS.length);
  return {
    values,
    row: values.subarray(OTHER_FIELDS.length),
    executorId: '',
    speculative: false,
    outcome: TASK_SUCCEEDED,
    reason: 'Success',
    error: null,
    hasMetrics: false,
    peakNames: [],
    peakValues: new Float64Array(0),
  };
}

/** Ids and indexes are Java's ints. */
const MAX_INT = 2 ** 31 - 1;

/** Whether what makes it a task is there: stage, index, times. */
export function isTask({ values }: TaskRecord): boolean {
  const stageId = values[PLACE.stageId] ?? -1;
  const index = values[PLACE.index] ?? -1;
  const ids = stageId >= 0 && stageId <= MAX_INT && index >= 0 && index <= MAX_INT;
  return ids && isTime(values[PLACE.launchMs] ?? 0) && isTime(values[PLACE.finishMs] ?? 0);
}

/** Fills in what Spark derives from the other values. Formulas: AppStatusUtils.schedulerDelay, gettingResultTime. */
export function deriveMetrics({ values, hasMetrics }: TaskRecord): void {
  const finishMs = values[PLACE.finishMs] ?? 0;
  // A clock that is set back must not make a time negative.
  const durationMs = Math.max(0, finishMs - (values[PLACE.launchMs] ?? 0));
  const resultAtMs = values[PLACE.gettingResultAtMs] ?? 0;
  const gettingResultMs = resultAtMs > 0 ? Math.max(0, finishMs - resultAtMs) : 0;
  const onExecutorMs =
    (values[PLACE.runMs] ?? 0) + (values[PLACE.deserializeMs] ?? 0) + (values[PLACE.resultSerializationMs] ?? 0);
  values[PLACE.durationMs] = durationMs;
  values[PLACE.gettingResultMs] = gettingResultMs;
  values[PLACE.schedulerDelayMs] = hasMetrics ? Math.max(0, durationMs - onExecutorMs - gettingResultMs) : 0;
  values[PLACE.shuffleReadBytes] = (values[PLACE.shuffleRemoteReadBytes] ?? 0) + (values[PLACE.localReadBytes] ?? 0);
}

/** Spark counts tasks that were denied to commit as killed (AppStatusListener.onTaskEnd). */
function outcomeOf(reason: string): number {
  if (reason === 'Success') return TASK_SUCCEEDED;
  return reason === 'TaskKilled' || reason === 'TaskCommitDenied' ? TASK_KILLED : TASK_FAILED;
}

const ERROR_LENGTH = 2000;

/** What Spark's end reasons say, each in its own fields (JsonProtocol.taskEndReasonToJson). */
function errorOf(reason: JsonObject): string | null {
  const text =
    textOf(reason.Description) ??
    textOf(reason.Message) ??
    textOf(reason['Kill Reason']) ??
    textOf(reason['Loss Reason']) ??
    textOf(reason['Full Stack Trace']);
  const name = textOf(reason['Class Name']);
  if (text === null) return name;
  return shorten(name ? `${name}: ${text}` : text, ERROR_LENGTH);
}

function valueAt(event: JsonObject, path: string): unknown {
  let value: unknown = event;
  for (const key of path.split('/')) value = objectOf(value)[key];
  return value;
}

/** Zero would be a value of theirs. */
const REQUIRED = new Set([PLACE.stageId, PLACE.index]);
const SPLIT_PATHS = [...NUMBER_PATHS].map(([path, field]) => ({ keys: path.split('/'), place: PLACE[field] }));

/**
 * Reads a SparkListenerTaskEnd event whatever the order of its fields; what is missing is 0 (metrics that Spark of
 * that version did not have). False if it lacks what makes it a task: stage, index, times, executor.
 */
export function readTaskEvent(event: JsonObject, record: TaskRecord): boolean {
  const executorId = textOf(valueAt(event, EXECUTOR_ID_PATH));
  if (executorId === null) return false;
  for (const { keys, place } of SPLIT_PATHS) {
    let value: unknown = event;
    for (const key of keys) value = isObject(value) ? value[key] : undefined;
    record.values[place] = countOf(value) ?? (REQUIRED.has(place) ? -1 : 0);
  }
  if (!isTask(record)) return false;
  const reason = objectOf(event['Task End Reason']);
  record.reason = textOf(reason.Reason) ?? 'Unknown';
  record.outcome = outcomeOf(record.reason);
  record.error = record.outcome === TASK_SUCCEEDED ? null : errorOf(reason);
  record.executorId = executorId;
  record.speculative = valueAt(event, SPECULATIVE_PATH) === true;
  record.hasMetrics = isObject(event['Task Metrics']);
  const peaks = Object.entries(objectOf(event[EXECUTOR_METRICS_KEY])).filter(([, value]) => numberOf(value) !== null);
  record.peakNames = peaks.map(([name]) => name);
  record.peakValues = Float64Array.from(peaks, ([, value]) => numberOf(value) ?? 0);
  deriveMetrics(record);
  return true;
}
