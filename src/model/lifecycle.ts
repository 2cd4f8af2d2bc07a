import type { Severity, Subject } from './finding.js';
import type { ReportFinding } from './report.js';

/** `pending`: seen, but not often or surely enough to be told as open. */
export const LIFE_STATES = ['pending', 'open', 'resolved'] as const;
export type LifeState = (typeof LIFE_STATES)[number];

export const LIFE_EVENTS = [
  'appeared',
  'opened',
  'reopened',
  'changed',
  'resolved',
  'suppressed',
  'accepted',
  'heard-again',
] as const;
export type LifeEventKind = (typeof LIFE_EVENTS)[number];

/** A person's word that a finding is not to be told: for a time (suppressed) or until it gets worse (accepted). */
export interface Mute {
  kind: 'suppressed' | 'accepted';
  sinceMs: number;
  /** Null: without an end. */
  untilMs: number | null;
  by: string;
  why: string;
}

/** A finding over the nights. */
export interface FindingRecord {
  fingerprint: string;
  cluster: string;
  rule: string;
  subject: Subject;
  state: LifeState;
  severity: Severity;
  title: string;
  /** The last that was known. */
  usdPerMonth: number | null;
  confidence: number;
  firstSeenMs: number;
  lastSeenMs: number;
  openedMs: number | null;
  resolvedMs: number | null;
  timesOpened: number;
  /** One letter a night with data, the newest last: f found, c clean. */
  recent: string;
  markedMs: number;
  /** Why the newest night says nothing of it; null if it does. */
  unknownWhy: string | null;
  /** As last told: a change is measured against it. */
  toldUsdPerMonth: number | null;
  toldSeverity: Severity;
  mute: Mute | null;
  /** The newest evaluation that found it. */
  body: ReportFinding;
}

/** Something that happened to a finding. */
export interface LifeEvent {
  fingerprint: string;
  atMs: number;
  kind: LifeEventKind;
  severity: Severity;
  title: string;
  usdBefore: number | null;
  usdAfter: number | null;
  why: string;
  by: string | null;
}

/** One evaluation that counted. */
export interface Night {
  cluster: string;
  /** End of its window. */
  atMs: number;
  sinceMs: number;
  costUsdPerMonth: number | null;
  savingsUsdPerMonth: number | null;
  findings: number;
  sources: Record<string, string>;
}
