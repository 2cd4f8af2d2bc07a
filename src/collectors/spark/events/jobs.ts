import type { SparkJob } from '../../../model/spark.js';
import { countOf, numbersOf, numericOf, objectOf, shorten, textOf, timeOf } from '../json.js';
import { redactText } from '../redact.js';
import type { EventHandlers } from './handlers.js';

const ERROR_LENGTH = 8000;

export class JobTable {
  readonly byId = new Map<number, SparkJob>();
  private readonly byExecution = new Map<number, SparkJob[]>();

  add(job: SparkJob): void {
    this.byId.set(job.id, job);
    if (job.sqlExecutionId === null) return;
    const jobs = this.byExecution.get(job.sqlExecutionId);
    if (jobs) jobs.push(job);
    else this.byExecution.set(job.sqlExecutionId, [job]);
  }

  /** Jobs that may still change, or whose execution may. */
  snapshot(settledMs: number, executions: ReadonlyMap<number, unknown>): SparkJob[] {
    return [...this.byId.values()].filter(
      ({ completedMs, sqlExecutionId }) =>
        completedMs === null || completedMs >= settledMs || (sqlExecutionId !== null && executions.has(sqlExecutionId)),
    );
  }

  ofExecution(executionId: number): readonly SparkJob[] {
    return this.byExecution.get(executionId) ?? [];
  }

  stagesOfExecution(executionId: number): Set<number> {
    return new Set(this.ofExecution(executionId).flatMap(({ stageIds }) => stageIds));
  }

  rows(): SparkJob[] {
    return [...this.byId.values()].sort((a, b) => a.id - b.id);
  }
}

export const jobEvents: EventHandlers = {
  SparkListenerJobStart(state, event) {
    const id = countOf(event['Job ID']);
    if (id === null) return;
    const properties = objectOf(event.Properties);
    const submittedMs = timeOf(event['Submission Time']);
    const executionId = countOf(numericOf(properties['spark.sql.execution.id']));
    const description = textOf(properties['spark.job.description']);
    state.saw(submittedMs);
    if (executionId !== null) state.sql.get(executionId);
    state.jobs.add({
      id,
      stageIds: numbersOf(event['Stage IDs']).sort((a, b) => a - b),
      submittedMs: submittedMs ?? state.lastEventMs,
      completedMs: null,
      result: 'running',
      error: null,
      sqlExecutionId: executionId,
      description: description === null ? null : redactText(description),
      group: textOf(properties['spark.jobGroup.id']),
      pool: textOf(properties['spark.scheduler.pool']),
    });
  },

  SparkListenerJobEnd(state, event) {
    const job = state.jobs.byId.get(countOf(event['Job ID']) ?? -1);
    if (!job) return;
    const result = objectOf(event['Job Result']);
    const message = textOf(objectOf(result.Exception).Message);
    job.completedMs = timeOf(event['Completion Time']);
    job.result = result.Result === 'JobSucceeded' ? 'succeeded' : 'failed';
    job.error = message === null ? null : shorten(redactText(message), ERROR_LENGTH);
    state.saw(job.completedMs);
  },
};
