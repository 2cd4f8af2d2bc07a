import { SEVERITIES } from '../model/finding.js';
import type { FindingRecord, LifeEvent, LifeEventKind } from '../model/lifecycle.js';
import type { ReportFinding } from '../model/report.js';
import { HOUR_MS } from '../model/window.js';

/** When a finding opens, resolves and counts as changed. */
export interface LifePolicy {
  /** Opens after so many nights of the last `of` … */
  openAfter: number;
  of: number;
  /** … or at once with this confidence. */
  openAtConfidence: number;
  /** Resolves after so many clean nights in a row, with data. */
  resolveAfter: number;
  changePercent: number;
  changeUsd: number;
}

/** What one night says of a finding. Nights that lack data say nothing and leave it as it was. */
export type Sight =
  | { kind: 'found'; finding: ReportFinding }
  | { kind: 'clean'; why: string }
  | { kind: 'unknown'; why: string };

/** Evaluations closer than this are one night: the later one stands for both. */
export const NIGHT_APART_MS = 12 * HOUR_MS;

export interface Step {
  record: FindingRecord;
  events: LifeEvent[];
}

function marked(record: FindingRecord, mark: 'f' | 'c', atMs: number, policy: LifePolicy): FindingRecord {
  const isSameNight = record.recent !== '' && Math.abs(atMs - record.markedMs) < NIGHT_APART_MS;
  const before = isSameNight ? record.recent.slice(0, -1) : record.recent;
  const most = Math.max(policy.of, policy.resolveAfter);
  return { ...record, recent: `${before}${mark}`.slice(-most), markedMs: atMs, unknownWhy: null };
}

function eventOf(kind: LifeEventKind, record: FindingRecord, atMs: number, part: Partial<LifeEvent> = {}): LifeEvent {
  const { fingerprint, severity, title, usdPerMonth } = record;
  const usd = { usdBefore: null, usdAfter: usdPerMonth };
  return { fingerprint, atMs, kind, severity, title, ...usd, why: '', by: null, ...part };
}

function firstSight(finding: ReportFinding, cluster: string, atMs: number): FindingRecord {
  const { fingerprint, rule, subject, severity, title, impact, confidence } = finding;
  return {
    fingerprint,
    cluster,
    rule,
    subject,
    state: 'pending',
    severity,
    title,
    usdPerMonth: impact.usdPerMonth,
    confidence: confidence.value,
    firstSeenMs: atMs,
    lastSeenMs: atMs,
    openedMs: null,
    resolvedMs: null,
    timesOpened: 0,
    recent: '',
    markedMs: atMs,
    unknownWhy: null,
    toldUsdPerMonth: impact.usdPerMonth,
    toldSeverity: severity,
    mute: null,
    body: finding,
  };
}

function seen(record: FindingRecord, finding: ReportFinding, atMs: number): FindingRecord {
  return {
    ...record,
    severity: finding.severity,
    title: finding.title,
    // A price that is unknown tonight does not make the finding one without dollars.
    usdPerMonth: finding.impact.usdPerMonth ?? record.usdPerMonth,
    confidence: finding.confidence.value,
    lastSeenMs: Math.max(record.lastSeenMs, atMs),
    body: finding,
  };
}

function opens({ recent, confidence }: FindingRecord, policy: LifePolicy): string | undefined {
  if (confidence >= policy.openAtConfidence) return `confidence ${Math.round(confidence * 100)} %`;
  const nights = recent.slice(-policy.of);
  const count = nights.split('f').length - 1;
  return count >= policy.openAfter ? `found in ${count} of the last ${nights.length} nights` : undefined;
}

function worse(record: FindingRecord): boolean {
  return SEVERITIES.indexOf(record.severity) < SEVERITIES.indexOf(record.toldSeverity);
}

