import { windowOf } from '../analyzers/derived/spark-run.js';
import { sparkRuns } from '../analyzers/derived/spark-runs.js';
import { RULES, RUN_RULES } from '../analyzers/registry.js';
import { checkRuleConfig, evaluateGiven, givenInput } from '../analyzers/run.js';
import type { Config } from '../config/schema.js';
import type { Finding } from '../model/finding.js';
import type { Report } from '../model/report.js';
import type { SparkLog } from '../model/spark.js';
import { isoTime, windowHours } from '../model/window.js';
import type { RunCost, RunRate } from '../pricing/run-cost.js';
import { type RunGpus, runGpus } from '../pricing/run-gpus.js';
import { countStates, toReportFinding, withRunDollars } from '../reports/build.js';
import { compareFindings } from '../reports/order.js';
import { runRow } from '../reports/sections/spark-runs.js';
import type { PodLife } from '../store/pod-life.js';
import { type WhatIf, whatIf } from './what-if.js';

export interface ExamineOptions {
  config: Config;
  /** Empty for a log read from a file. */
  cluster: string;
  version: string;
  nowMs: number;
  /** Pods of the run, where more than the event log is known. */
  pods?: readonly PodLife[];
  money?: RunMoney | undefined;
  /** What the store says of where the run's pods and prices come from. */
  sources?: Report['sources'];
}

/** What the run cost, where the store knows nodes and prices, and what its pods cost per hour. */
export interface RunMoney {
  cost: RunCost | undefined;
  rates: RunRate[];
  gpus?: RunGpus | undefined;
  /** What to know of the cost where the run's pods lived much longer than its log. */
  note?: string | undefined;
}

/** What one run has to say. The report is what `--json` prints; the screen is made from the whole. */
export interface Clinic {
  run: SparkLog;
  report: Report;
  /** Undefined where there is nothing to replay. */
  whatIf: WhatIf | undefined;
  money: RunMoney | undefined;
  /** Undefined for a run without GPUs. */
  gpus: RunGpus | undefined;
}

/** How the run's own rules look at it, without a store: the rules are those of `analyze`. */
export function examine(run: SparkLog, { config, pods, ...options }: ExamineOptions): Clinic {
  checkRuleConfig(RULES, config);
  const { cluster, money } = options;
  const runs = [{ cluster, log: run, ...(pods && { pods: () => [...pods] }) }];
  const findings = evaluateGiven(RUN_RULES, givenInput(config, windowOf(run), new Map([[sparkRuns, runs]])));
  const report = reportOf(run, findings, options);
  return { run, report: withDollars(report), whatIf: whatIf(run), money, gpus: money?.gpus ?? runGpus(run) };
}

/** In each finding what the time that it says is lost cost. */
function withDollars(report: Report): Report {
  const runs = new Map(report.sparkRuns.map((row) => [row.appId, row]));
  return { ...report, findings: report.findings.map((finding) => withRunDollars(finding, runs)) };
}

function reportOf(
  run: SparkLog,
  findings: Finding[],
  { cluster, version, nowMs, money, sources = [] }: Omit<ExamineOptions, 'config' | 'pods'>,
): Report {
  const window = windowOf(run);
  const { log } = run.application;
  const found = findings.filter(({ state }) => state === 'finding');
  const freed = (key: 'freedCpuCores' | 'freedMemoryBytes') =>
    found.reduce((sum, { impact }) => sum + (impact[key] ?? 0), 0);
  return {
    schema: 'sparkfit.report/1',
    generatedAt: isoTime(nowMs),
    tool: { name: 'sparkfit', version },
    cluster,
    window: { since: isoTime(window.sinceMs), until: isoTime(window.untilMs), timeZone: 'UTC' },
    sources: [
      {
        id: 'spark-logs',
        state: log.damage.length ? 'partial' : 'ok',
        gaps: [],
        detail: [log.path, ...log.damage].join('; '),
      },
      ...sources,
    ],
    totals: {
      costUsdPerMonth: null,
      savingsUsdPerMonth: null,
      freedCpuCores: freed('freedCpuCores'),
      freedMemoryBytes: freed('freedMemoryBytes'),
      priceCoverage: 0,
      hoursCovered: windowHours(window),
      findings: found.length,
    },
    findings: findings.map(toReportFinding).sort(compareFindings),
    states: countStates(RUN_RULES, findings),
    spend: { byNamespace: [], byWorkload: [], idleUsdPerMonth: null },
    sparkRuns: [runRow(run, money)],
    spot: [],
  };
}
