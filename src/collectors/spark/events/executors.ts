import { type SparkExecutor, TASK_FAILED, TASK_KILLED, TASK_SUCCEEDED } from '../../../model/spark.js';
import { countOf, listOf, numbersByName, objectOf, textOf, timeOf } from '../json.js';
import { redactText } from '../redact.js';
import { PLACE, type TaskRecord } from '../task-record.js';
import type { EventHandlers } from './handlers.js';

function isDriver(id: string): boolean {
  // Spark 1.x and early 2.x wrote <driver>.
  return id === 'driver' || id === '<driver>';
}

function newRow(id: string): SparkExecutor {
  return {
    id,
    isDriver: isDriver(id),
    host: '',
    cores: 0,
    addedMs: null,
    removedMs: null,
    removalReason: null,
    resourceProfileId: 0,
    maxStorageMemoryBytes: null,
    resources: {},
    podName: null,
    peaks: {},
    tasks: 0,
    failedTasks: 0,
    killedTasks: 0,
    taskMs: 0,
    gcMs: 0,
    inputBytes: 0,
    shuffleReadBytes: 0,
    shuffleWriteBytes: 0,
  };
}

class ExecutorState {
  /** Peaks of tasks' lines, whose names seldom change; merged into the row at the end. */
  private taskPeakNames: readonly string[] = [];
  private taskPeaks = new Float64Array(0);

  constructor(readonly row: SparkExecutor) {}

  raisePeaks(peaks: Record<string, number>): void {
    for (const [name, value] of Object.entries(peaks))
      if (value > (this.row.peaks[name] ?? -1)) this.row.peaks[name] = value;
  }

  private mergeTaskPeaks(): void {
    for (const [place, name] of this.taskPeakNames.entries()) this.raisePeaks({ [name]: this.taskPeaks[place] ?? 0 });
  }

  addTaskPeaks(names: readonly string[], values: Float64Array): void {
    if (names !== this.taskPeakNames) {
      this.mergeTaskPeaks();
      this.taskPeakNames = names;
      this.taskPeaks = Float64Array.from(values);
      return;
    }
    const peaks = this.taskPeaks;
    for (let place = 0; place < values.length; place++) {
      const value = values[place] ?? 0;
      if (value > (peaks[place] ?? 0)) peaks[place] = value;
    }
  }

  /** The row so far, whole. */
  snapshot(): SparkExecutor {
    this.mergeTaskPeaks();
    return this.row;
  }

  done(): SparkExecutor {
    this.mergeTaskPeaks();
    const { row } = this;
    // Spark writes zeros for a task that ended before it was ever measured.
    if (Object.values(row.peaks).every((peak) => peak === 0)) row.peaks = {};
    // A driver has no tasks to tell, but its heartbeats do.
    if (row.isDriver && row.gcMs === 0) row.gcMs = row.peaks.TotalGCTime ?? 0;
    return row;
  }
}

export class ExecutorTable {
  private readonly states = new Map<string, ExecutorState>();

  snapshot(): SparkExecutor[] {
    return [...this.states.values()].map((state) => state.snapshot());
  }

  restore(rows: readonly SparkExecutor[]): void {
    for (const row of rows) this.states.set(row.id, new ExecutorState(row));
  }

  get(id: string): ExecutorState {
    let state = this.states.get(id);
    if (!state) {
      state = new ExecutorState(newRow(id));
      this.states.set(id, state);
    }
    return state;
  }

  /** Which tasks count where: AppStatusListener.onTaskEnd. A resubmitted task brings the metrics that it had before. */
  addTask(record: TaskRecord): void {
    const executor = this.get(record.executorId);
    const { row } = executor;
    const { values } = record;
    if (record.outcome === TASK_SUCCEEDED) row.tasks++;
    if (record.outcome === TASK_FAILED) row.failedTasks++;
    if (record.outcome === TASK_KILLED) row.killedTasks++;
    row.taskMs += values[PLACE.durationMs] ?? 0;
    row.gcMs += values[PLACE.gcMs] ?? 0;
    row.inputBytes += values[PLACE.inputBytes] ?? 0;
    row.shuffleReadBytes += values[PLACE.shuffleReadBytes] ?? 0;
    row.shuffleWriteBytes += values[PLACE.shuffleWriteBytes] ?? 0;
    executor.addTaskPeaks(record.peakNames, record.peakValues);
  }

