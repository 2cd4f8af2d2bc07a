import type { ListedKind, ObjectKind, ObjectSpec, PodPosture } from '../model/posture.js';
import type { Db } from './open.js';
import type { AutoscalerHour, ObjectKeyed } from './posture.js';
import { prepared } from './statements.js';

const NOTE_LISTED = `INSERT OR REPLACE INTO kind_listed (cluster, kind, whole, listed_ms) VALUES (@cluster, @kind, @whole, @listedMs)`;
const PUT_OBJECT = `INSERT INTO cluster_object (cluster, kind, namespace, name, labels, spec, created_ms, first_seen_ms, last_seen_ms)
  VALUES (@cluster, @kind, @namespace, @name, @labels, @spec, @createdMs, min(coalesce(@createdMs, @nowMs), @nowMs), @nowMs)
  ON CONFLICT DO UPDATE SET labels = excluded.labels, spec = excluded.spec, created_ms = excluded.created_ms,
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const FORGET_OBJECTS = `DELETE FROM cluster_object WHERE cluster = @cluster AND kind = @kind AND last_seen_ms < @nowMs
  AND (@namespace IS NULL OR namespace = @namespace)`;
// What the template says stands; pods tell it only where there is none.
const PUT_POSTURE = `INSERT INTO workload_posture (workload_id, role, by_template, posture, last_seen_ms)
  VALUES (@workloadId, @role, @byTemplate, @posture, @nowMs)
  ON CONFLICT DO UPDATE SET by_template = excluded.by_template, posture = excluded.posture, last_seen_ms = excluded.last_seen_ms
    WHERE excluded.by_template >= by_template OR excluded.last_seen_ms > last_seen_ms`;
const PUT_QUOTA_DAY = `INSERT INTO quota_day (cluster, namespace, name, resource, day_ms, used, hard)
  VALUES (@cluster, @namespace, @name, @resource, @dayMs, @used, @hard)
  ON CONFLICT DO UPDATE SET used = max(used, excluded.used), hard = excluded.hard`;
const PUT_AUTOSCALER_HOUR = `INSERT OR REPLACE INTO autoscaler_hour
    (cluster, namespace, name, hour_ms, samples, at_min, at_max, replicas_sum, direction_changes)
  VALUES (@cluster, @namespace, @name, @hourMs, @samples, @atMin, @atMax, @replicasSum, @directionChanges)`;

export interface ObjectRecord<K extends ObjectKind> extends ObjectKeyed {
  kind: K;
  labels: Readonly<Record<string, string>>;
  spec: ObjectSpec<K>;
  createdMs: number | null;
  nowMs: number;
}

/** Notes that a kind was listed; not whole where a part of it was forbidden. */
export function noteListed(
  db: Db,
  listed: { cluster: string; kind: ListedKind; whole: boolean; listedMs: number },
): void {
  prepared(db, NOTE_LISTED).run({ ...listed, whole: Number(listed.whole) });
}

export function putObject<K extends ObjectKind>(db: Db, object: ObjectRecord<K>): void {
  const [labels, spec] = [JSON.stringify(object.labels), JSON.stringify(object.spec)];
  prepared(db, PUT_OBJECT).run({ ...object, labels, spec });
}

/** Forgets what a whole list no longer shows, in a namespace or in all (null). */
export function forgetObjects(
  db: Db,
  gone: { cluster: string; kind: ObjectKind; namespace: string | null; nowMs: number },
): void {
  prepared(db, FORGET_OBJECTS).run(gone);
}

export function putPosture(
  db: Db,
  record: { workloadId: number; role: string; byTemplate: boolean; posture: PodPosture; nowMs: number },
): void {
  const posture = JSON.stringify(record.posture);
  prepared(db, PUT_POSTURE).run({ ...record, byTemplate: Number(record.byTemplate), posture });
}

export function putQuotaDay(
  db: Db,
  day: ObjectKeyed & { resource: string; dayMs: number; used: number; hard: number },
): void {
  prepared(db, PUT_QUOTA_DAY).run(day);
}

export function putAutoscalerHour(db: Db, hour: ObjectKeyed & AutoscalerHour): void {
  prepared(db, PUT_AUTOSCALER_HOUR).run(hour);
}
