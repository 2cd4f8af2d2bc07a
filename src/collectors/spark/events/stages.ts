import { type SparkStage, TASK_FAILED, TASK_KILLED, TASK_SUCCEEDED } from '../../../model/spark.js';
import { countOf, type JsonObject, listOf, numbersOf, objectOf, shorten, textOf, timeOf } from '../json.js';
import { redactText } from '../redact.js';
import { TaskColumns, type TaskColumnsSnapshot, type TaskFacts } from '../stage-tasks.js';
import { PLACE, type TaskRecord } from '../task-record.js';
import type { EventHandlers } from './handlers.js';
import { scopeOf } from './rdds.js';
import { TouchesSettled } from './settled.js';

const DETAILS_LENGTH = 4000;
const FAILURE_LENGTH = 8000;

type StageHead = Omit<SparkStage, keyof TaskFacts>;

/** What the whole log must know of a stage. */
export type StageFacts = Pick<SparkStage, 'stageId' | 'attempt' | 'status' | 'numTasks' | 'completedPartitions'>;

interface StageSnapshot {
  head: StageHead;
  tasks: TaskColumnsSnapshot;
}

export interface StagesSnapshot {
  live: StageSnapshot[];
  settled: StageFacts[];
}

function newHead(stageId: number, attempt: number): StageHead {
  return {
    stageId,
    attempt,
    name: '',
    details: '',
    parentIds: [],
    rddIds: [],
    scopes: [],
    resourceProfileId: 0,
    numTasks: 0,
    submittedMs: null,
    completedMs: null,
    status: 'running',
    failureReason: null,
    succeededTasks: 0,
    failedTasks: 0,
    killedTasks: 0,
    speculativeTasks: 0,
    endReasons: {},
    endErrors: {},
  };
}

export class StageState {
  constructor(
    readonly head: StageHead,
    private readonly tasks = new TaskColumns(),
  ) {}

  snapshot(): StageSnapshot {
    return { head: this.head, tasks: this.tasks.snapshot() };
  }

  isSettled(settledMs: number): boolean {
    const { status, completedMs } = this.head;
    return status !== 'running' && completedMs !== null && completedMs < settledMs;
  }

  hasTasks(): boolean {
    return this.tasks.count > 0;
  }

  facts(): StageFacts {
    const { stageId, attempt, status, numTasks } = this.head;
    return { stageId, attempt, status, numTasks, completedPartitions: this.tasks.completedPartitions() };
  }

  addTask(record: TaskRecord): void {
    const { head } = this;
    // A resubmitted task has ended before and is in the columns already.
    if (record.reason !== 'Resubmitted') this.tasks.add(record);
    if (record.speculative) head.speculativeTasks++;
    if (record.outcome === TASK_SUCCEEDED) {
      head.succeededTasks++;
      return;
    }
    if (record.outcome === TASK_FAILED) head.failedTasks++;
    if (record.outcome === TASK_KILLED) head.killedTasks++;
    head.endReasons[record.reason] = (head.endReasons[record.reason] ?? 0) + 1;
    if (record.error !== null) head.endErrors[record.reason] ??= redactText(record.error);
  }

  row(): SparkStage {
    const { head } = this;
    const { succeededTasks } = head;
    return {
      ...head,
      endReasons: succeededTasks > 0 ? { Success: succeededTasks, ...head.endReasons } : head.endReasons,
      ...this.tasks.facts(),
    };
  }
}

function keyOf({ stageId, attempt }: Pick<StageHead, 'stageId' | 'attempt'>): string {
  return `${stageId}.${attempt}`;
}

export class StageTable {
  private readonly byKey = new Map<string, StageState>();
  private latest: StageState | undefined;
  /** Attempts of stages that an earlier reading was done with: their rows are stored. */
  settled: readonly StageFacts[] = [];
  private settledIds: ReadonlySet<number> = new Set();

  /** Stages that may still change. */
  live(settledMs: number): Set<number> {
    const live = [...this.byKey.values()].filter((state) => !state.isSettled(settledMs));
    return new Set(live.map(({ head }) => head.stageId));
  }

  /** These stages; of the others what the whole log must know. */
  snapshot(live: ReadonlySet<number>): StagesSnapshot {
    const states = [...this.byKey.values()];
    return {
      live: states.filter(({ head }) => live.has(head.stageId)).map((state) => state.snapshot()),
      settled: [...this.settled, ...states.filter(({ head }) => !live.has(head.stageId)).map((state) => state.facts())],
    };
  }

