import { SEVERITIES, STATES } from '../model/finding.js';
import type { Report, ReportFinding } from '../model/report.js';

function byNumberDown(a: number | null, b: number | null): number {
  // Null is not known, thus last: it is not less than any number.
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return b - a;
}

/** By code units: the same on every machine, whatever its language. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What matters most comes first: findings before other states, what is critical (something fails) before all else,
 * then dollars, then severity, time and confidence. The fingerprint makes the order total.
 */
export function compareFindings(a: ReportFinding, b: ReportFinding): number {
  return (
    STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
    Number(b.severity === 'critical') - Number(a.severity === 'critical') ||
    byNumberDown(a.impact.usdPerMonth, b.impact.usdPerMonth) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    byNumberDown(a.impact.secondsPerRun, b.impact.secondsPerRun) ||
    b.confidence.value - a.confidence.value ||
    byText(a.rule, b.rule) ||
    byText(a.fingerprint, b.fingerprint) ||
    byText(a.subject.runId ?? '', b.subject.runId ?? '')
  );
}

/** Whether a person said that it is not to be told. */
export function isMuted({ lifecycle }: ReportFinding): boolean {
  return Boolean(lifecycle?.muted);
}

/** The findings proper (state `finding`) that are to be told, in order. */
export function findingsOf(report: Report): ReportFinding[] {
  return report.findings.filter((finding) => finding.state === 'finding' && !isMuted(finding)).sort(compareFindings);
}

/** What a reader asks: what is wasted, what is slow, what is at risk. */
function questionOf({ impact }: ReportFinding): 'money' | 'time' | 'risk' {
  if ((impact.usdPerMonth ?? 0) > 0) return 'money';
  return (impact.secondsPerRun ?? 0) > 0 ? 'time' : 'risk';
}

/**
 * The findings as a reader meets them: by turns the next most important one of money, of risk and of time, so that many
 * risks do not hide what is paid for nothing, nor the other way round.
 */
export function findingsInTurn(report: Report): ReportFinding[] {
  const sorted = findingsOf(report);
  const turns = (['money', 'risk', 'time'] as const).flatMap((question, place) =>
    sorted.filter((finding) => questionOf(finding) === question).map((finding, round) => ({ finding, round, place })),
  );
  return turns.sort((a, b) => a.round - b.round || a.place - b.place).map(({ finding }) => finding);
}
