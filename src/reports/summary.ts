import { SEVERITIES, type Severity, subjectText } from '../model/finding.js';
import type { Report, ReportFinding } from '../model/report.js';
import {
  formatBytes,
  formatCores,
  formatCount,
  formatIsoWindow,
  formatSeconds,
  formatShare,
  formatUsdPerMonth,
} from './format.js';
import { findingsOf } from './order.js';
import { shown } from './text.js';

/** The sentences that all formats share, as printable text: each format escapes them in its own way. */

/** Savings below this are noise: they are named by resource, not by money. */
const LEAST_USD = 0.005;

export function severityCounts(report: Report): [Severity, number][] {
  const findings = findingsOf(report);
  return SEVERITIES.map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length]);
}

/** `17 findings (3 critical, 12 warning, 2 info)`. */
export function findingsText(report: Report): string {
  const counts = severityCounts(report).filter(([, count]) => count > 0);
  if (!counts.length) return 'no findings';
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return `${formatCount(total, 'finding')} (${counts.map(([severity, count]) => `${count} ${severity}`).join(', ')})`;
}

/** The whole answer in one sentence. */
export function headline(report: Report): string {
  const { costUsdPerMonth: cost, savingsUsdPerMonth: savings } = report.totals;
  const cluster = shown(report.cluster);
  const costText =
    cost === null ? `What ${cluster} costs is not known (no prices)` : `${cluster} costs ${formatUsdPerMonth(cost)}`;
  const share = cost && savings !== null ? ` (${formatShare(savings / cost)})` : '';
  const savingsText =
    savings === null ? 'what could be saved is not priced' : `${formatUsdPerMonth(savings)}${share} could be saved`;
  return `${costText}, ${savingsText}: ${findingsText(report)}.`;
}

/** Which hours the money stands on, and which prices. */
export function basisText(report: Report): string {
  const { priceCoverage, hoursCovered, priceSources = [] } = report.totals;
  // Said beside every sum: a list of some day in the place of the region's own.
  const bundled = priceSources.filter((source) => source.includes('bundled'));
  const marked = bundled.length > 0 ? ` Some are ${bundled.join(', ')}: not read from AWS.` : '';
  const notes = (report.notes ?? []).map((note) => ` Note: ${shown(note)}.`).join('');
  const hours =
    hoursCovered > 0
      ? `${formatCount(Math.round(hoursCovered), 'hour')} with measured use, scaled to a month of 730 h`
      : 'no measured use';
  return `Window ${formatIsoWindow(report.window)}; ${hours}; prices known for ${formatShare(priceCoverage)} of the hours.${marked}${notes}`;
}

/** A gap with its reason, unless the source's own words (`detail`) have told it. */
export function gapText(gap: Report['sources'][number]['gaps'][number], detail: string): string {
  const window = `gap ${formatIsoWindow(gap)}`;
  return gap.why && !detail.includes(gap.why) ? `${window}: ${shown(gap.why)}` : window;
}

/** Where prices come from; where that is not told, what was collected of them. */
export function priceSourceText(report: Report): string {
  const { priceSources = [] } = report.totals;
  if (priceSources.length > 0) return priceSources.map((source) => shown(source)).join(', ');
  const sources = report.sources.filter(({ id }) => id === 'aws-prices' || id === 'aws-spot');
  const known = sources.filter(({ state }) => state === 'ok' || state === 'partial');
  if (!known.length) return 'no price source';
  return known.map(({ id, detail }) => (detail ? `${id} (${shown(detail)})` : id)).join(', ');
}

export function whereText(finding: ReportFinding): string {
  const { subject } = finding;
  const name = { ...subject, kind: shown(subject.kind), name: shown(subject.name) };
  if (subject.namespace) name.namespace = shown(subject.namespace);
  if (subject.container) name.container = shown(subject.container);
  const run = subject.runId ? `, run ${shown(subject.runId)}` : '';
  return `${subjectText(name)}${run}`;
}

