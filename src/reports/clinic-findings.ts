import type { Report, ReportFinding } from '../model/report.js';
import { findingsOf } from './order.js';

/** Of the cause's evidence what the failed job does not say already. */
const OF_CAUSE = new Set(['kind of cause', 'first said by']);

/** The failed job with why it failed: one thing to the reader, though two rules look at it. */
function joined(failed: ReportFinding, cause: ReportFinding): ReportFinding {
  const isOfJob = cause.title.startsWith('Job ');
  const { recommendation } = failed;
  return {
    ...failed,
    title: isOfJob ? cause.title : failed.title,
    evidence: [...cause.evidence.filter(({ metric }) => OF_CAUSE.has(metric)), ...failed.evidence.slice(1)],
    confidence: cause.confidence.value > failed.confidence.value ? cause.confidence : failed.confidence,
    recommendation: recommendation && {
      ...recommendation,
      summary: cause.recommendation?.summary ?? recommendation.summary,
    },
  };
}

/** That a stream does not keep up costs no time of its run, and is worse than what does. */
function lagFirst(findings: readonly ReportFinding[]): ReportFinding[] {
  const place = ({ rule, severity }: ReportFinding) =>
    severity === 'critical' ? 0 : rule === 'spark/streaming-lag' ? 1 : 2;
  return [...findings].sort((a, b) => place(a) - place(b));
}

/**
 * The findings as people read them, in the order in which both screen and page tell them: why the run failed stands with
 * the job that failed. The JSON report has both.
 */
export function clinicFindings(report: Report): ReportFinding[] {
  const findings = lagFirst(findingsOf(report));
  const cause = findings.find(({ rule, severity }) => rule === 'logs/root-cause' && severity === 'critical');
  const failed = findings.find(({ rule }) => rule === 'spark/job-failed');
  if (!cause || !failed) return findings;
  return findings
    .filter((finding) => finding !== cause)
    .map((finding) => (finding === failed ? joined(failed, cause) : finding));
}
