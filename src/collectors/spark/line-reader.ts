import { handleEvent, shortName } from './events/index.js';
import { LogState } from './events/state.js';
import { countOf, isObject, type JsonObject, objectOf, textOf } from './json.js';
import { FIRST_METRIC, newTaskRecord, PLACE, readTaskEvent } from './task-record.js';
import { TaskScanner } from './task-scanner.js';

const TASK_END = Buffer.from('{"Event":"SparkListenerTaskEnd"');
const TASK_START = Buffer.from('{"Event":"SparkListenerTaskStart"');
/** How a start of a task ends; longer or other ones are looked at in full. */
const TASK_START_END = Buffer.from('"Accumulables":[]}}');
const LONGEST_TASK_START = 1000;

function startsWith(line: Buffer, start: number, end: number, expected: Buffer): boolean {
  if (end - start < expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (line[start + i] !== expected[i]) return false;
  return true;
}

function endsWith(line: Buffer, start: number, end: number, expected: Buffer): boolean {
  return end - start >= expected.length && startsWith(line, end - expected.length, end, expected);
}

function parse(line: Buffer, start: number, end: number): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8', start, end));
    return isObject(value) && textOf(value.Event) !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Lines to events to rows. Ends of tasks are scanned (see task-scanner.ts) unless `scanTasks` is false. */
export class LineReader {
  readonly skippedEvents: Record<string, number> = {};
  lines = 0;
  private readonly scanner = new TaskScanner();
  private readonly record = newTaskRecord();

  /** With `state` it goes on from what was read before. */
  constructor(
    private readonly scanTasks: boolean,
    readonly state = new LogState(),
  ) {}

  /** Reads one line; false if it is no event. */
  read(line: Buffer, start: number, end: number): boolean {
    if (this.scanTasks) {
      if (startsWith(line, start, end, TASK_END) && this.scanner.scan(line, start, end, this.record)) {
        const { values } = this.record;
        const stage = this.state.stages.find(values[PLACE.stageId] ?? 0, values[PLACE.stageAttempt] ?? 0);
        // The accumulables of a stage's first task are needed, and of those that end after the stage.
        if (stage?.head.status === 'running' && stage.head.succeededTasks > 0 && !this.sums(stage.head.stageId)) {
          this.addTask();
          this.lines++;
          return true;
        }
      } else if (isPlainTaskStart(line, start, end)) {
        this.lines++;
        return true;
      }
    }
    const event = parse(line, start, end);
    if (!event) return false;
    this.lines++;
    this.handle(event);
    return true;
  }

  private handle(event: JsonObject): void {
    const name = shortName(textOf(event.Event) ?? '');
    const known = name === 'SparkListenerTaskEnd' ? this.taskEnd(event) : handleEvent(this.state, name, event);
    if (!known) this.skippedEvents[name] = (this.skippedEvents[name] ?? 0) + 1;
  }

  private taskEnd(event: JsonObject): boolean {
    if (!readTaskEvent(event, this.record)) return false;
    // A template stands for tasks with metrics that succeeded.
    if (this.record.reason === 'Success' && this.record.hasMetrics) this.scanner.learn(event);
    const { state } = this;
    const { head } = state.stages.ofTask(this.record);
    const isFirst = head.succeededTasks === 0;
    if (!this.scanTasks || this.sums(head.stageId))
      state.accumulators.addToSum(accumulablesOf(event), head.stageId, head.attempt);
    else if (isFirst || head.status !== 'running')
      state.accumulators.addOfTask(accumulablesOf(event), head.stageId, head.attempt, isFirst);
    this.addTask();
    return true;
  }

  private sums(stageId: number): boolean {
    const { summedStages } = this.state.accumulators;
    return summedStages.size > 0 && summedStages.has(stageId);
  }

  private addTask(): void {
    const { record, state } = this;
    // The task ended well before and was counted then: its map output was lost since, and it runs again.
    if (record.reason === 'Resubmitted') record.values.fill(0, FIRST_METRIC);
    state.stages.ofTask(record).addTask(record);
    state.executors.addTask(record);
    state.saw(record.values[PLACE.launchMs] ?? null);
    state.saw(record.values[PLACE.finishMs] ?? null);
  }

  /** Reads a line again for the accumulables of tasks of these stages only. */
  readAccumulables(line: Buffer, start: number, end: number, stages: ReadonlySet<number>): void {
    if (isPlainTaskStart(line, start, end)) return;
    if (startsWith(line, start, end, TASK_END) && this.scanner.scan(line, start, end, this.record)) {
      if (!stages.has(this.record.values[PLACE.stageId] ?? 0)) return;
    }
    const event = parse(line, start, end);
    if (!event || shortName(textOf(event.Event) ?? '') !== 'SparkListenerTaskEnd') return;
    const stageId = countOf(event['Stage ID']) ?? -1;
    const attempt = countOf(event['Stage Attempt ID']) ?? 0;
    if (stages.has(stageId)) this.state.accumulators.addToSum(accumulablesOf(event), stageId, attempt);
  }
}

function accumulablesOf(taskEnd: JsonObject): unknown {
  return objectOf(taskEnd['Task Info']).Accumulables;
}

/** Starts of tasks say nothing that their ends do not, and are half of all lines. */
function isPlainTaskStart(line: Buffer, start: number, end: number): boolean {
  return (
    end - start < LONGEST_TASK_START &&
    startsWith(line, start, end, TASK_START) &&
    endsWith(line, start, end, TASK_START_END)
  );
}