  /** Driver first, then in the order in which they were added. */
  rows(conf: Readonly<Record<string, string>>): SparkExecutor[] {
    const rows = [...this.states.values()].map((state) => state.done());
    for (const row of rows) row.podName ??= podNameOf(row, conf);
    const addedMs = (row: SparkExecutor) => row.addedMs ?? Number.MAX_SAFE_INTEGER;
    return rows.sort(
      (a, b) =>
        Number(b.isDriver) - Number(a.isDriver) ||
        addedMs(a) - addedMs(b) ||
        a.id.length - b.id.length ||
        (a.id < b.id ? -1 : 1),
    );
  }
}

/** Spark on Kubernetes names executors `<prefix>-exec-<id>` and keeps the driver's name in the configuration. */
function podNameOf(row: SparkExecutor, conf: Readonly<Record<string, string>>): string | null {
  if (row.isDriver) return conf['spark.kubernetes.driver.pod.name'] ?? null;
  const prefix = conf['spark.kubernetes.executor.podNamePrefix'];
  return prefix ? `${prefix}-exec-${row.id}` : null;
}

function resourcesOf(resources: unknown): Record<string, string[]> {
  const byName: Record<string, string[]> = {};
  for (const [name, resource] of Object.entries(objectOf(resources)))
    byName[name] = listOf(objectOf(resource).addresses).map(String);
  return byName;
}

export const executorEvents: EventHandlers = {
  SparkListenerExecutorAdded(state, event) {
    const id = textOf(event['Executor ID']);
    if (id === null) return;
    const info = objectOf(event['Executor Info']);
    const { row } = state.executors.get(id);
    row.addedMs = timeOf(event.Timestamp);
    row.host = textOf(info.Host) ?? row.host;
    row.cores = countOf(info['Total Cores']) ?? 0;
    row.resourceProfileId = countOf(info['Resource Profile Id']) ?? 0;
    row.resources = resourcesOf(info.Resources);
    // Attributes of the pod, where the cluster manager hands them on for log links.
    row.podName = textOf(objectOf(info.Attributes).KUBERNETES_POD_NAME) ?? row.podName;
    state.saw(row.addedMs);
  },

  SparkListenerExecutorRemoved(state, event) {
    const id = textOf(event['Executor ID']);
    if (id === null) return;
    const { row } = state.executors.get(id);
    row.removedMs = timeOf(event.Timestamp);
    row.removalReason = redactText(textOf(event['Removed Reason']) ?? '') || null;
    state.saw(row.removedMs);
  },

  SparkListenerBlockManagerAdded(state, event) {
    const manager = objectOf(event['Block Manager ID']);
    const id = textOf(manager['Executor ID']);
    if (id === null) return;
    const { row } = state.executors.get(id);
    row.maxStorageMemoryBytes = countOf(event['Maximum Memory']);
    if (row.host === '') row.host = textOf(manager.Host) ?? '';
    if (row.isDriver) row.addedMs ??= timeOf(event.Timestamp);
    state.saw(timeOf(event.Timestamp));
  },

  // Says nothing that the executor's removal does not.
  SparkListenerBlockManagerRemoved(state, event) {
    state.saw(timeOf(event.Timestamp));
  },

  SparkListenerExecutorMetricsUpdate({ executors }, event) {
    const id = textOf(event['Executor ID']);
    if (id === null) return;
    for (const update of listOf(event['Executor Metrics Updated']))
      executors.get(id).raisePeaks(numbersByName(objectOf(update)['Executor Metrics']));
  },

  SparkListenerStageExecutorMetrics({ executors }, event) {
    const id = textOf(event['Executor ID']);
    if (id !== null) executors.get(id).raisePeaks(numbersByName(event['Executor Metrics']));
  },
};
