import { ruleLink } from '../alerts/sinks/sink.js';
import { RULES } from '../analyzers/registry.js';
import type { ArtifactInput, Rule } from '../analyzers/rule.js';
import { artifactInput, evaluateRules } from '../analyzers/run.js';
import type { Config } from '../config/schema.js';
import { changesOf, NIGHTS_BACK } from '../findings/changes.js';
import { type Projection, project } from '../findings/project.js';
import { type Evidence, type Finding, LEDGER_ORDER } from '../model/finding.js';
import type { FindingRecord } from '../model/lifecycle.js';
import type { Report, ReportFinding, SparkRunRow } from '../model/report.js';
import { isoTime, type Window } from '../model/window.js';
import { type Costs, costs } from '../pricing/scopes.js';
import { spend } from '../pricing/spend.js';
import { bookSavings } from '../recommend/ledger.js';
import { findingRecords, lastNights, lifeEventsSince } from '../store/findings.js';
import type { Db } from '../store/open.js';
import { sparkResources } from '../store/schedules.js';
import { clusterOf, collectedSources, sourceStatuses } from '../store/sources.js';
import { compareFindings } from './order.js';
import { benchmarkSection } from './sections/benchmarks.js';
import { fitnessSection } from './sections/fitness.js';
import { nodePlanSection } from './sections/node-plan.js';
import { sparkRunSection } from './sections/spark-runs.js';
import { spendSection } from './sections/spend.js';
import { spotPlanSection, spotSection } from './sections/spot.js';

export interface BuildInput {
  db: Db;
  window: Window;
  config: Config;
  version: string;
  /** When the report is made. */
  nowMs: number;
  rules?: readonly Rule[];
  /** What a reader must know of the window. */
  notes?: readonly string[];
}

function isoWindow(window: Window): { since: string; until: string } {
  return { since: isoTime(window.sinceMs), until: isoTime(window.untilMs) };
}

function toReportEvidence({ window, ...rest }: Evidence): ReportFinding['evidence'][number] {
  return { ...rest, window: isoWindow(window) };
}

/** A finding in the published shape: times as ISO 8601. */
export function toReportFinding(finding: Finding): ReportFinding {
  const { recommendation } = finding;
  const backtest = recommendation?.backtest;
  return {
    ...finding,
    evidence: finding.evidence.map(toReportEvidence),
    recommendation: recommendation && {
      ...recommendation,
      backtest: backtest ? { ...backtest, window: isoWindow(backtest.window) } : null,
    },
  };
}

/** How many subjects ended in which state, per rule, in the rules' order. */
export function countStates(rules: readonly Rule[], findings: readonly Finding[]): Report['states'] {
  return rules.map(({ id, title }) => {
    const own = findings.filter((finding) => finding.rule === id);
    const count = (state: Finding['state']) => own.filter((finding) => finding.state === state).length;
    return {
      rule: id,
      title,
      finding: count('finding'),
      ok: count('ok'),
      insufficientData: count('insufficient-data'),
      notApplicable: count('not-applicable'),
    };
  });
}

export function sourcesOf(db: Db): Report['sources'] {
  return sourceStatuses(db).map(({ gaps, ...status }) => ({
    ...status,
    gaps: gaps.map(({ why, ...window }) => ({ ...isoWindow(window), why })),
  }));
}

/** Sums over the ledger's findings; null where no saving has a price. */
function totalsOf(
  findings: readonly Finding[],
  rules: readonly Rule[],
  cost: Costs,
  hoursCovered: number,
): Report['totals'] {
  const saving = new Set(
    rules.filter((rule) => rule.ledger && LEDGER_ORDER.includes(rule.ledger)).map((rule) => rule.id),
  );
  const found = findings.filter((finding) => finding.state === 'finding');
  const booked = found.filter((finding) => saving.has(finding.rule)).map((finding) => finding.impact);
  const priced = booked.map((impact) => impact.usdPerMonth).filter((usd) => usd !== null);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return {
    costUsdPerMonth: cost.usdPerMonth,
    savingsUsdPerMonth: priced.length > 0 ? sum(priced) : cost.usdPerMonth === null ? null : 0,
    freedCpuCores: sum(booked.map((impact) => impact.freedCpuCores ?? 0)),
    freedMemoryBytes: sum(booked.map((impact) => impact.freedMemoryBytes ?? 0)),
    priceCoverage: cost.things > 0 ? cost.priced / cost.things : 0,
    priceSources: cost.sources,
    hoursCovered,
    findings: found.length,
  };
}

function coveredHoursOf(input: ArtifactInput): number {
  const there = collectedSources(input.db);
  return there.has('kubernetes') && there.has('prometheus') ? input.get(spend).hoursCovered : 0;
}

