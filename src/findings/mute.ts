import { SEVERITIES } from '../model/finding.js';
import type { FindingRecord, LifeEvent, LifeEventKind, LifeState, Mute } from '../model/lifecycle.js';
import type { Step } from './step.js';

const STATE_ORDER: readonly LifeState[] = ['open', 'pending', 'resolved'];

/** Open ones first, then what is critical, then dollars. */
export function compareRecords(a: FindingRecord, b: FindingRecord): number {
  return (
    STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
    Number(b.severity === 'critical') - Number(a.severity === 'critical') ||
    (b.usdPerMonth ?? -1) - (a.usdPerMonth ?? -1) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}

function eventOf(record: FindingRecord, kind: LifeEventKind, said: Pick<LifeEvent, 'atMs' | 'by' | 'why'>): LifeEvent {
  const { fingerprint, severity, title, usdPerMonth } = record;
  return { fingerprint, kind, severity, title, usdBefore: null, usdAfter: usdPerMonth, ...said };
}

/** Accepting takes the severity of now as the one that is lived with. */
export function muteRecord(record: FindingRecord, mute: Mute): Step {
  const muted: FindingRecord = { ...record, mute, toldSeverity: record.severity };
  const event = eventOf(muted, mute.kind, { atMs: mute.sinceMs, by: mute.by, why: mute.why });
  return { record: muted, events: [event] };
}

export function unmuteRecord(record: FindingRecord, said: { atMs: number; by: string; why: string }): Step {
  if (!record.mute) return { record, events: [] };
  const unmuted = { ...record, mute: null };
  return { record: unmuted, events: [eventOf(unmuted, 'heard-again', said)] };
}
