import type { Report, ReportFinding } from '../model/report.js';
import { formatValue } from './format.js';
import { compareFindings } from './order.js';
import { headline, impactText, whereText } from './summary.js';
import { shown } from './text.js';
import { escapeXml } from './xml.js';

/** Evidence of one failure; the JSON report has all of it. */
const LONGEST_TEXT = 2_000;

function failure(finding: ReportFinding): string {
  const { recommendation, evidence, severity } = finding;
  const lines = [
    impactText(finding),
    ...evidence.map(({ metric, value, unit }) => `${shown(metric)}: ${shown(formatValue(value, unit))}`),
    recommendation ? `Change: ${shown(recommendation.summary, LONGEST_TEXT)}` : '',
    `Fingerprint: ${finding.fingerprint}`,
  ];
  const text = lines.filter(Boolean).join('\n');
  return `<failure type="${severity}" message="${escapeXml(shown(finding.title))}">${escapeXml(text)}</failure>`;
}

function body(finding: ReportFinding): string {
  if (finding.state === 'finding') return failure(finding);
  if (finding.state === 'ok') return '';
  return `<skipped message="${escapeXml(`${finding.state}: ${shown(finding.title)}`)}"/>`;
}

function suite(rule: string, findings: readonly ReportFinding[]): string {
  const count = (states: readonly string[]) => findings.filter(({ state }) => states.includes(state)).length;
  const cases = findings.map(
    (finding) =>
      `    <testcase classname="${escapeXml(rule)}" name="${escapeXml(whereText(finding))}">${body(finding)}</testcase>`,
  );
  const skipped = count(['insufficient-data', 'not-applicable']);
  return [
    `  <testsuite name="${escapeXml(rule)}" tests="${findings.length}" failures="${count(['finding'])}" skipped="${skipped}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

/** The answers as JUnit XML: a suite per rule, a case per subject; findings fail, what could not be judged is skipped. */
export function renderJunit(report: Report): string {
  const findings = [...report.findings].sort(compareFindings);
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  const failures = findings.filter(({ state }) => state === 'finding').length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(headline(report))}" tests="${findings.length}" failures="${failures}">`,
    ...rules.map((rule) =>
      suite(
        rule,
        findings.filter((finding) => finding.rule === rule),
      ),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}
