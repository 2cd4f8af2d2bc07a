import { z } from 'zod';
import type { Subject } from '../model/finding.js';
import { ReportSubject } from '../model/report.js';
import { type Realised, RealisedSchema, type SavingRecord } from '../model/savings.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const WATCHED = `SELECT field, value, since_ms AS sinceMs FROM watched_field WHERE fingerprint = ? ORDER BY field`;
const WATCH = `INSERT INTO watched_field (fingerprint, field, value, since_ms) VALUES (@fingerprint, @field, @value, @sinceMs)
  ON CONFLICT DO UPDATE SET value = excluded.value, since_ms = excluded.since_ms`;
const ADD = `INSERT INTO saving (fingerprint, cluster, rule, subject, promised_usd_per_month, promised_ms, applied_ms, changes, realised)
  VALUES (@fingerprint, @cluster, @rule, @subject, @promisedUsdPerMonth, @promisedMs, @appliedMs, @changes, NULL)
  ON CONFLICT DO NOTHING`;
const ALL = `SELECT id, fingerprint, cluster, rule, subject, promised_usd_per_month AS promisedUsdPerMonth, promised_ms AS promisedMs,
    applied_ms AS appliedMs, changes, realised FROM saving ORDER BY applied_ms, id`;
const SET_REALISED = `UPDATE saving SET realised = ? WHERE id = ?`;
const PUT_DAY = `INSERT INTO workload_day (workload_id, day_ms, usd, covered_hours, node_usd_per_hour)
  VALUES (@workloadId, @dayMs, @usd, @coveredHours, @nodeUsdPerHour)
  ON CONFLICT DO UPDATE SET usd = excluded.usd, covered_hours = excluded.covered_hours, node_usd_per_hour = excluded.node_usd_per_hour`;
const DAYS = `SELECT day_ms AS dayMs, usd, covered_hours AS coveredHours, node_usd_per_hour AS nodeUsdPerHour FROM workload_day
  WHERE workload_id = @workloadId AND day_ms >= @sinceMs AND day_ms < @untilMs ORDER BY day_ms`;
const WORKLOAD = `SELECT id, kind, replicas, spec, last_seen_ms AS lastSeenMs FROM workload
  WHERE cluster = @cluster AND namespace = @namespace AND name = @name AND kind IN (@kind, @other)
  ORDER BY kind = @kind DESC LIMIT 1`;
const CONTAINERS = `SELECT p.role, c.name, c.cpu_request_cores AS cpu, c.memory_request_bytes AS memory FROM pod p JOIN container c ON c.pod_id = p.id
  WHERE p.workload_id = ? AND c.resources_known = 1 AND c.kind <> 'init' ORDER BY coalesce(p.created_ms, p.first_seen_ms) DESC, p.id DESC LIMIT 500`;
const NODES = `SELECT DISTINCT coalesce(n.instance_type, '?') || ' ' || n.capacity_type || ' ' || coalesce(n.zone, '?') AS node
  FROM pod p JOIN node n ON n.cluster = p.cluster AND n.name = p.node
  WHERE p.workload_id = @id AND p.last_seen_ms >= (SELECT max(last_seen_ms) FROM pod WHERE workload_id = @id) ORDER BY 1`;
