import { z } from 'zod';
import type { Db } from './open.js';

const STATE = `SELECT g.application, g.state FROM spark_growing_log g JOIN spark_application a ON a.id = g.application
  WHERE a.cluster = ? AND g.path = ?`;
const KEEP = `INSERT OR REPLACE INTO spark_growing_log (application, path, state) VALUES (?, ?, ?)`;
const DROP = `DELETE FROM spark_growing_log WHERE application = ?`;

const StateRow = z.object({ application: z.number(), state: z.instanceof(Uint8Array) });

/** What the last reading of a log that grows left, and the application (its key in the store) whose rows it belongs to. */
export type GrowingLog = z.infer<typeof StateRow>;

/** Spark takes the mark off when the application ends; the log is the same. */
export function unmarked(path: string): string {
  return path.replace(/\.inprogress$/, '');
}

export function growingLog(db: Db, cluster: string, path: string): GrowingLog | undefined {
  const row = db.prepare(STATE).get(cluster, unmarked(path));
  return row === undefined ? undefined : StateRow.parse(row);
}

/** Call it in the transaction that writes the rows. Null: the log will not grow. */
export function keepGrowingLog(db: Db, application: number, path: string, state: Uint8Array | null): void {
  if (state === null) db.prepare(DROP).run(application);
  else db.prepare(KEEP).run(application, unmarked(path), state);
}
