import type { Rule } from '../analyzers/rule.js';
import type { Config } from '../config/schema.js';
import type { FindingRecord, LifeEvent } from '../model/lifecycle.js';
import type { ReportFinding } from '../model/report.js';
import type { Window } from '../model/window.js';
import { lastRuns } from '../store/collections.js';
import type { Db } from '../store/open.js';
import { sightsOf } from './sights.js';
import { stepFinding } from './step.js';

export interface ProjectInput {
  db: Db;
  cluster: string;
  config: Config;
  rules: readonly Rule[];
  window: Window;
  evaluations: readonly ReportFinding[];
  known: readonly FindingRecord[];
}

/** What tonight's evaluations make of all findings. */
export interface Projection {
  /** Records that this evaluation wrote or left, by fingerprint. */
  records: Map<string, FindingRecord>;
  events: LifeEvent[];
}

/** The next state of every finding, new and known. Reads only. */
export function project({ db, cluster, config, rules, window, evaluations, known }: ProjectInput): Projection {
  const before = new Map(known.map((record) => [record.fingerprint, record]));
  const sights = sightsOf({ cluster, rules, config, evaluations, runs: lastRuns(db), window }, known);
  const projection: Projection = { records: new Map(), events: [] };
  for (const [fingerprint, sight] of sights) {
    const step = stepFinding(before.get(fingerprint), sight, { cluster, atMs: window.untilMs }, config.findings);
    if (!step) continue;
    projection.records.set(fingerprint, step.record);
    projection.events.push(...step.events);
  }
  return projection;
}
