import { copyFileSync, existsSync } from 'node:fs';
import { EXIT, StoreError } from '../model/errors.js';
import type { Db } from './open.js';
import { AWS_TABLES } from './schema/aws.js';
import { BENCH_TABLES } from './schema/bench.js';
import { BILL_TABLES } from './schema/bill.js';
import { COLLECTION_TABLES } from './schema/collection.js';
import { COMMITMENT_TABLES } from './schema/commitments.js';
import { EXPORTER_TABLES } from './schema/exporters.js';
import { KUBERNETES_TABLES } from './schema/kubernetes.js';
import { LIFECYCLE_TABLES } from './schema/lifecycle.js';
import { MACHINE_TABLES } from './schema/machines.js';
import { POD_LIFE_TABLES } from './schema/pod-life.js';
import { POSTURE_TABLES } from './schema/posture.js';
import { SPARK_TABLES } from './schema/spark.js';
import { SPARK_GROWING_TABLES } from './schema/spark-growing.js';
import { SPOT_MARKET_TABLES } from './schema/spot-market.js';
import { USAGE_TABLES } from './schema/usage.js';
import { USAGE_DAY_TABLES } from './schema/usage-days.js';

/** Marks the file as ours: 'spfi'. */
const APPLICATION_ID = 0x73706669;

/** One entry per version, in order; entries are never changed once released, only added. */
export const MIGRATIONS: readonly string[] = [
  [COLLECTION_TABLES, KUBERNETES_TABLES, USAGE_TABLES, AWS_TABLES, SPARK_TABLES, POSTURE_TABLES].join('\n'),
  [BILL_TABLES, MACHINE_TABLES, EXPORTER_TABLES, POD_LIFE_TABLES, LIFECYCLE_TABLES, BENCH_TABLES].join('\n'),
  [SPARK_GROWING_TABLES, USAGE_DAY_TABLES, SPOT_MARKET_TABLES, COMMITMENT_TABLES].join('\n'),
];

export const STORE_VERSION = MIGRATIONS.length;

function versionOf(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** @throws StoreError if the file is of a newer version or another program's. Changes nothing. */
export function checkOurs(db: Db, path: string, newest = STORE_VERSION): void {
  const version = versionOf(db);
  const id = Number(db.pragma('application_id', { simple: true }));
  const empty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').pluck().get() === 0;
  if (id !== APPLICATION_ID && !empty)
    throw new StoreError(`store ${path}: this SQLite file belongs to another program`, EXIT.usage, {
      hint: 'Name another file with --store.',
    });
  if (version > newest)
    throw new StoreError(
      `store ${path}: it has version ${version}, this sparkfit knows versions up to ${newest}`,
      EXIT.usage,
      { hint: 'Update sparkfit, or name another file with --store.' },
    );
}

/**
 * Brings the store to the newest version, each step in a transaction, a copy of the file kept first.
 * @throws StoreError if the file is of a newer version or another program's.
 */
export function migrate(db: Db, path: string, migrations: readonly string[] = MIGRATIONS): void {
  const newest = migrations.length;
  checkOurs(db, path, newest);
  const from = versionOf(db);
  if (from === newest) return;
  if (db.readonly)
    throw new StoreError(`store ${path}: it has version ${from} and must be brought to ${newest} first`, EXIT.usage, {
      hint: "Run 'sparkfit collect' once.",
    });
  if (from > 0 && existsSync(path)) {
    db.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(path, `${path}.v${from}.bak`);
  }
  for (let version = from; version < newest; version++) {
    db.transaction(() => {
      db.exec(migrations[version] ?? '');
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${version + 1}`);
    }).immediate();
  }
}
