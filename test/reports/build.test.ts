import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { idleWorkload } from '../../src/analyzers/idle/workload.js';
import { RULES } from '../../src/analyzers/registry.js';
import { defineRule, type Rule } from '../../src/analyzers/rule.js';
import { cpuOverRequested } from '../../src/analyzers/sizing/cpu-over-requested.js';
import { Config } from '../../src/config/schema.js';
import { Report } from '../../src/model/report.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../src/model/window.js';
import { buildReport } from '../../src/reports/build.js';
import { finishRun, startRun } from '../../src/store/collections.js';
import { openStore, openStoreForReading } from '../../src/store/open.js';
import { mergeToDays } from '../../src/store/usage-days.js';
import { Fleet } from '../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };

function reportOf(fleet: Fleet, rules: readonly Rule[], config = {}) {
  return Report.parse(
    buildReport({ db: fleet.db, window: WINDOW, config: Config.parse(config), version: '1.2.3', nowMs: UNTIL, rules }),
  );
}

/** One workload that idles with 2 of the node's 8 cores, so that two rules see the same waste. */
function idleFleet(): Fleet {
  const use = () => ({ cpuCores: 0.001 });
  return new Fleet(WINDOW)
    .node('n1')
    .prices()
    .workload({ pods: [{ containers: [{ cpuRequestCores: 2, use }], network: () => 0 }] });
}

