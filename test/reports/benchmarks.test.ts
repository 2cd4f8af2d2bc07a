import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Config } from '../../src/config/schema.js';
import { Report } from '../../src/model/report.js';
import { DAY_MS } from '../../src/model/window.js';
import { buildReport } from '../../src/reports/build.js';
import { FORMATS } from '../../src/reports/index.js';
import { saveValidation } from '../../src/store/bench.js';
import { type Db, openStore } from '../../src/store/open.js';
import { sparkfit } from '../support/io.js';

const UNTIL = Date.parse('2026-05-10T00:00:00Z');
/** Seconds of ten runs with the noise of a quiet machine. */
const BASE = [10.1, 9.9, 10.2, 10.0, 9.8, 10.3, 10.05, 9.95, 10.15, 9.85];

let folder: string;
let store: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-report-bench-'));
  store = join(folder, 's.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A session of seconds per variant (a factor on ten runs), kept by the real command. */
async function session(suite: string, label: string, nowMs: number, variants: Record<string, number>) {
  const rows = Object.entries(variants).flatMap(([name, factor]) => BASE.map((s) => `${name},time,${s * factor}`));
  const file = join(folder, `${label.replaceAll(/\W/g, '_')}.csv`);
  writeFileSync(file, ['variant,metric,value', ...rows].join('\n'));
  const words = ['--suite', suite, '--label', label, '--store', store, '--output', `${file}.json`, '--json'];
  const { exitCode, err } = await sparkfit(['bench', 'import', file, ...words], { nowMs });
  expect(err + exitCode).toMatch(/[03]$/);
  return z.object({ id: z.string() }).parse(JSON.parse(readFileSync(`${file}.json`, 'utf8'))).id;
}

function report(prepare: (db: Db) => void = () => {}, untilMs = UNTIL): Report {
  const opened = openStore(store);
  try {
    prepare(opened.db);
    const window = { sinceMs: untilMs - 14 * DAY_MS, untilMs };
    return Report.parse(
      buildReport({ db: opened.db, window, config: Config.parse({}), version: '1.2.3', nowMs: untilMs, rules: [] }),
    );
  } finally {
    opened.close();
  }
}

describe('benchmarks in the report', () => {
  it('tells the newest session of each suite in the window, variants against the first', async () => {
    await session('old', 'too-long-ago', UNTIL - 15 * DAY_MS, { now: 1, later: 2 });
    await session('etl', 'first', UNTIL - 3 * DAY_MS, { now: 1, tuned: 1 });
    const id = await session('etl', 'second', UNTIL - DAY_MS, { now: 1, tuned: 0.8 });
    await session('etl', 'after-the-window', UNTIL, { now: 1, tuned: 3 });
    const { benchmarks } = report();
    expect(benchmarks).toHaveLength(1);
    expect(benchmarks?.[0]).toMatchObject({
      suite: 'etl',
      session: id,
      at: '2026-05-09T00:00:00Z',
      a: 'second',
      b: 'second',
      verdict: 'improved',
      validates: null,
    });
    const [metric] = benchmarks?.[0]?.metrics ?? [];
    expect(metric).toMatchObject({
      variants: ['second/now', 'second/tuned'],
      name: 'time',
      unit: 's',
      n: [10, 10],
      verdict: 'improved',
    });
    expect(metric?.shiftPercent).toBeCloseTo(-20, 0);
    expect(metric?.ciPercent?.[0]).toBeLessThan(-20);
    expect(metric?.ciPercent?.[1]).toBeGreaterThan(-20);
  });

  it('compares a session of one variant with the one before it, however old, and says where there is none', async () => {
    await session('nightly', 'monday', UNTIL - 30 * DAY_MS, { job: 1 });
    await session('nightly', 'tuesday', UNTIL - DAY_MS, { job: 1.5 });
    await session('fresh', 'only', UNTIL - DAY_MS, { job: 1 });
    const value = report();
    expect(value.benchmarks).toMatchObject([
      { suite: 'fresh', a: null, verdict: null, metrics: [] },
      { suite: 'nightly', a: 'monday', b: 'tuesday', verdict: 'regressed' },
    ]);
    const line = 'fresh nothing to compare with yet; nightly regressed: ';
    expect(FORMATS.terminal.render(value, { columns: 120 })).toContain(line);
    expect(FORMATS.markdown.render(value)).toContain(`Benchmarks: ${line}`);
    const html = FORMATS.html.render(value);
    expect(html).toContain('Nothing to compare with yet');
    expect(html).toContain('a: monday, b: tuesday.');
  });

  it('draws the interval with question, answer, runs, unit and window, and names the finding that it tried', async () => {
    const id = await session('etl', 'check', UNTIL - DAY_MS, { present: 1, patched: 0.7 });
    const value = report((db) =>
      saveValidation(db, {
        fingerprint: '0123456789abcdef',
        session: id,
        validatedMs: UNTIL - DAY_MS,
        rule: 'spark/spill',
        subject: 'spark-family jobs/etl',
        verdict: 'improved',
        shiftPercent: -30,
        lowPercent: -31,
        highPercent: -29,
        metric: 'time',
      }),
    );
    expect(value.benchmarks?.[0]?.validates).toEqual({
      fingerprint: '0123456789abcdef',
      rule: 'spark/spill',
      subject: 'spark-family jobs/etl',
    });
    const html = FORMATS.html.render(value);
    for (const text of [
      'Did benchmark etl change?',
      /Improved: .* time -30\.0 %\./,
      '10 against 10 runs, measured 2026-05-09 00:00 UTC, the newest session of 2026-04-26 00:00 to 2026-05-10 00:00 UTC',
      'It tries the patch of spark/spill on spark-family jobs/etl.',
    ])
      expect(html).toMatch(text);
  });

  it('tells what a run of real processes measured, and that so few runs give no interval', async () => {
    const file = join(folder, 'suite.yaml');
    const variants = '[{ name: a }, { name: b, environment: { X: 1 } }]';
    writeFileSync(
      file,
      `suite: real\nruns: 2\nwarmup: 0\nmetrics: [time]\nworkloads: [{ name: w, command: [sleep, "0.02"], variants: ${variants} }]\n`,
    );
    const words = ['--store', store, '--output', join(folder, 'real.json')];
    expect(
      (await sparkfit(['bench', 'run', file, ...words], { environment: { PATH: process.env.PATH } })).exitCode,
    ).toBe(0);
    const value = report(() => {}, Date.now() + DAY_MS);
    expect(value.benchmarks).toMatchObject([
      { suite: 'real', verdict: 'inconclusive', metrics: [{ workload: 'w', variants: ['a', 'b'], n: [2, 2] }] },
    ]);
    const [metric] = value.benchmarks?.[0]?.metrics ?? [];
    expect(metric?.medianA).toBeGreaterThan(0.01);
    expect(FORMATS.html.render(value)).toContain('2 against 2 runs, measured');
  });

  it('lets no name out of its text', async () => {
    const evil = '<script>alert(1)</script>\u202e`|';
    await session(evil, evil, UNTIL - DAY_MS, { '<b>now</b>': 1, '</style>': 0.5 });
    const value = report();
    const html = FORMATS.html.render(value);
    const section = html.slice(html.indexOf('id="benchmarks"'), html.indexOf('id="meaning"'));
    expect(section).toContain('&lt;script&gt;alert(1)');
    expect(section).not.toMatch(/<script>alert|<b>now|<\/style>|\u202e/);
    expect(FORMATS.markdown.render(value)).not.toContain('<script>');
  });

  it('has no section where nothing was measured', () => {
    const value = report();
    expect(value.benchmarks).toEqual([]);
    expect(FORMATS.html.render(value)).not.toContain('id="benchmarks"');
    expect(FORMATS.markdown.render(value)).not.toContain('Benchmarks');
    expect(existsSync(store)).toBe(true);
  });
});
