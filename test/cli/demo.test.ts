import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RULES } from '../../src/analyzers/registry.js';
import { Report, type ReportFinding } from '../../src/model/report.js';
import { DAY_MS } from '../../src/model/window.js';
import { openStore, openStoreForReading } from '../../src/store/open.js';
import { mergeToDays } from '../../src/store/usage-days.js';
import { type Outcome, sparkfit } from '../support/io.js';

const Subject = z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() });
const Case = z.object({ rule: z.string(), subject: Subject });
/**
 * What was planted in the recorded fleet; `allowed` are findings that are right, and not what a rule is judged by
 * (`sizing/` stands for all of the family).
 */
const Truth = z.object({ judged: z.array(z.string()), expected: z.array(Case), allowed: z.array(Case) });
const truth = Truth.parse(JSON.parse(readFileSync('test/fixtures/demo/truth.json', 'utf8')));

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-demo-'));
const STORE = join(folder, 'demo.db');
let outcome: Outcome;
let report: Report;
beforeAll(async () => {
  outcome = await sparkfit(['demo', '--output', folder]);
  report = Report.parse(JSON.parse(readFileSync(join(folder, 'sparkfit-report.json'), 'utf8')));
});
afterAll(() => rmSync(folder, { recursive: true }));

const caseText = ({ rule, subject }: z.infer<typeof Case>) =>
  `${rule} ${subject.kind} ${subject.namespace ?? ''}/${subject.name}`;
const covers = (word: string, rule: string) => word === rule || (word.endsWith('/') && rule.startsWith(word));
const known = new Set(RULES.map((rule) => rule.id));
const found = () => report.findings.filter((finding) => finding.state === 'finding');

describe('the demo', () => {
  it('ends well, says what it found and where the report lies', () => {
    expect(outcome.exitCode).toBe(0);
    expect(outcome.out).toContain(join(folder, 'sparkfit-report.html'));
    for (const name of ['sparkfit-report.html', 'sparkfit-report.md', 'demo.db'])
      expect(existsSync(join(folder, name))).toBe(true);
    expect(report.sources.map(({ state }) => state)).toEqual(report.sources.map(() => 'ok'));
  });

  it('names every planted case of the rules there are', () => {
    const expected = truth.expected.filter(({ rule }) => known.has(rule)).map(caseText);
    expect(expected.length).toBeGreaterThanOrEqual(8);
    expect(found().map(caseText)).toEqual(expect.arrayContaining(expected));
  });

  it('names none of the healthy twins', () => {
    const right = [...truth.expected, ...truth.allowed];
    const isRight = (finding: ReportFinding) =>
      right.some(
        ({ rule, subject }) =>
          covers(rule, finding.rule) &&
          caseText({ rule: '', subject }) === caseText({ rule: '', subject: finding.subject }),
      );
    const isJudged = (rule: string) =>
      truth.judged.some((word) => covers(word.includes('/') ? word : `${word}/`, rule));
    const wrong = found().filter((finding) => isJudged(finding.rule) && !isRight(finding));
    expect(wrong.map(caseText)).toEqual([]);
  });

  it('saves no more than is paid, and only once', () => {
    const { savingsUsdPerMonth, costUsdPerMonth } = report.totals;
    expect(savingsUsdPerMonth).toBeGreaterThan(0);
    expect(savingsUsdPerMonth).toBeLessThanOrEqual(costUsdPerMonth ?? 0);
    for (const { impact } of found()) expect(impact.usdPerMonth ?? 0).toBeGreaterThanOrEqual(0);
  });

  it('analyzed again gives the same findings', async () => {
    const { since, until } = report.window;
    const words = ['analyze', '--store', STORE, '--since', since, '--until', until, '--json', '--all-states'];
    const again = Report.parse(JSON.parse((await sparkfit(words)).out));
    expect(again.findings).toEqual(report.findings);
  });

  it('with --fail-on critical a verdict fails', async () => {
    const { since, until } = report.window;
    const words = ['analyze', '--store', STORE, '--since', since, '--until', until, '--fail-on', 'critical'];
    expect((await sparkfit(words)).exitCode).toBe(1);
  });

  it('leaves a sound store that nobody holds', () => {
    const store = openStoreForReading(STORE);
    expect(store.db.pragma('integrity_check', { simple: true })).toBe('ok');
    store.close();
    openStore(STORE).close();
  });

  it('leaves the environment as it was', () => {
    expect(process.env.AWS_ENDPOINT_URL).toBeUndefined();
  });

  it('finds the same where older hours are merged to days', async () => {
    const merged = join(folder, 'merged.db');
    copyFileSync(STORE, merged);
    const store = openStore(merged);
    const { since, until } = report.window;
    expect(mergeToDays(store.db, Date.parse(until) - 3 * DAY_MS)).toBeGreaterThan(5_000);
    store.close();
    const analyzed = await sparkfit(['analyze', '--store', merged, '--since', since, '--until', until, '--json']);
    const { findings, totals } = Report.parse(JSON.parse(analyzed.out));
    expect(findings.map(caseText)).toEqual(found().map(caseText));
    expect(totals.costUsdPerMonth).toBeCloseTo(report.totals.costUsdPerMonth ?? 0, 6);
    expect(totals.freedCpuCores).toBeCloseTo(report.totals.freedCpuCores, 6);
    expect(totals.freedMemoryBytes).toBeCloseTo(report.totals.freedMemoryBytes, 0);
    // Dollars of the parts move by what a day's mean is charged in the place of its hours.
    const saved = totals.savingsUsdPerMonth ?? 0;
    expect(Math.abs(saved / (report.totals.savingsUsdPerMonth ?? 0) - 1)).toBeLessThan(0.001);
  });
});
