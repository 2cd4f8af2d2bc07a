import { describe, expect, it } from 'vitest';
import { artifactInput } from '../../src/analyzers/run.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../src/model/window.js';
import { updateSavings } from '../../src/savings/ledger.js';
import { renderSavings } from '../../src/savings/render.js';
import { type SavingRow, savingsReport } from '../../src/savings/report.js';
import { testConfig } from '../analyzers/fixture.js';
import type { Fleet } from '../support/fleet.js';
import { days, ETL, FIRST, NOW, promise, runs, type TestRun, threeWeeks } from './world.js';

/** The night at which promises are compared, and what `sparkfit savings` says after it. */
function compared(fleet: Fleet): SavingRow {
  const window = { sinceMs: FIRST, untilMs: NOW };
  updateSavings(artifactInput(fleet.db, window, testConfig({ cluster: 'test' })), [], 'test');
  const [row] = savingsReport(fleet.db).rows;
  if (!row) throw new Error('no row');
  return row;
}

/** USD per hour before and since the change of day 10, with a little noise. */
function step(before: number, since: number) {
  return (day: number) => (day < 10 ? before : since) * (1 + ((day * 7) % 5) / 200);
}

/** Days of runs before and since the change. */
function nightly(before: Omit<TestRun, 'day'>, since: Omit<TestRun, 'day'>): TestRun[] {
  return Array.from({ length: 20 }, (_, day) => ({ day, ...(day < 10 ? before : since) }));
}

describe('a promise compared by the hour', () => {
  it('is kept where the work costs as much less as was promised', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.3, 0.1));
    promise(fleet, { promisedUsdPerMonth: 0.2 * HOURS_PER_MONTH });
    const row = compared(fleet);
    expect(row).toMatchObject({ verdict: 'kept', unit: 'hour', confounders: [], since: '2026-05-11T02:00:00Z' });
    // The day of the change and the one before its sighting are of neither side.
    expect(row.usdPerUnit?.samples).toEqual([9, 10]);
    expect(row.realisedUsdPerMonth).toBeCloseTo(0.2 * HOURS_PER_MONTH, -1);
    expect(row.interval?.[0]).toBeLessThanOrEqual(row.realisedUsdPerMonth ?? Number.NaN);
    expect(row.interval?.[1]).toBeGreaterThanOrEqual(row.realisedUsdPerMonth ?? Number.NaN);
  });

  it('is less than promised where a part of it came', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.3, 0.2));
    promise(fleet, { promisedUsdPerMonth: 0.2 * HOURS_PER_MONTH });
    const row = compared(fleet);
    expect(row.verdict).toBe('less');
    expect(row.realisedUsdPerMonth).toBeCloseTo(0.1 * HOURS_PER_MONTH, -1);
  });

  it('is wrong where the work costs more than before, and stays in the ledger', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.2, 0.3));
    promise(fleet, { promisedUsdPerMonth: 50 });
    const row = compared(fleet);
    expect(row.verdict).toBe('wrong');
    expect(row.realisedUsdPerMonth).toBeLessThan(-60);
    const report = savingsReport(fleet.db);
    expect(report.totals).toMatchObject({ compared: 1, wrong: 1, promisedUsdPerMonth: 50 });
    expect(report.totals.realisedUsdPerMonth).toBe(row.realisedUsdPerMonth);
    expect(renderSavings(report, 100)).toContain('WRONG: IT COSTS MORE');
  });

  it('is not clear where the days differ more than the change does', () => {
    const fleet = threeWeeks();
    days(fleet, (day) => [0.1, 0.5, 0.3, 0.2, 0.4][(day * 3) % 5] ?? 0);
    promise(fleet, { promisedUsdPerMonth: 60 });
    const row = compared(fleet);
    expect(row.verdict).toBe('unclear');
    expect(row.interval?.[0]).toBeLessThan(0);
    expect(row.interval?.[1]).toBeGreaterThan(60);
  });

  it('names the price of the nodes where it moved with the change', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.3, 0.2), (day) => (day < 10 ? 1 : 0.7));
    promise(fleet);
    expect(compared(fleet).confounders).toEqual(['price of its nodes −30 %']);
    expect(renderSavings(savingsReport(fleet.db), 100)).toContain('what else changed: price of its nodes −30 %');
  });

  it('is too early with two days since; none of it counts as realised', () => {
    const fleet = threeWeeks();
    days(fleet, (day) => (day < 13 ? step(0.3, 0.1)(day) : undefined));
    promise(fleet);
    const row = compared(fleet);
    expect(row).toMatchObject({ verdict: 'too-early', realisedUsdPerMonth: null, interval: null });
    expect(row.note).toBe('too early: 9 days before and 2 since, 3 of each are needed');
    expect(savingsReport(fleet.db).totals).toMatchObject({ compared: 0, tooEarly: 1, promisedUsdPerMonth: 0 });
  });

  it('without a sum promised has a figure and no verdict', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.3, 0.1));
    promise(fleet, { promisedUsdPerMonth: null });
    const row = compared(fleet);
    expect(row).toMatchObject({ verdict: 'no-promise', promisedUsdPerMonth: null });
    expect(row.realisedUsdPerMonth).toBeCloseTo(0.2 * HOURS_PER_MONTH, -1);
  });

  it('shares what came of several changes of one night by what each promised', () => {
    const fleet = threeWeeks();
    days(fleet, step(0.4, 0.1));
    promise(fleet, { fingerprint: 'f-1', promisedUsdPerMonth: 150 });
    promise(fleet, { fingerprint: 'f-2', promisedUsdPerMonth: 50 });
    compared(fleet);
    const usd = Object.fromEntries(
      savingsReport(fleet.db).rows.map((row) => [row.fingerprint, row.realisedUsdPerMonth ?? Number.NaN]),
    );
    expect((usd['f-1'] ?? 0) / (usd['f-2'] ?? 0)).toBeCloseTo(3, 9);
    expect((usd['f-1'] ?? 0) + (usd['f-2'] ?? 0)).toBeCloseTo(0.3 * HOURS_PER_MONTH, -1);
  });

  it('ends at the next change of the same work', () => {
    const fleet = threeWeeks();
    days(fleet, (day) => (day < 10 ? 0.3 : day < 15 ? 0.1 : 0.9));
    promise(fleet, { fingerprint: 'f-1', promisedUsdPerMonth: 0.2 * HOURS_PER_MONTH });
    promise(fleet, { fingerprint: 'f-2', appliedMs: FIRST + 15 * DAY_MS, promisedUsdPerMonth: 10 });
    compared(fleet);
    const verdicts = savingsReport(fleet.db).rows.map((row) => [row.fingerprint, row.verdict]);
    expect(verdicts).toEqual([
      ['f-2', 'wrong'],
      ['f-1', 'kept'],
    ]);
  });
});

