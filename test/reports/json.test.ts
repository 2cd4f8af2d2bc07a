import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Report } from '../../src/model/report.js';
import { renderJson } from '../../src/reports/json.js';
import { reportSchemaText } from '../../src/reports/schema.js';
import { emptyReport, HOSTILE, reportNamed, sampleReport } from './sample.js';

const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync('docs/report.schema.json', 'utf8')));

describe('renderJson', () => {
  it('prints findings only, unless asked for all states', () => {
    const states = (text: string) => new Set(Report.parse(JSON.parse(text)).findings.map(({ state }) => state));
    expect([...states(renderJson(sampleReport()))]).toEqual(['finding']);
    expect([...states(renderJson(sampleReport(), { allStates: true }))]).toEqual([
      'finding',
      'ok',
      'insufficient-data',
      'not-applicable',
    ]);
  });

  it('gives the same bytes whatever the order of keys and findings', () => {
    const report = sampleReport();
    const reversed = { ...report, findings: [...report.findings].reverse() };
    for (const finding of reversed.findings) {
      finding.links = Object.fromEntries(Object.entries(finding.links).reverse());
      const backtest = finding.recommendation?.backtest;
      if (backtest) backtest.figures = Object.fromEntries(Object.entries(backtest.figures).reverse());
    }
    const turned = Report.parse(Object.fromEntries(Object.entries(reversed).reverse()));
    expect(renderJson(turned, { allStates: true })).toBe(renderJson(sampleReport(), { allStates: true }));
  });

  it('leaves the report as it was', () => {
    const report = sampleReport();
    renderJson(report);
    expect(report).toEqual(sampleReport());
  });

  it('keeps null for what is not known', () => {
    const { findings } = Report.parse(JSON.parse(renderJson(sampleReport())));
    expect(findings.find(({ rule }) => rule === 'idle/volume')?.impact.usdPerMonth).toBeNull();
  });

  it.each(Object.entries(HOSTILE))('keeps a hostile name as a value and prints it harmlessly: %s', (_, name) => {
    const text = renderJson(reportNamed(name), { allStates: true });
    expect(Report.parse(JSON.parse(text)).cluster).toBe(name);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
  });
});

describe('the published schema', () => {
  it('is what the code says (npm run docs:schema)', () => {
    expect(readFileSync('docs/report.schema.json', 'utf8')).toBe(reportSchemaText());
  });

  it('accepts the sample, an empty report and fields of later versions', () => {
    const later = { ...JSON.parse(renderJson(sampleReport(), { allStates: true })), more: 1 };
    expect([validate(later), validate(JSON.parse(renderJson(emptyReport())))]).toEqual([true, true]);
  });

  it('refuses what is no report', () => {
    const report = sampleReport();
    const refused = [
      { ...report, schema: 'sparkfit.report/2' },
      { ...report, generatedAt: 'yesterday' },
      { ...report, totals: { ...report.totals, priceCoverage: 2 } },
      { ...report, findings: [{ rule: 'idle/volume' }] },
    ];
    expect(refused.map((value) => validate(value))).toEqual([false, false, false, false]);
  });
});
