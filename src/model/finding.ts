import { createHash } from 'node:crypto';
import type { Window } from './window.js';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const STATES = ['finding', 'ok', 'insufficient-data', 'not-applicable'] as const;
export type State = (typeof STATES)[number];

/** What a statement is about. Names are those of the API that owns the thing. */
export interface Subject {
  /** Deployment, SparkApplication, ScheduledSparkApplication, PersistentVolumeClaim, Node, NodeGroup, EC2Instance, … */
  kind: string;
  cluster?: string;
  namespace?: string;
  name: string;
  container?: string;
  role?: 'driver' | 'executor';
  runId?: string;
  stageId?: number;
  /** Of a Node: the nodes bought alike (type, capacity type, zone) that it stands for; they are one finding. */
  nodeGroup?: string;
}

export interface Evidence {
  /** What was measured, in the field's words: `CPU usage p95`. */
  metric: string;
  value: number | string | null;
  /** `cores`, `bytes`, `USD/hour`, `%`, `s`, … or empty for a count or a word. */
  unit: string;
  window: Window;
  samples: number;
}

/** What would be gained. Null: not known. Never zero for unknown. */
export interface Impact {
  usdPerMonth: number | null;
  freedCpuCores: number | null;
  freedMemoryBytes: number | null;
  secondsPerRun: number | null;
}

export interface Confidence {
  /** 0 to 1. */
  value: number;
  why: string;
}

export type PatchFormat =
  | 'kubernetes'
  | 'helm-values'
  | 'spark-conf'
  | 'spark-application'
  | 'aws-cli'
  | 'code'
  | 'text';

export interface Patch {
  format: PatchFormat;
  /** The object or file the patch is for: `Deployment web/checkout-api`. */
  target: string;
  content: string;
}

/** What the change would have done on history that its choice did not see. */
export interface Backtest {
  passed: boolean;
  /** One sentence with the figures. */
  summary: string;
  /** The part of history it was paid on. */
  window: Window;
  samples: number;
  /** Named results, with the unit in the name: `hoursAboveRequestPercent`, `oomHours`. */
  figures: Record<string, number>;
  /** Use over the history that chose and examined, for a chart. */
  series?: BacktestSeries;
}

export interface BacktestSeries {
  /** `CPU use, highest`. */
  metric: string;
  unit: string;
  /** What was chosen before the exam. */
  chosen: number;
  /** What is set today; null where nothing is. */
  current: number | null;
  /** [since, until) in epoch ms and the highest value in it, oldest first. */
  points: [number, number, number][];
}

/** What one container, or one role of a Spark family, should ask for; what is left out stays as it is. */
export interface SizeChange {
  container: string;
  role: 'driver' | 'executor' | null;
  cpuCores?: number;
  memoryBytes?: number;
  /** Leaves the memory limit as it is: it is above the new request. */
  keepMemoryLimit?: boolean;
}

export interface Recommendation {
  /** What to change, as an imperative sentence. */
  summary: string;
  /** The same in numbers, where it changes sizes. */
  sizes?: SizeChange[];
  /** What could go wrong with it. */
  risk?: string;
  patches: Patch[];
  backtest: Backtest | null;
}

/** Where a saving comes from; the order in which the savings ledger books them. */
export const LEDGER_ORDER = ['idle', 'size', 'count', 'type', 'spot'] as const;
export type LedgerKind = (typeof LEDGER_ORDER)[number];

/** What a rule says when it found something; the engine adds rule, fingerprint, links and the ledger's view. */
export interface FindingBody {
  state: 'finding';
  subject: Subject;
  severity?: Severity;
  title: string;
  evidence: Evidence[];
  impact?: Partial<Impact>;
  confidence: Confidence;
  recommendation: Recommendation;
}

/** What a rule says of a subject when there is no finding: why, in one sentence. */
export interface OtherBody {
  state: 'ok' | 'insufficient-data' | 'not-applicable';
  subject: Subject;
  title: string;
  evidence?: Evidence[];
}

export type Evaluation = FindingBody | OtherBody;

/** An evaluation as reports carry it. */
export interface Finding {
  rule: string;
  state: State;
  severity: Severity;
  /** Stable over nights: of rule and subject, never of a value. */
  fingerprint: string;
  subject: Subject;
  title: string;
  evidence: Evidence[];
  impact: Impact;
  confidence: Confidence;
  recommendation: Recommendation | null;
  links: Record<string, string>;
}

/** 16 hex digits that name rule and subject. Runs come and go, so `runId` is no part of it. */
export function fingerprintOf(rule: string, subject: Subject): string {
  const { cluster, kind, namespace, name, container, role, stageId, nodeGroup } = subject;
  // Nodes come and go, their group stays.
  const words = [rule, cluster, kind, namespace, nodeGroup ?? name, container, role, stageId];
  return createHash('sha256')
    .update(JSON.stringify(words.map((word) => word ?? null)))
    .digest('hex')
    .slice(0, 16);
}

/** `Deployment web/checkout-api`, `EC2Instance i-0abc`. */
export function subjectText(subject: Subject): string {
  const name = subject.namespace ? `${subject.namespace}/${subject.name}` : subject.name;
  const parts = [`${subject.kind} ${name}`];
  if (subject.role) parts.push(subject.role);
  if (subject.container) parts.push(`container ${subject.container}`);
  if (subject.stageId !== undefined) parts.push(`stage ${subject.stageId}`);
  if (subject.nodeGroup) parts.push(`group ${subject.nodeGroup}`);
  return parts.join(', ');
}
