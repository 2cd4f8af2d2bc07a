import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT, StoreError } from '../model/errors.js';
import type { Store } from './open.js';

/** What is deleted once it is older than `@beforeMs`; what hangs on it goes with it. Prices keep the last record before. */
const RETENTION = [
  'DELETE FROM usage_hour WHERE hour_ms < @beforeMs',
  'DELETE FROM network_hour WHERE hour_ms < @beforeMs',
  'DELETE FROM volume_hour WHERE hour_ms < @beforeMs',
  'DELETE FROM usage_day WHERE day_ms < @beforeMs',
  'DELETE FROM network_day WHERE day_ms < @beforeMs',
  'DELETE FROM volume_day WHERE day_ms < @beforeMs',
  'DELETE FROM metric_hour WHERE hour_ms < @beforeMs',
  'DELETE FROM autoscaler_hour WHERE hour_ms < @beforeMs',
  'DELETE FROM quota_day WHERE day_ms < @beforeMs',
  'DELETE FROM workload_day WHERE day_ms < @beforeMs',
  'DELETE FROM spark_application WHERE coalesce(end_ms, last_event_ms) < @beforeMs',
  'DELETE FROM pod WHERE last_seen_ms < @beforeMs',
  'DELETE FROM collection_run WHERE started_ms < @beforeMs AND id NOT IN (SELECT max(id) FROM collection_run GROUP BY source, cluster)',
  'DELETE FROM spot_request WHERE last_seen_ms < @beforeMs',
  'DELETE FROM spot_interruption WHERE at_ms < @beforeMs',
  'DELETE FROM night WHERE at_ms < @beforeMs',
  'DELETE FROM finding_event WHERE at_ms < @beforeMs',
  "DELETE FROM finding WHERE state = 'resolved' AND mute_kind IS NULL AND last_seen_ms < @beforeMs",
  "DELETE FROM outbox WHERE state <> 'waiting' AND created_ms < @beforeMs",
] as const;

/** Deletes what is older than is kept; gives how many rows went. One statement is one transaction: a kill leaves the rest for tomorrow. */
export function forget({ db }: Store, beforeMs: number): number {
  return RETENTION.reduce((sum, sql) => sum + db.prepare(sql).run({ beforeMs }).changes, 0);
}

/** Keeps the file quick: statistics for the planner, and the write-ahead log back to nothing. */
export function tidy({ db }: Store): void {
  db.pragma('optimize');
  db.pragma('wal_checkpoint(TRUNCATE)');
}

/** @throws StoreError if the store is damaged: then no good copy must be overwritten. */
export function checkWhole({ db, path }: Store): void {
  const result = db.pragma('quick_check', { simple: true });
  if (result !== 'ok')
    throw new StoreError(`store ${path}: it is damaged (${String(result)})`, EXIT.incomplete, {
      hint: `Restore the newest copy (${path}.backup-…) and run again.`,
    });
}

function backupsOf(path: string): string[] {
  const prefix = `${basename(path)}.backup-`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d{8}$/.test(name.slice(prefix.length)))
    .sort()
    .map((name) => join(dirname(path), name));
}

/**
 * Copies the store to `<store>.backup-<day>` unless that is there, whole or not at all, and deletes the oldest copies
 * above `keep`.
 */
export async function backUp(store: Store, day: string, keep: number): Promise<void> {
  if (keep < 1 || store.path === ':memory:') return;
  const path = `${store.path}.backup-${day.replaceAll('-', '')}`;
  if (!existsSync(path)) {
    checkWhole(store);
    const draft = `${path}.tmp`;
    try {
      await store.db.backup(draft);
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  }
  for (const old of backupsOf(store.path).slice(0, -keep)) rmSync(old, { force: true });
}
