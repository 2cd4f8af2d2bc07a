import type { Rule } from '../analyzers/rule.js';
import type { Config } from '../config/schema.js';
import type { FindingRecord } from '../model/lifecycle.js';
import type { ReportFinding } from '../model/report.js';
import type { SourceId } from '../model/sources.js';
import { DAY_MS, type Window } from '../model/window.js';
import type { RunRow } from '../store/collections.js';
import type { Sight } from './step.js';

/** A collection older than this says nothing of tonight. */
const STALE_MS = DAY_MS;

export interface SightInput {
  cluster: string;
  rules: readonly Rule[];
  config: Config;
  evaluations: readonly ReportFinding[];
  /** The newest collection of each source. */
  runs: readonly RunRow[];
  window: Window;
}

type Freshness = { state: 'whole' | 'partial' } | { state: 'lacking'; why: string };

function freshnessOf(source: SourceId, { cluster, runs, window }: SightInput): Freshness {
  const own = runs.filter((run) => run.source === source);
  const run = own.find((one) => one.cluster === cluster) ?? own[0];
  if (!run) return { state: 'lacking', why: `${source} was never collected` };
  if (run.state === 'running') return { state: 'lacking', why: `the collection from ${source} was killed` };
  if (run.state === 'failed' || run.state === 'absent')
    return { state: 'lacking', why: `${source} was not collected: ${run.detail}` };
  if (run.untilMs < window.untilMs - STALE_MS)
    return { state: 'lacking', why: `nothing new was collected from ${source}` };
  return { state: run.state === 'ok' ? 'whole' : 'partial' };
}

function sourcesOf(rule: Rule): SourceId[] {
  return [...new Set(Object.values(rule.needs).flatMap((artifact) => artifact.sources))];
}

const ORDER = ['finding', 'insufficient-data', 'ok', 'not-applicable'] as const;

/** Of several evaluations with one fingerprint (runs of a family) the one that weighs most; findings come in report order. */
function weightiest(evaluations: readonly ReportFinding[]): Map<string, ReportFinding> {
  const best = new Map<string, ReportFinding>();
  for (const evaluation of evaluations) {
    const other = best.get(evaluation.fingerprint);
    if (!other || ORDER.indexOf(evaluation.state) < ORDER.indexOf(other.state))
      best.set(evaluation.fingerprint, evaluation);
  }
  return best;
}

function placeOf(rule: string, namespace: string | undefined): string {
  return `${rule} ${namespace ?? ''}`;
}

/**
 * Says of every finding, known or new, what this night shows. A finding is clean only where its rule answered, or its
 * subject is gone, on sources that were read tonight.
 */
export function sightsOf(input: SightInput, known: readonly FindingRecord[]): Map<string, Sight> {
  const best = weightiest(input.evaluations);
  const enabled = new Map(
    input.rules.filter((rule) => input.config.rules[rule.id]?.enabled !== false).map((rule) => [rule.id, rule]),
  );
  const answered = new Set(
    input.evaluations
      .filter(({ state }) => state !== 'insufficient-data')
      .map(({ rule, subject }) => placeOf(rule, subject.namespace)),
  );
  const sights = new Map<string, Sight>();
  for (const [fingerprint, evaluation] of best)
    if (evaluation.state === 'finding') sights.set(fingerprint, { kind: 'found', finding: evaluation });
  for (const record of known) {
    if (sights.has(record.fingerprint)) continue;
    const rule = enabled.get(record.rule);
    sights.set(record.fingerprint, rule ? unfound(record, rule, best, answered, input) : RULE_OFF);
  }
  return sights;
}

const RULE_OFF: Sight = { kind: 'clean', why: 'its rule is switched off' };

function unfound(
  record: FindingRecord,
  rule: Rule,
  best: ReadonlyMap<string, ReportFinding>,
  answered: ReadonlySet<string>,
  input: SightInput,
): Sight {
  const states = sourcesOf(rule).map((source) => freshnessOf(source, input));
  const lacking = states.find((state) => state.state === 'lacking');
  if (lacking?.state === 'lacking') return { kind: 'unknown', why: lacking.why };
  const evaluation = best.get(record.fingerprint);
  if (evaluation?.state === 'insufficient-data') return { kind: 'unknown', why: evaluation.title };
  if (evaluation) return { kind: 'clean', why: evaluation.title };
  const isWhole = states.every((state) => state.state === 'whole');
  if (isWhole || answered.has(placeOf(record.rule, record.subject.namespace)))
    return { kind: 'clean', why: 'its subject is no longer there' };
  return { kind: 'unknown', why: 'its subject was not seen, but not everything was read' };
}