/** What else a change brings: `frees 2 cores`, `frees 3 GiB`, `45 s less per run`. */
export function gainTexts(finding: ReportFinding): string[] {
  const { freedCpuCores, freedMemoryBytes, secondsPerRun } = finding.impact;
  return [
    freedCpuCores ? `${freedCpuCores > 0 ? 'frees' : 'adds'} ${formatCores(Math.abs(freedCpuCores))}` : '',
    freedMemoryBytes
      ? `${freedMemoryBytes > 0 ? 'frees' : 'adds'} ${formatBytes(Math.abs(freedMemoryBytes))} of memory`
      : '',
    secondsPerRun ? `${formatSeconds(Math.abs(secondsPerRun))} ${secondsPerRun > 0 ? 'less' : 'more'} per run` : '',
  ].filter(Boolean);
}

/** Families whose findings are about money alone: without dollars their price is unknown. */
const MONEY_FAMILIES: ReadonlySet<string> = new Set(['idle', 'spot', 'cost']);

/** Why a finding has no dollars: it frees something whose price is unknown, or it is about time or risk, not about money. */
function noMoneyText(finding: ReportFinding): string {
  const { freedCpuCores, freedMemoryBytes, secondsPerRun } = finding.impact;
  const isAboutMoney = MONEY_FAMILIES.has(finding.rule.split('/')[0] ?? '');
  if (freedCpuCores || freedMemoryBytes || isAboutMoney) return 'price unknown';
  return secondsPerRun ? '' : 'a risk, not a saving';
}

/** `saves $12.30/month`, or why there is no such figure; nothing where a finding is about time. */
export function moneyText(finding: ReportFinding): string {
  const { usdPerMonth } = finding.impact;
  if (usdPerMonth === null) return noMoneyText(finding);
  if (Math.abs(usdPerMonth) < LEAST_USD) return 'no money of its own';
  return usdPerMonth < 0 ? `costs ${formatUsdPerMonth(-usdPerMonth)} more` : `saves ${formatUsdPerMonth(usdPerMonth)}`;
}

/** `saves $12.30/month, frees 2 cores`; a finding that saves nothing says what it is about instead. */
export function impactText(finding: ReportFinding): string {
  return [moneyText(finding), ...gainTexts(finding)].filter(Boolean).join(', ');
}

export function confidenceText(finding: ReportFinding): string {
  return formatShare(finding.confidence.value);
}

export interface StateTotals {
  checks: number;
  finding: number;
  ok: number;
  insufficientData: number;
  notApplicable: number;
}

/** How many answers (one per rule and subject) ended in which state. */
export function stateTotals(report: Report): StateTotals {
  const totals = { checks: 0, finding: 0, ok: 0, insufficientData: 0, notApplicable: 0 };
  for (const row of report.states) {
    totals.finding += row.finding;
    totals.ok += row.ok;
    totals.insufficientData += row.insufficientData;
    totals.notApplicable += row.notApplicable;
  }
  totals.checks = totals.finding + totals.ok + totals.insufficientData + totals.notApplicable;
  return totals;
}

export function statesText(report: Report): string {
  const totals = stateTotals(report);
  if (!totals.checks) return 'Nothing was checked.';
  const parts = [
    formatCount(totals.finding, 'finding'),
    `${formatCount(totals.ok, 'is', 'are')} ok`,
    `${formatCount(totals.insufficientData, 'has', 'have')} insufficient data`,
    `${formatCount(totals.notApplicable, 'is', 'are')} not applicable`,
  ];
  return `Of ${formatCount(totals.checks, 'check')} (one per rule and subject): ${parts.join(', ')}.`;
}

/** Rules that could not answer for some subjects, most subjects first. */
export function insufficientText(report: Report): string {
  return report.states
    .filter((row) => row.insufficientData > 0)
    .sort((a, b) => b.insufficientData - a.insufficientData)
    .map((row) => `${row.rule} ${row.insufficientData}`)
    .join(', ');
}