function changeOf(record: FindingRecord, policy: LifePolicy): string | undefined {
  const { severity, toldSeverity, usdPerMonth: usd, toldUsdPerMonth: told } = record;
  if (severity !== toldSeverity) return `severity ${toldSeverity} → ${severity}`;
  if (usd === null || told === null) return undefined;
  const moved = Math.abs(usd - told);
  const isLarge = moved >= policy.changeUsd && moved >= (policy.changePercent / 100) * Math.abs(told);
  return isLarge ? `$${told.toFixed(2)} → $${usd.toFixed(2)} a month` : undefined;
}

function told(record: FindingRecord): FindingRecord {
  return { ...record, toldUsdPerMonth: record.usdPerMonth, toldSeverity: record.severity };
}

function stepFound(before: FindingRecord, isNew: boolean, atMs: number, policy: LifePolicy): Step {
  if (before.state === 'open') {
    const why = changeOf(before, policy);
    if (!why) return { record: before, events: [] };
    const event = eventOf('changed', before, atMs, { why, usdBefore: before.toldUsdPerMonth });
    return { record: told(before), events: [event] };
  }
  const why = opens(before, policy);
  if (!why) {
    const events = isNew ? [eventOf('appeared', before, atMs, { why: 'waits for a second night' })] : [];
    return { record: { ...before, state: 'pending' }, events };
  }
  const record = told({
    ...before,
    state: 'open',
    openedMs: atMs,
    resolvedMs: null,
    timesOpened: before.timesOpened + 1,
  });
  return { record, events: [eventOf(before.timesOpened > 0 ? 'reopened' : 'opened', record, atMs, { why })] };
}

function stepClean(before: FindingRecord, why: string, atMs: number, policy: LifePolicy): Step {
  const clean = before.recent.length - before.recent.lastIndexOf('f') - 1;
  if (before.state === 'resolved' || clean < policy.resolveAfter) return { record: before, events: [] };
  const record: FindingRecord = { ...before, state: 'resolved', resolvedMs: atMs };
  if (before.state === 'pending') return { record, events: [] };
  const event = eventOf('resolved', record, atMs, { why, usdBefore: before.usdPerMonth, usdAfter: null });
  return { record, events: [event] };
}

/** Ends what a person said where its time is over, or where the finding is worse than what was accepted. */
function heardAgain(record: FindingRecord, atMs: number): Step {
  const { mute } = record;
  if (!mute) return { record, events: [] };
  const isOver = mute.untilMs !== null && mute.untilMs <= atMs;
  const isWorse = mute.kind === 'accepted' && worse(record);
  if (!isOver && !isWorse) return { record, events: [] };
  const why = isOver ? 'its time is over' : `accepted as ${record.toldSeverity}, it is ${record.severity} now`;
  const unmuted = { ...record, mute: null };
  return { record: unmuted, events: record.state === 'open' ? [eventOf('heard-again', unmuted, atMs, { why })] : [] };
}

/** What a night makes of a finding: pure, so that a report can tell it and only `nightly` keeps it. */
export function stepFinding(
  known: FindingRecord | undefined,
  sight: Sight,
  { cluster, atMs }: { cluster: string; atMs: number },
  policy: LifePolicy,
): Step | undefined {
  if (!known && sight.kind !== 'found') return undefined;
  if (known && sight.kind === 'unknown') {
    const heard = heardAgain(known, atMs);
    return { ...heard, record: { ...heard.record, unknownWhy: sight.why } };
  }
  if (sight.kind === 'found') {
    const base = seen(known ?? firstSight(sight.finding, cluster, atMs), sight.finding, atMs);
    const heard = heardAgain(base, atMs);
    const step = stepFound(marked(heard.record, 'f', atMs, policy), known === undefined, atMs, policy);
    return { record: step.record, events: [...heard.events, ...step.events] };
  }
  if (!known || sight.kind !== 'clean') return undefined;
  const heard = heardAgain(known, atMs);
  const step = stepClean(marked(heard.record, 'c', atMs, policy), sight.why, atMs, policy);
  return { record: step.record, events: [...heard.events, ...step.events] };
}