/** What the time that a finding says is lost cost in that run, where the run's price is known. */
export function withRunDollars(finding: ReportFinding, runs: ReadonlyMap<string, SparkRunRow>): ReportFinding {
  const run = finding.subject.runId === undefined ? undefined : runs.get(finding.subject.runId);
  const seconds = finding.impact.secondsPerRun;
  const [first] = finding.evidence;
  if (!run?.usd || seconds === null || !first || run.wallSeconds <= 0) return finding;
  const value = (run.usd * seconds) / run.wallSeconds;
  const evidence = {
    metric: "the lost time's share of the run's cost",
    value,
    unit: 'USD/run',
    window: first.window,
    samples: 1,
  };
  return { ...finding, evidence: [...finding.evidence, evidence] };
}

/** The rule's page as an address, where the docs are published. */
function withRulePage(finding: ReportFinding, { alerts }: Config): ReportFinding {
  return alerts.docsUrl ? { ...finding, links: { ...finding.links, rule: ruleLink(alerts, finding.rule) } } : finding;
}

/** Where a finding is in its life; null where no night was ever kept. */
function withLife(finding: ReportFinding, records: ReadonlyMap<string, FindingRecord> | undefined): ReportFinding {
  const record = records?.get(finding.fingerprint);
  if (!record || finding.state !== 'finding') return { ...finding, lifecycle: null };
  const { state, firstSeenMs, lastSeenMs, openedMs, timesOpened, mute } = record;
  const lifecycle = {
    state,
    firstSeen: isoTime(firstSeenMs),
    lastSeen: isoTime(lastSeenMs),
    openedAt: openedMs === null ? null : isoTime(openedMs),
    timesOpened,
    muted: mute && {
      kind: mute.kind,
      until: mute.untilMs === null ? null : isoTime(mute.untilMs),
      by: mute.by,
      why: mute.why,
    },
  };
  return { ...finding, lifecycle };
}

/** The report, and what its evaluations make of the findings' lives: `nightly` keeps that. */
export interface Evaluated {
  report: Report;
  projection: Projection;
  input: ArtifactInput;
}

/** The one value that every format renders, from what the store holds of the window. */
export function buildReport(given: BuildInput): Report {
  return evaluate(given).report;
}

/** The cluster that a report on this store is about. */
export function reportedCluster(db: Db, config: Config): string {
  return config.cluster || clusterOf(db) || 'default';
}

/** All of it from one state of the store, whatever a night writes or merges meanwhile. */
export function evaluate(given: BuildInput): Evaluated {
  return given.db.transaction(() => evaluateState(given))();
}

function evaluateState({ db, window, config, version, nowMs, rules = RULES, notes = [] }: BuildInput): Evaluated {
  const input = artifactInput(db, window, config);
  const cluster = reportedCluster(db, config);
  const ledgers = new Map(rules.map((rule) => [rule.id, rule.ledger]));
  const cost = input.get(costs);
  const known = findingRecords(db, cluster);
  const muted = new Set(known.filter(({ mute }) => mute).map(({ fingerprint }) => fingerprint));
  const findings = bookSavings(
    evaluateRules({ rules, input, cluster }),
    (id) => ledgers.get(id) ?? null,
    cost.scopes,
    ({ fingerprint }) => muted.has(fingerprint),
  );
  const sparkRuns = sparkRunSection(input);
  const runs = new Map(sparkRuns.map((run) => [run.appId, run]));
  const evaluations = findings
    .map(toReportFinding)
    .map((finding) => withRunDollars(finding, runs))
    .map((finding) => withRulePage(finding, config))
    .sort(compareFindings);
  const projection = project({ db, cluster, config, rules, window, evaluations, known });
  const nights = lastNights(db, cluster, NIGHTS_BACK);
  const changes = changesOf({
    projection,
    nights,
    eventsSince: (afterMs) => lifeEventsSince(db, cluster, afterMs),
    atMs: window.untilMs,
  });
  const told = findings.filter(({ fingerprint }) => !projection.records.get(fingerprint)?.mute);
  const report: Report = {
    schema: 'sparkfit.report/1',
    generatedAt: isoTime(nowMs),
    tool: { name: 'sparkfit', version },
    cluster,
    window: { ...isoWindow(window), timeZone: 'UTC' },
    sources: sourcesOf(db),
    ...(notes.length > 0 ? { notes: [...notes] } : {}),
    totals: totalsOf(told, rules, cost, coveredHoursOf(input)),
    changes,
    nights: [...nights].reverse().map(({ atMs, costUsdPerMonth, savingsUsdPerMonth, findings: count }) => ({
      at: isoTime(atMs),
      costUsdPerMonth,
      savingsUsdPerMonth,
      findings: count,
    })),
    findings: evaluations.map((finding) => withLife(finding, nights.length > 0 ? projection.records : undefined)),
    states: countStates(rules, findings),
    spend: spendSection(input),
    fitness: fitnessSection(input, findings, rules),
    nodePlan: nodePlanSection(input, told),
    sparkRuns,
    ...(collectedSources(db).has('kubernetes') ? { sparkResources: sparkResources(db) } : {}),
    spot: spotSection(input),
    spotPlans: spotPlanSection(input),
    benchmarks: benchmarkSection(db, window),
  };
  return { report, projection, input };
}
