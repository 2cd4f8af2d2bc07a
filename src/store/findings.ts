import { z } from 'zod';
import { SEVERITIES } from '../model/finding.js';
import {
  type FindingRecord,
  LIFE_EVENTS,
  LIFE_STATES,
  type LifeEvent,
  type Mute,
  type Night,
} from '../model/lifecycle.js';
import { ReportFinding, ReportSubject } from '../model/report.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const COLUMNS = `fingerprint, cluster, rule, subject, state, severity, title, usd_per_month AS usdPerMonth, confidence,
  first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs, opened_ms AS openedMs, resolved_ms AS resolvedMs,
  times_opened AS timesOpened, recent, marked_ms AS markedMs, unknown_why AS unknownWhy,
  told_usd_per_month AS toldUsdPerMonth, told_severity AS toldSeverity, mute_kind AS muteKind,
  mute_since_ms AS muteSinceMs, mute_until_ms AS muteUntilMs, mute_by AS muteBy, mute_why AS muteWhy, body`;
const ALL = `SELECT ${COLUMNS} FROM finding WHERE cluster = ? ORDER BY fingerprint`;
const EVERY = `SELECT ${COLUMNS} FROM finding ORDER BY cluster, fingerprint`;
const PUT = `INSERT INTO finding (fingerprint, cluster, rule, subject, state, severity, title, usd_per_month, confidence,
    first_seen_ms, last_seen_ms, opened_ms, resolved_ms, times_opened, recent, marked_ms, unknown_why,
    told_usd_per_month, told_severity, mute_kind, mute_since_ms, mute_until_ms, mute_by, mute_why, body)
  VALUES (@fingerprint, @cluster, @rule, @subject, @state, @severity, @title, @usdPerMonth, @confidence,
    @firstSeenMs, @lastSeenMs, @openedMs, @resolvedMs, @timesOpened, @recent, @markedMs, @unknownWhy,
    @toldUsdPerMonth, @toldSeverity, @muteKind, @muteSinceMs, @muteUntilMs, @muteBy, @muteWhy, @body)
  ON CONFLICT DO UPDATE SET
    state = excluded.state, severity = excluded.severity, title = excluded.title, usd_per_month = excluded.usd_per_month,
    confidence = excluded.confidence, last_seen_ms = excluded.last_seen_ms, opened_ms = excluded.opened_ms,
    resolved_ms = excluded.resolved_ms, times_opened = excluded.times_opened, recent = excluded.recent,
    marked_ms = excluded.marked_ms, unknown_why = excluded.unknown_why, told_usd_per_month = excluded.told_usd_per_month,
    told_severity = excluded.told_severity, mute_kind = excluded.mute_kind, mute_since_ms = excluded.mute_since_ms,
    mute_until_ms = excluded.mute_until_ms, mute_by = excluded.mute_by, mute_why = excluded.mute_why, body = excluded.body`;
const ADD_EVENT = `INSERT INTO finding_event (fingerprint, at_ms, kind, severity, title, usd_before, usd_after, why, by)
  VALUES (@fingerprint, @atMs, @kind, @severity, @title, @usdBefore, @usdAfter, @why, @by)`;
const EVENTS = `SELECT e.fingerprint, e.at_ms AS atMs, e.kind, e.severity, e.title, e.usd_before AS usdBefore, e.usd_after AS usdAfter, e.why, e.by
  FROM finding_event e JOIN finding f USING (fingerprint)`;
const EVENTS_OF = `${EVENTS} WHERE e.fingerprint = ? ORDER BY e.id`;
const EVENTS_SINCE = `${EVENTS} WHERE f.cluster = ? AND e.at_ms > ? ORDER BY e.id`;
const ADD_NIGHT = `INSERT INTO night (cluster, at_ms, since_ms, cost_usd_per_month, savings_usd_per_month, findings, sources)
  VALUES (@cluster, @atMs, @sinceMs, @costUsdPerMonth, @savingsUsdPerMonth, @findings, @sources)`;
const NIGHTS = `SELECT cluster, at_ms AS atMs, since_ms AS sinceMs, cost_usd_per_month AS costUsdPerMonth,
    savings_usd_per_month AS savingsUsdPerMonth, findings, sources
  FROM night WHERE cluster = ? ORDER BY id DESC LIMIT ?`;

const Row = z
  .object({
    fingerprint: z.string(),
    cluster: z.string(),
    rule: z.string(),
    subject: z.string().transform((text) => ReportSubject.parse(JSON.parse(text))),
    state: z.enum(LIFE_STATES),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    usdPerMonth: z.number().nullable(),
    confidence: z.number(),
    firstSeenMs: z.number(),
    lastSeenMs: z.number(),
    openedMs: z.number().nullable(),
    resolvedMs: z.number().nullable(),
    timesOpened: z.number(),
    recent: z.string(),
    markedMs: z.number(),
    unknownWhy: z.string().nullable(),
    toldUsdPerMonth: z.number().nullable(),
    toldSeverity: z.enum(SEVERITIES),
    muteKind: z.enum(['suppressed', 'accepted']).nullable(),
    muteSinceMs: z.number().nullable(),
    muteUntilMs: z.number().nullable(),
    muteBy: z.string().nullable(),
    muteWhy: z.string().nullable(),
    body: z.string().transform((text) => ReportFinding.parse(JSON.parse(text))),
  })
  .transform(({ muteKind, muteSinceMs, muteUntilMs, muteBy, muteWhy, ...row }): FindingRecord => {
    const mute: Mute | null = muteKind && {
      kind: muteKind,
      sinceMs: muteSinceMs ?? 0,
      untilMs: muteUntilMs,
      by: muteBy ?? '',
      why: muteWhy ?? '',
    };
    return { ...row, mute };
  });

const EventRow = z.object({
  fingerprint: z.string(),
  atMs: z.number(),
  kind: z.enum(LIFE_EVENTS),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  usdBefore: z.number().nullable(),
  usdAfter: z.number().nullable(),
  why: z.string(),
  by: z.string().nullable(),
});

const NightRow = z.object({
  cluster: z.string(),
  atMs: z.number(),
  sinceMs: z.number(),
  costUsdPerMonth: z.number().nullable(),
  savingsUsdPerMonth: z.number().nullable(),
  findings: z.number(),
  sources: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
});

/** Everything known of the findings of a cluster. */
export function findingRecords(db: Db, cluster: string): FindingRecord[] {
  return z.array(Row).parse(prepared(db, ALL).all(cluster));
}

/** The same of all clusters. */
export function allFindingRecords(db: Db): FindingRecord[] {
  return z.array(Row).parse(prepared(db, EVERY).all());
}

export function putFinding(db: Db, { mute, subject, body, ...record }: FindingRecord): void {
  prepared(db, PUT).run({
    ...record,
    subject: JSON.stringify(subject),
    body: JSON.stringify(body),
    muteKind: mute?.kind ?? null,
    muteSinceMs: mute?.sinceMs ?? null,
    muteUntilMs: mute?.untilMs ?? null,
    muteBy: mute?.by ?? null,
    muteWhy: mute?.why ?? null,
  });
}

export function addLifeEvent(db: Db, event: LifeEvent): void {
  prepared(db, ADD_EVENT).run(event);
}

/** What happened to one finding, oldest first. */
export function lifeEventsOf(db: Db, fingerprint: string): LifeEvent[] {
  return z.array(EventRow).parse(prepared(db, EVENTS_OF).all(fingerprint));
}

/** What happened in a cluster after a time. */
export function lifeEventsSince(db: Db, cluster: string, afterMs: number): LifeEvent[] {
  return z.array(EventRow).parse(prepared(db, EVENTS_SINCE).all(cluster, afterMs));
}

export function addNight(db: Db, night: Night): void {
  prepared(db, ADD_NIGHT).run({ ...night, sources: JSON.stringify(night.sources) });
}

/** The newest nights, newest first. */
export function lastNights(db: Db, cluster: string, most: number): Night[] {
  return z.array(NightRow).parse(prepared(db, NIGHTS).all(cluster, most));
}