  restore({ live, settled }: StagesSnapshot): void {
    for (const { head, tasks } of live) this.byKey.set(keyOf(head), new StageState(head, TaskColumns.restored(tasks)));
    this.settled = settled;
    this.settledIds = new Set(settled.map(({ stageId }) => stageId));
  }

  /** Stages of which a task has ended, with the newest attempt that had one. */
  withTasks(): Map<number, number> {
    const started = [...this.byKey.values()].filter((state) => state.hasTasks()).map(({ head }) => head);
    const newest = new Map<number, number>();
    for (const { stageId, attempt } of [...this.settled, ...started])
      newest.set(stageId, Math.max(attempt, newest.get(stageId) ?? 0));
    return newest;
  }

  /**
   * The attempt, made if it is new: a torn log may have tasks of stages that it never saw begin.
   * @throws TouchesSettled if an earlier reading was done with it.
   */
  get(stageId: number, attempt: number): StageState {
    const known = this.find(stageId, attempt);
    if (known) return known;
    if (this.settledIds.has(stageId)) throw new TouchesSettled();
    const made = new StageState(newHead(stageId, attempt));
    this.byKey.set(keyOf(made.head), made);
    return made;
  }

  /** Undefined if it is new. */
  find(stageId: number, attempt: number): StageState | undefined {
    const { latest } = this;
    // Tasks of one stage mostly follow each other.
    if (latest && latest.head.stageId === stageId && latest.head.attempt === attempt) return latest;
    const found = this.byKey.get(keyOf({ stageId, attempt }));
    this.latest = found ?? latest;
    return found;
  }

  ofTask({ values }: TaskRecord): StageState {
    return this.get(values[PLACE.stageId] ?? 0, values[PLACE.stageAttempt] ?? 0);
  }

  /** Stages that have tasks and whose completion was not logged. */
  unfinished(): Set<number> {
    const heads = [...this.byKey.values()].map(({ head }) => head);
    return new Set(
      heads.filter((head) => head.status === 'running' && head.succeededTasks > 0).map(({ stageId }) => stageId),
    );
  }

  rows(): SparkStage[] {
    return [...this.byKey.values()]
      .map((state) => state.row())
      .sort((a, b) => a.stageId - b.stageId || a.attempt - b.attempt);
  }
}

/** What PySpark makes of functions on RDDs has no scope, but a name of its own. */
function pythonOf(rdd: JsonObject): string | null {
  return textOf(rdd.Name) === 'PythonRDD' ? 'PythonRDD' : null;
}

function readStageInfo(state: StageState, info: JsonObject): void {
  const { head } = state;
  const rdds = listOf(info['RDD Info']).map(objectOf);
  head.name = redactText(textOf(info['Stage Name']) ?? '');
  head.details = shorten(textOf(info.Details) ?? '', DETAILS_LENGTH);
  head.parentIds = numbersOf(info['Parent IDs']).sort((a, b) => a - b);
  head.rddIds = numbersOf(rdds.map((rdd) => rdd['RDD ID']));
  head.scopes = [...new Set(rdds.map((rdd) => scopeOf(rdd) ?? pythonOf(rdd)).filter((scope) => scope !== null))];
  head.resourceProfileId = countOf(info['Resource Profile Id']) ?? 0;
  head.numTasks = countOf(info['Number of Tasks']) ?? 0;
  head.submittedMs = timeOf(info['Submission Time']) ?? head.submittedMs;
}

function stageOf(table: StageTable, info: JsonObject): StageState | undefined {
  const stageId = countOf(info['Stage ID']);
  if (stageId === null) return undefined;
  const stage = table.get(stageId, countOf(info['Stage Attempt ID']) ?? 0);
  readStageInfo(stage, info);
  return stage;
}

export const stageEvents: EventHandlers = {
  SparkListenerStageSubmitted(state, event) {
    const info = objectOf(event['Stage Info']);
    const stage = stageOf(state.stages, info);
    if (!stage) return;
    state.rdds.addStage(info['RDD Info'], stage.head.stageId);
    state.saw(stage.head.submittedMs);
  },

  SparkListenerStageCompleted(state, event) {
    const info = objectOf(event['Stage Info']);
    const stage = stageOf(state.stages, info);
    if (!stage) return;
    const failure = textOf(info['Failure Reason']);
    stage.head.completedMs = timeOf(info['Completion Time']);
    stage.head.status = failure === null ? 'complete' : 'failed';
    stage.head.failureReason = failure === null ? null : shorten(redactText(failure), FAILURE_LENGTH);
    state.rdds.addStage(info['RDD Info'], stage.head.stageId);
    state.accumulators.addOfStage(info.Accumulables, stage.head.stageId, stage.head.attempt);
    state.saw(stage.head.completedMs);
  },
};
