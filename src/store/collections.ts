import { z } from 'zod';
import type { Gap, SourceId, SourceState } from '../model/sources.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

const START = `INSERT INTO collection_run (source, cluster, started_ms, since_ms, until_ms, state)
  VALUES (@source, @cluster, @startedMs, @sinceMs, @untilMs, 'running')`;
const FINISH = `UPDATE collection_run SET finished_ms = @finishedMs, state = @state, rows = @rows, detail = @detail WHERE id = @id`;
const ADD_GAP = `INSERT INTO collection_gap (run_id, since_ms, until_ms, why) VALUES (?, ?, ?, ?)`;
const GET_CURSOR = `SELECT value FROM collection_cursor WHERE source = ? AND cluster = ? AND key = ?`;
const SET_CURSOR = `INSERT INTO collection_cursor (source, cluster, key, value) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET value = excluded.value`;
const LAST_RUNS = `SELECT r.id, r.source, r.cluster, r.state, r.detail, r.since_ms AS sinceMs, r.until_ms AS untilMs, r.started_ms AS startedMs
  FROM collection_run r
  WHERE r.id IN (SELECT max(id) FROM collection_run GROUP BY source, cluster) ORDER BY r.source, r.cluster`;
const LAST_READ = `SELECT max(started_ms) FROM collection_run WHERE source = ? AND cluster = ? AND state IN ('ok', 'partial')`;
const GAPS_OF = `SELECT since_ms AS sinceMs, until_ms AS untilMs, why FROM collection_gap WHERE run_id = ? ORDER BY since_ms, why`;

const RunRow = z.object({
  id: z.number(),
  source: z.string(),
  cluster: z.string(),
  state: z.enum(['running', 'ok', 'partial', 'failed', 'absent']),
  detail: z.string(),
  sinceMs: z.number(),
  untilMs: z.number(),
  startedMs: z.number(),
});
const GapRow = z.object({ sinceMs: z.number(), untilMs: z.number(), why: z.string() });

export type RunRow = z.infer<typeof RunRow>;

/** Notes that a collector begins; a process that dies leaves the run as `running`. */
export function startRun(db: Db, source: SourceId, cluster: string, window: Window, startedMs: number): number {
  return Number(db.prepare(START).run({ source, cluster, startedMs, ...window }).lastInsertRowid);
}

export interface RunOutcome {
  state: SourceState;
  rows: number;
  detail: string;
  gaps: readonly Gap[];
}

export function finishRun(db: Db, id: number, outcome: RunOutcome, finishedMs: number): void {
  const addGap = db.prepare(ADD_GAP);
  db.transaction(() => {
    db.prepare(FINISH).run({ id, finishedMs, state: outcome.state, rows: outcome.rows, detail: outcome.detail });
    for (const gap of outcome.gaps) addGap.run(id, gap.sinceMs, gap.untilMs, gap.why);
  })();
}

/** How far a source got, in its own words; undefined if it never began. */
export function getCursor(db: Db, source: SourceId, cluster: string, key: string): string | undefined {
  const value = db.prepare(GET_CURSOR).pluck().get(source, cluster, key);
  return typeof value === 'string' ? value : undefined;
}

/** Call it inside the transaction of the batch that it stands for. */
export function setCursor(db: Db, source: SourceId, cluster: string, key: string, value: string): void {
  db.prepare(SET_CURSOR).run(source, cluster, key, value);
}

/** The newest run of each source and cluster. */
export function lastRuns(db: Db): RunRow[] {
  return z.array(RunRow).parse(db.prepare(LAST_RUNS).all());
}

/** When the newest run of a source began that read something; undefined if there was none. */
export function lastReadMs(db: Db, source: SourceId, cluster: string): number | undefined {
  const ms = db.prepare(LAST_READ).pluck().get(source, cluster);
  return typeof ms === 'number' ? ms : undefined;
}

export function gapsOf(db: Db, runId: number): Gap[] {
  return z.array(GapRow).parse(db.prepare(GAPS_OF).all(runId));
}