describe('buildReport', () => {
  it('is of one state of the store, whatever a night merges meanwhile', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sparkfit-build-'));
    const path = join(folder, 'sparkfit.db');
    writeFileSync(path, idleFleet().db.serialize());
    const writer = openStore(path);
    const reader = openStoreForReading(path);
    const hours = () => reader.db.prepare('SELECT count(*) FROM usage_hour').pluck().get();
    const seen: unknown[] = [];
    const rule = defineRule({
      ...{ id: 'idle/workload', title: '', severity: 'info', ledger: null, needs: {}, parameters: z.object({}) },
      *evaluate() {
        seen.push(hours());
        mergeToDays(writer.db, UNTIL);
        seen.push(hours());
        yield* [];
      },
    });
    const config = Config.parse({});
    buildReport({ db: reader.db, window: WINDOW, config, version: '1.2.3', nowMs: UNTIL, rules: [rule] });
    expect(seen).toEqual([96, 96]);
    expect(hours()).toBe(0);
    reader.close();
    writer.close();
    rmSync(folder, { recursive: true });
  });

  it('books a dollar once where two rules see the same waste', () => {
    const report = reportOf(idleFleet(), [cpuOverRequested, idleWorkload]);
    const usd = Object.fromEntries(report.findings.map((finding) => [finding.rule, finding.impact.usdPerMonth]));
    const [workload] = report.spend.byWorkload;
    expect(usd['idle/workload']).toBeCloseTo(workload?.usdPerMonth ?? Number.NaN, 9);
    expect(usd['sizing/cpu-over-requested']).toBeCloseTo(0, 9);
    expect(report.totals.savingsUsdPerMonth).toBeCloseTo(workload?.usdPerMonth ?? Number.NaN, 9);
    expect(report.totals).toMatchObject({ freedCpuCores: 2, hoursCovered: 96, priceCoverage: 1, findings: 2 });
    expect(report.totals.costUsdPerMonth).toBeCloseTo(HOURS_PER_MONTH, 6);
  });

  it('shows window, clock and cluster, and counts states in the order of the rules', () => {
    const report = reportOf(idleFleet(), [cpuOverRequested, idleWorkload]);
    expect(report).toMatchObject({
      schema: 'sparkfit.report/1',
      generatedAt: '2021-05-31T00:00:00Z',
      tool: { version: '1.2.3' },
      cluster: 'test',
      window: { since: '2021-05-27T00:00:00Z', until: '2021-05-31T00:00:00Z', timeZone: 'UTC' },
    });
    expect(report.states).toMatchObject([
      { rule: 'sizing/cpu-over-requested', finding: 1, ok: 0, insufficientData: 0, notApplicable: 0 },
      { rule: 'idle/workload', finding: 1 },
    ]);
    expect(report.findings[0]?.links).toEqual({ rule: expect.stringMatching(/^docs\/rules\/.*\.md$/) });
  });

  it('links a finding to its rule where the docs are published', () => {
    const report = reportOf(idleFleet(), RULES, { alerts: { docsUrl: 'https://docs.example/sparkfit/' } });
    expect(report.findings[0]?.links.rule).toMatch(/^https:\/\/docs\.example\/sparkfit\/rules\/.*\.md$/);
  });

  it('has a row for each part of the cost: they add up', () => {
    const { spend, totals } = reportOf(idleFleet(), []);
    const parts = [...spend.byNamespace, ...(spend.rest ?? [])].reduce((sum, row) => sum + (row.usdPerMonth ?? 0), 0);
    expect(parts + (spend.idleUsdPerMonth ?? 0)).toBeCloseTo(totals.costUsdPerMonth ?? Number.NaN, 6);
  });

  it('tells spend and waste by namespace and workload, the dearest first', () => {
    const use = () => ({ cpuCores: 4 });
    const fleet = idleFleet().workload({
      namespace: 'ml',
      name: 'train',
      pods: [{ containers: [{ cpuRequestCores: 4, use }] }],
    });
    const { byNamespace, byWorkload, idleUsdPerMonth } = reportOf(fleet, []).spend;
    expect(byNamespace.map(({ key }) => key)).toEqual(['ml', 'web']);
    expect(byWorkload.map(({ key, cpuRequestCores }) => [key, cpuRequestCores])).toEqual([
      ['ml/train', 4],
      ['web/api', 2],
    ]);
    const spent = byNamespace.reduce((sum, { usdPerMonth }) => sum + (usdPerMonth ?? 0), 0);
    expect(spent + (idleUsdPerMonth ?? 0)).toBeCloseTo(HOURS_PER_MONTH, 6);
  });

  it('names gaps and failed sources, and what was never collected', () => {
    const fleet = idleFleet();
    const id = startRun(fleet.db, 'aws-spot', 'test', WINDOW, UNTIL);
    finishRun(
      fleet.db,
      id,
      { state: 'failed', rows: 0, detail: 'no credentials', gaps: [{ ...WINDOW, why: 'no credentials' }] },
      UNTIL,
    );
    const sources = Object.fromEntries(reportOf(fleet, []).sources.map(({ id: name, ...rest }) => [name, rest]));
    expect(sources['aws-spot']).toEqual({
      state: 'failed',
      detail: 'no credentials',
      gaps: [{ since: '2021-05-27T00:00:00Z', until: '2021-05-31T00:00:00Z', why: 'no credentials' }],
    });
    expect(sources.kubernetes?.state).toBe('ok');
    expect(sources['spark-logs']?.state).toBe('absent');
  });

  it('a rule that is switched off is not asked', () => {
    const report = reportOf(idleFleet(), [idleWorkload], { rules: { 'idle/workload': { enabled: false } } });
    expect(report.findings).toEqual([]);
    expect(report.states).toMatchObject([{ finding: 0, ok: 0, insufficientData: 0, notApplicable: 0 }]);
  });

  it('a rule without dollars leaves the totals alone', () => {
    const rule = defineRule({
      id: 'test/free',
      title: 'Free',
      severity: 'info',
      ledger: null,
      needs: {},
      parameters: z.object({}),
      *evaluate() {
        yield {
          state: 'finding',
          subject: { kind: 'Deployment', name: 'x' },
          title: 'x',
          evidence: [],
          impact: { usdPerMonth: 1000, freedCpuCores: 1000 },
          confidence: { value: 1, why: '' },
          recommendation: { summary: '', patches: [], backtest: null },
        };
      },
    });
    expect(reportOf(idleFleet(), [rule]).totals).toMatchObject({
      savingsUsdPerMonth: 0,
      freedCpuCores: 0,
      findings: 1,
    });
  });
});