describe('a promise for a Spark family', () => {
  const usual = { hours: 1, executors: 4, inputBytes: 10e9 };

  it('is compared by the run where the input is what it was', async () => {
    const fleet = threeWeeks();
    await runs(fleet, nightly(usual, { ...usual, executors: 2 }));
    promise(fleet, { subject: ETL, promisedUsdPerMonth: 30 });
    const row = compared(fleet);
    // A driver and four executors, then two, of half a dollar an hour each. The run less than a day before the
    // sighting is of neither side.
    expect(row).toMatchObject({ unit: 'run', verdict: 'kept', confounders: [] });
    expect(row.usdPerUnit).toEqual({ before: 2.5, after: 1.5, samples: [9, 10] });
    // Ten runs in the ten days and 22 hours since.
    expect(row.realisedUsdPerMonth).toBeCloseTo((10 * HOURS_PER_MONTH) / (10 * 24 + 22), 6);
  });

  it('is compared by the GB where the input grew, and says that it did', async () => {
    const fleet = threeWeeks();
    await runs(fleet, nightly(usual, { hours: 2, executors: 2, inputBytes: 20e9 }));
    promise(fleet, { subject: ETL, promisedUsdPerMonth: 60 });
    const row = compared(fleet);
    // $2.50 for 10 GB, then $3 for 20: a run costs more, a GB less.
    expect(row).toMatchObject({ unit: 'GB of input', verdict: 'kept', confounders: ['input per run +100 %'] });
    expect(row.usdPerUnit?.before).toBeCloseTo(0.25, 9);
    expect(row.usdPerUnit?.after).toBeCloseTo(0.15, 9);
  });

  it('is wrong where a GB costs more, whatever a run costs', async () => {
    const fleet = threeWeeks();
    await runs(fleet, nightly(usual, { hours: 1, executors: 3, inputBytes: 5e9 }));
    promise(fleet, { subject: ETL, promisedUsdPerMonth: 20 });
    expect(compared(fleet)).toMatchObject({
      unit: 'GB of input',
      verdict: 'wrong',
      confounders: ['input per run −50 %'],
    });
  });

  it('is too early with two runs since', async () => {
    const fleet = threeWeeks();
    await runs(fleet, nightly(usual, { ...usual, executors: 2 }).slice(0, 12));
    promise(fleet, { subject: ETL });
    expect(compared(fleet)).toMatchObject({
      verdict: 'too-early',
      realisedUsdPerMonth: null,
      note: 'too early: 9 runs before and 2 since, 3 of each are needed',
    });
  });
});