const WHOLE_LOOK = `SELECT max(until_ms) FROM collection_run WHERE source = ? AND cluster = ? AND state = 'ok'`;
const CLAIM = `SELECT last_seen_ms FROM volume_claim WHERE cluster = @cluster AND namespace = @namespace AND name = @name`;
const VOLUME = `SELECT last_seen_ms FROM volume WHERE cluster = @cluster AND name = @name`;
const EBS = `SELECT state FROM ebs_volume WHERE id = @name`;
const INSTANCE = `SELECT state FROM ec2_instance WHERE id = @name`;
const HAS_VALIDATIONS = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'bench_validation')`;
const VALIDATIONS = `SELECT fingerprint, verdict FROM bench_validation ORDER BY validated_ms`;

const Text = z.string().nullable().optional();
const WatchedRow = z.object({ field: z.string(), value: z.string().nullable(), sinceMs: z.number() });
export type WatchedField = z.infer<typeof WatchedRow>;

const Change = z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() });
const SavingRow = z.object({
  id: z.number(),
  fingerprint: z.string(),
  cluster: z.string(),
  rule: z.string(),
  subject: z.string().transform((text) => ReportSubject.parse(JSON.parse(text))),
  promisedUsdPerMonth: z.number().nullable(),
  promisedMs: z.number(),
  appliedMs: z.number(),
  changes: z.string().transform((text) => z.array(Change).parse(JSON.parse(text))),
  realised: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : RealisedSchema.parse(JSON.parse(text)))),
});
const DayRow = z.object({
  dayMs: z.number(),
  usd: z.number(),
  coveredHours: z.number(),
  nodeUsdPerHour: z.number().nullable(),
});
export type WorkloadDay = z.infer<typeof DayRow>;
const WorkloadRow = z.object({
  id: z.number(),
  kind: z.string(),
  replicas: z.number().nullable(),
  spec: z.string().nullable(),
  lastSeenMs: z.number(),
});
const ContainerRow = z.object({
  role: z.string().nullable(),
  name: z.string(),
  cpu: z.number().nullable(),
  memory: z.number().nullable(),
});

/** What the fields that a finding's patch changes were set to, as last seen. */
export function watchedFields(db: Db, fingerprint: string): WatchedField[] {
  return z.array(WatchedRow).parse(prepared(db, WATCHED).all(fingerprint));
}

export function watchField(db: Db, fingerprint: string, field: WatchedField): void {
  prepared(db, WATCH).run({ fingerprint, ...field });
}

/** False if the change is known already. */
export function addSaving(db: Db, { subject, changes, ...saving }: Omit<SavingRecord, 'id' | 'realised'>): boolean {
  const row = { ...saving, subject: JSON.stringify(subject), changes: JSON.stringify(changes) };
  return prepared(db, ADD).run(row).changes > 0;
}

/** Every promise whose change was seen, oldest first. */
export function savingRecords(db: Db): SavingRecord[] {
  return z.array(SavingRow).parse(prepared(db, ALL).all());
}

export function setRealised(db: Db, id: number, realised: Realised): void {
  prepared(db, SET_REALISED).run(JSON.stringify(realised), id);
}

export function putWorkloadDay(db: Db, workloadId: number, day: WorkloadDay): void {
  prepared(db, PUT_DAY).run({ workloadId, ...day });
}

export function workloadDays(db: Db, workloadId: number, sinceMs: number, untilMs: number): WorkloadDay[] {
  return z.array(DayRow).parse(prepared(db, DAYS).all({ workloadId, sinceMs, untilMs }));
}

export type PatchedWorkload = z.infer<typeof WorkloadRow>;

const TWINS: Readonly<Record<string, string>> = {
  SparkApplication: 'ScheduledSparkApplication',
  ScheduledSparkApplication: 'SparkApplication',
};

/** The workload that a subject names; a Spark family under either of its kinds. */
export function workloadOf(db: Db, cluster: string, { kind, namespace, name }: Subject): PatchedWorkload | undefined {
  const key = { cluster, namespace: namespace ?? '', kind, other: TWINS[kind] ?? kind, name };
  return WorkloadRow.optional().parse(prepared(db, WORKLOAD).get(key));
}

/** Requests of a workload's newest pod of each role and container, in cores and bytes. */
export function newestRequests(db: Db, workloadId: number): z.infer<typeof ContainerRow>[] {
  const newest = new Map<string, z.infer<typeof ContainerRow>>();
  for (const row of z.array(ContainerRow).parse(prepared(db, CONTAINERS).all(workloadId))) {
    const key = row.role ?? `container ${row.name}`;
    if (!newest.has(key)) newest.set(key, row);
  }
  return [...newest.values()];
}

/** `m5.xlarge spot us-east-1a` of the nodes that the newest pods ran on. */
export function newestNodes(db: Db, workloadId: number): string[] {
  return z.array(z.string()).parse(prepared(db, NODES).pluck().all({ id: workloadId }));
}

/** When everything was last listed; undefined if never. */
function wholeLookMs(db: Db, source: string, cluster: string): number | undefined {
  return z.number().nullable().parse(prepared(db, WHOLE_LOOK).pluck().get(source, cluster)) ?? undefined;
}

/** Whether what was last seen then is still there; undefined where nobody looked. */
export function isStillThere(db: Db, cluster: string, lastSeenMs: number): boolean | undefined {
  const lookMs = wholeLookMs(db, 'kubernetes', cluster);
  return lookMs === undefined ? undefined : lastSeenMs >= lookMs;
}

/** When a claim or volume was last seen; undefined if it never was. */
export function volumeSeenMs(db: Db, cluster: string, { kind, namespace, name }: Subject): number | undefined {
  const sql = kind === 'PersistentVolumeClaim' ? CLAIM : VOLUME;
  const key = sql === CLAIM ? { cluster, namespace: namespace ?? '', name } : { cluster, name };
  return z.number().optional().parse(prepared(db, sql).pluck().get(key));
}

/** State of an instance or EBS volume as AWS last told it. */
export function awsState(db: Db, { kind, name }: Subject): string | undefined {
  const state = prepared(db, kind === 'EC2Instance' ? INSTANCE : EBS)
    .pluck()
    .get({ name });
  return Text.parse(state) ?? undefined;
}

/** What benchmarks said of findings' patches: the newest verdict by fingerprint. */
export function validations(db: Db): Map<string, string> {
  if (prepared(db, HAS_VALIDATIONS).pluck().get() !== 1) return new Map();
  const rows = z
    .array(z.object({ fingerprint: z.string(), verdict: z.string() }))
    .parse(prepared(db, VALIDATIONS).all());
  return new Map(rows.map(({ fingerprint, verdict }) => [fingerprint, verdict]));
}
