import { readFileSync } from 'node:fs';
import { Report } from '../../src/model/report.js';

/** A fresh copy of the sample report, checked against the schema. */
export function sampleReport(): Report {
  return Report.parse(JSON.parse(readFileSync('test/fixtures/report/sample.json', 'utf8')));
}

/** What a name may hold that wants to do harm somewhere. */
export const HOSTILE: Readonly<Record<string, string>> = {
  script: '<script>alert(1)</script>',
  style: '</style><img src=x onerror=alert(1)>',
  attribute: '" onmouseover="alert(1)" x=\'',
  ansi: '\u001b[31mred\u001b]0;title\u0007\u009b2J',
  markdown: '`a` | **b** | [c](javascript:alert(1)) <details> @team ```\n# head',
  bidi: 'abc\u202egpj.exe\u2066',
  rightToLeft: 'מסד נתונים',
  emoji: 'job-👩‍💻-🚀',
  surrogate: 'x\ud800y\udc00',
  formula: "=cmd|' /C calc'!A0",
  path: '../../etc/passwd',
  sql: "'; DROP TABLE finding; --",
  nothing: '',
  long: 'n'.repeat(100_000),
};

/** The sample with `text` in every field that the outside fills. */
export function reportNamed(text: string): Report {
  const report = sampleReport();
  report.cluster = text;
  for (const source of report.sources) {
    source.detail = text;
    for (const gap of source.gaps) gap.why = text;
  }
  for (const finding of report.findings) {
    Object.assign(finding.subject, {
      kind: text,
      cluster: text,
      namespace: text,
      name: text,
      container: text,
      runId: text,
    });
    finding.title = text;
    finding.confidence.why = text;
    finding.links = { [text]: text, bad: `javascript:${text}`, good: `https://example.com/${text}` };
    finding.evidence = finding.evidence.map((evidence) => ({ ...evidence, metric: text, value: text, unit: text }));
    const { recommendation } = finding;
    if (!recommendation) continue;
    recommendation.summary = text;
    recommendation.risk = text;
    recommendation.patches = [{ format: text, target: text, content: text }];
    if (recommendation.backtest) Object.assign(recommendation.backtest, { summary: text, figures: { [text]: 1 } });
    const series = recommendation.backtest?.series;
    if (series) Object.assign(series, { metric: text, unit: text });
  }
  for (const row of [...report.spend.byNamespace, ...report.spend.byWorkload]) row.key = text;
  for (const run of report.sparkRuns) {
    Object.assign(run, { appId: text, name: text, family: text });
    for (const part of run.parts) part.part = text;
    for (const stage of run.stages ?? []) stage.name = text;
  }
  for (const row of report.fitness ?? []) Object.assign(row, { key: text, risks: [text] });
  for (const row of report.spot) {
    Object.assign(row, { instanceType: text, product: text, zone: text });
    if (row.hourly) row.hourly.timeZone = text;
  }
  for (const plan of report.spotPlans ?? []) {
    Object.assign(plan, { why: text, timeZone: text, family: { kind: text, namespace: text, name: text } });
    if (plan.best) Object.assign(plan.best, { type: text, zone: text });
  }
  return report;
}

/** The sample with as many findings as asked. */
export function reportOf(count: number): Report {
  const report = sampleReport();
  const found = report.findings.filter(({ state }) => state === 'finding');
  report.findings = Array.from({ length: count }, (_, i) => {
    const finding = structuredClone(found[i % found.length]);
    if (!finding) throw new Error('the sample has no findings');
    return { ...finding, fingerprint: i.toString(16).padStart(16, '0') };
  });
  return report;
}

/** No data at all: the first run on an empty store. */
export function emptyReport(): Report {
  const report = sampleReport();
  return {
    ...report,
    sources: report.sources.map(({ id }) => ({ id, state: 'absent', gaps: [], detail: '' })),
    totals: {
      costUsdPerMonth: null,
      savingsUsdPerMonth: null,
      freedCpuCores: 0,
      freedMemoryBytes: 0,
      priceCoverage: 0,
      hoursCovered: 0,
      findings: 0,
    },
    findings: [],
    states: [],
    spend: { byNamespace: [], byWorkload: [], idleUsdPerMonth: null },
    nights: [],
    spotPlans: [],
    fitness: [],
    sparkRuns: [],
    spot: [],
  };
}
