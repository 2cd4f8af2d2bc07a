import type { Report } from '../model/report.js';
import { findingsOf } from './order.js';
import { shown } from './text.js';

/** Spreadsheets cut cells at 32,767 characters. */
const LONGEST_CELL = 32_000;
/** A cell that begins so is run as a formula by spreadsheets (OWASP, CSV injection). */
const FORMULA = /^\s*[=+\-@|%]/;

type Cell = string | number | null | undefined;

/** One cell of RFC 4180. Numbers are bare, what is not known is empty, text from outside is never a formula. */
export function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = shown(value, LONGEST_CELL);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) || safe.trim() !== safe ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows]
    .map((row) => row.map(csvCell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

const SPEND_HEAD = [
  'usd_in_window',
  'usd_per_month',
  'wasted_usd_in_window',
  'cpu_core_hours',
  'memory_gib_hours',
  'cpu_request_cores',
  'cpu_usage_cores',
  'memory_request_bytes',
  'memory_usage_bytes',
];

function spendTable(name: string, rows: Report['spend']['byNamespace']): string {
  const cells = rows.map((row) => [
    row.key,
    row.usd,
    row.usdPerMonth,
    row.wastedUsd,
    row.cpuCoreHours,
    row.memoryGibHours,
    row.cpuRequestCores,
    row.cpuUsageCores,
    row.memoryRequestBytes,
    row.memoryUsageBytes,
  ]);
  return csv([name, ...SPEND_HEAD], cells);
}

/** The findings as a table. */
export function renderCsv(report: Report): string {
  const head = [
    'fingerprint',
    'rule',
    'severity',
    'kind',
    'cluster',
    'namespace',
    'name',
    'container',
    'role',
    'run',
    'stage',
    'title',
    'usd_per_month',
    'freed_cpu_cores',
    'freed_memory_bytes',
    'seconds_per_run',
    'confidence',
    'change',
    'backtest_passed',
  ];
  const rows = findingsOf(report).map(({ subject, impact, recommendation, ...finding }): Cell[] => [
    finding.fingerprint,
    finding.rule,
    finding.severity,
    subject.kind,
    subject.cluster,
    subject.namespace,
    subject.name,
    subject.container,
    subject.role,
    subject.runId,
    subject.stageId,
    finding.title,
    impact.usdPerMonth,
    impact.freedCpuCores,
    impact.freedMemoryBytes,
    impact.secondsPerRun,
    finding.confidence.value,
    recommendation?.summary,
    recommendation?.backtest ? String(recommendation.backtest.passed) : null,
  ]);
  return csv(head, rows);
}

/** Every table of the report, by name. */
export function csvTables(report: Report): Map<string, string> {
  const runs = report.sparkRuns.map((run) => [
    run.family,
    run.appId,
    run.name,
    run.startedAt,
    run.wallSeconds,
    run.usd,
  ]);
  const parts = report.sparkRuns.flatMap(({ appId, parts: own }) =>
    own.map(({ part, seconds }) => [appId, part, seconds]),
  );
  const fitness = (report.fitness ?? []).map((row) => [
    row.scope,
    row.key,
    row.score,
    row.grade,
    row.usdPerMonth,
    row.recoverableUsdPerMonth,
    row.riskDeduction,
    row.risks.join(' '),
  ]);
  const spot = report.spot.map((row) => [
    row.instanceType,
    row.product,
    row.zone,
    row.meanUsdPerHour,
    row.p95UsdPerHour,
    row.onDemandUsdPerHour,
    row.coverage,
  ]);
  return new Map([
    ['findings', renderCsv(report)],
    ['cost-by-namespace', spendTable('namespace', report.spend.byNamespace)],
    ['cost-by-workload', spendTable('workload', report.spend.byWorkload)],
    [
      'cost-of-the-rest',
      csv(
        ['name', 'usd_per_month'],
        [
          ['idle node capacity', report.spend.idleUsdPerMonth],
          ...(report.spend.rest ?? []).map(({ name, usdPerMonth }) => [name, usdPerMonth]),
        ],
      ),
    ],
    [
      'fitness',
      csv(
        ['scope', 'key', 'score', 'grade', 'usd_per_month', 'recoverable_usd_per_month', 'risk_points', 'risks'],
        fitness,
      ),
    ],
    ['spark-runs', csv(['family', 'app_id', 'name', 'started_at_utc', 'wall_seconds', 'usd'], runs)],
    ['spark-run-time', csv(['app_id', 'part', 'seconds'], parts)],
    [
      'spot',
      csv(
        [
          'instance_type',
          'product',
          'zone',
          'mean_usd_per_hour',
          'p95_usd_per_hour',
          'on_demand_usd_per_hour',
          'coverage',
        ],
        spot,
      ),
    ],
  ]);
}
