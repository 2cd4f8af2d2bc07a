import type { SparkExecutor, SparkJob, StreamingQuery } from '../../../model/spark.js';
import { type AccumulatorSnapshot, Accumulators } from '../accumulators.js';
import { ApplicationState } from './application.js';
import { ExecutorTable } from './executors.js';
import { JobTable } from './jobs.js';
import { type RddSnapshot, RddTable } from './rdds.js';
import { SETTLED_AFTER_MS } from './settled.js';
import { type SqlSnapshot, SqlTable } from './sql.js';
import { type StagesSnapshot, StageTable } from './stages.js';
import { StreamingTable } from './streaming.js';

export interface StateSnapshot {
  application: ApplicationState;
  executors: SparkExecutor[];
  jobs: SparkJob[];
  stages: StagesSnapshot;
  sql: SqlSnapshot;
  rdds: RddSnapshot;
  queries: Map<string, StreamingQuery>;
  accumulators: AccumulatorSnapshot;
  firstEventMs: number | null;
  lastEventMs: number;
}

/** What the events read so far say. */
export class LogState {
  readonly application = new ApplicationState();
  readonly executors = new ExecutorTable();
  readonly jobs = new JobTable();
  readonly stages = new StageTable();
  readonly sql = new SqlTable();
  readonly rdds = new RddTable();
  readonly streaming = new StreamingTable();
  readonly accumulators = new Accumulators();
  /** Time of the oldest event; null before the first. */
  firstEventMs: number | null = null;
  /** Time of the newest event; 0 before the first. */
  lastEventMs = 0;

  /** What the next reading of a log that grows needs to go on; what is settled is left out. */
  snapshot(): StateSnapshot {
    const settledMs = this.lastEventMs - SETTLED_AFTER_MS;
    const liveStages = this.stages.live(settledMs);
    const sql = this.sql.snapshot(settledMs, this.jobs, liveStages);
    return {
      application: this.application,
      executors: this.executors.snapshot(),
      jobs: this.jobs.snapshot(settledMs, sql.byId),
      stages: this.stages.snapshot(liveStages),
      sql,
      rdds: this.rdds.snapshot(),
      queries: this.streaming.snapshot(),
      accumulators: this.accumulators.snapshot(sql.byId),
      firstEventMs: this.firstEventMs,
      lastEventMs: this.lastEventMs,
    };
  }

  static restored(from: StateSnapshot): LogState {
    const state = new LogState();
    Object.assign(state.application, from.application);
    state.executors.restore(from.executors);
    for (const job of from.jobs) state.jobs.add(job);
    state.stages.restore(from.stages);
    state.sql.restore(from.sql);
    state.rdds.restore(from.rdds);
    state.streaming.restore(from.queries);
    state.accumulators.restore(from.accumulators);
    state.firstEventMs = from.firstEventMs;
    state.lastEventMs = from.lastEventMs;
    return state;
  }

  saw(timeMs: number | null): void {
    if (timeMs === null || timeMs <= 0) return;
    if (timeMs > this.lastEventMs) this.lastEventMs = timeMs;
    if (this.firstEventMs === null || timeMs < this.firstEventMs) this.firstEventMs = timeMs;
  }
}
