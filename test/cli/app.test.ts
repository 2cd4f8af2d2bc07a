import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { Report } from '../../src/model/report.js';
import { type LogName, logPath } from '../analyzers/spark/runs.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function sparkfit(words: readonly string[], columns = 100) {
  const io = { out: '', err: '' };
  const exitCode = await run(words, {
    environment: {},
    out: (text) => {
      io.out += text;
    },
    err: (text) => {
      io.err += text;
    },
    columns,
    color: false,
    interactive: false,
    nowMs: Date.parse('2026-12-01T00:00:00Z'),
    signal: new AbortController().signal,
  });
  return { ...io, exitCode };
}

async function reportOf(...words: string[]): Promise<Report> {
  const { out } = await sparkfit(['app', ...words, '--json', '--store', join(folder, 'none.db')]);
  return Report.parse(JSON.parse(out));
}

describe('sparkfit app', () => {
  it.each<{ name: LogName; columns: number }>([
    { name: 'skew', columns: 80 },
    { name: 'skew', columns: 120 },
    { name: 'executorOom', columns: 80 },
    { name: 'healthy', columns: 100 },
  ])('shows the run $name on $columns columns', async ({ name, columns }) => {
    const { out, exitCode } = await sparkfit(['app', logPath(name)], columns);
    expect(exitCode).toBe(0);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    await expect(out).toMatchFileSnapshot(`app-${name}-${columns}.golden.txt`);
  });

  it('prints findings alone as JSON, and every state when asked', async () => {
    const some = await reportOf(logPath('skew'));
    expect(new Set(some.findings.map(({ state }) => state))).toEqual(new Set(['finding']));
    expect(some.findings.map(({ rule }) => rule)).toContain('spark/data-skew');
    const all = await reportOf(logPath('skew'), '--all-states');
    expect(all.findings.map(({ state }) => state)).toContain('ok');
    expect(all.findings.every(({ subject }) => subject.runId === 'app-20261123201327-0002')).toBe(true);
  });

  it('tells where the time went in parts that add up to the wall time', async () => {
    const [row] = (await reportOf(logPath('spill'))).sparkRuns;
    const sum = row?.parts.reduce((total, { seconds }) => total + seconds, 0);
    expect(sum).toBeCloseTo(row?.wallSeconds ?? 0, 6);
  });

  it('finds an application in the store by its id', async () => {
    const store = join(folder, 'sparkfit.db');
    const config = join(folder, 'sparkfit.yaml');
    writeFileSync(config, `spark:\n  logs: ${logPath('spill')}\n`);
    const collected = await sparkfit(['collect', '--source', 'spark-logs', '--store', store, '--config', config]);
    expect(collected.exitCode).toBe(0);
    const { out } = await sparkfit(['app', 'app-20261123201701-0004', '--json', '--store', store]);
    const stored = Report.parse(JSON.parse(out));
    const read = await reportOf(logPath('spill'));
    const told = ({ findings }: Report) => findings.map(({ rule, title, impact }) => ({ rule, title, impact }));
    expect(told(stored)).toEqual(told(read));
  });

  it('tells a failed job and why it failed once, and both in the JSON report', async () => {
    const { out } = await sparkfit(['app', logPath('jobFailed')]);
    const { findings } = await reportOf(logPath('jobFailed'));

    expect(out.match(/CRITICAL/g)).toHaveLength(1);
    expect(out).toMatch(/CRITICAL Job 1 failed: Python exception: RuntimeError: cannot parse record 12346/);
    expect(out).toMatch(/rule +spark\/job-failed/);
    expect(findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['spark/job-failed', 'logs/root-cause']));
  });

  it('looks for the cause in the logs of pods that are given', async () => {
    const log = join(folder, 'etl-7f3a-exec-1.log');
    writeFileSync(
      log,
      '26/11/23 20:34:00 ERROR Executor: token=abc123secret java.io.IOException: No space left on device\n',
    );
    const { out } = await sparkfit(['app', logPath('shuffleLost'), '--json', '--logs', log]);
    const cause = Report.parse(JSON.parse(out)).findings.find(({ rule }) => rule === 'logs/root-cause');

    expect(cause?.title).toMatch(/disk full: .*No space left on device/);
    expect(cause?.evidence[1]?.value).toBe('log of pod etl-7f3a-exec-1');
    expect(out).not.toContain('abc123secret');
  });

  it('writes the clinic as one page that asks nobody for anything', async () => {
    const page = join(folder, 'clinic.html');
    const { err, exitCode } = await sparkfit(['app', logPath('skew'), '--html', '--output', page]);
    const text = readFileSync(page, 'utf8');

    expect(exitCode).toBe(0);
    expect(err).toContain(`Written: ${page}`);
    expect(text).toMatch(/<h1>.*one task has 146 times the median/);
    for (const question of ['When did which executor work?', 'What held up skew-join?', 'What if skew-join had more'])
      expect(text).toContain(question);
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('shows what a log holds as text, whatever it holds', async () => {
    const { out } = await sparkfit(['app', logPath('jobFailed'), '--html']);
    expect(out).toContain('&quot;quoted&quot;');
    expect(out.match(/<script/g)).toHaveLength(1);
  });

  it('ends with 1 if a finding is at the severity of --fail-on', async () => {
    const words = ['app', logPath('jobFailed'), '--fail-on', 'critical'];
    expect((await sparkfit(words)).exitCode).toBe(1);
    expect((await sparkfit(['app', logPath('healthy'), '--fail-on', 'critical'])).exitCode).toBe(0);
  });

  it.each([
    { words: ['app-1'], text: /'app-1' is neither an event log nor an application/ },
    { words: [logPath('healthy'), '--top', 'x'], text: /--top 'x' is no number/ },
    { words: [logPath('healthy'), '--json', '--html'], text: /--json and --html exclude each other/ },
    { words: [], text: /missing required argument/ },
  ])('refuses $words in one line', async ({ words, text }) => {
    const { err, exitCode } = await sparkfit(['app', ...words, '--store', join(folder, 'none.db')]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(text);
  });

  it.each([
    ['a file that is no event log', 'notes.txt', 'not an event\n'.repeat(30)],
    ['an empty file', 'empty.zstd', ''],
  ])('refuses %s', async (_what, name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const { err, exitCode } = await sparkfit(['app', path]);
    expect(exitCode).toBe(2);
    expect(err).toContain(name);
  });

  it('asks for one log of a folder of many', async () => {
    const many = await sparkfit(['app', 'test/fixtures/spark']);
    expect([many.exitCode, many.err]).toEqual([2, expect.stringMatching(/holds \d+ logs, name one of them/)]);
    const none = mkdtempSync(join(folder, 'none-'));
    expect(await sparkfit(['app', none])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('holds no event log'),
    });
  });
});
