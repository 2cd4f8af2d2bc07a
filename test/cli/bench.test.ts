import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSession } from '../../src/bench/session.js';
import { run } from '../../src/cli/run.js';
import { ReportFinding } from '../../src/model/report.js';
import { readValidation } from '../../src/store/bench.js';
import { putFinding } from '../../src/store/findings.js';
import { openStore, openStoreForReading } from '../../src/store/open.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const STORE = at('bench.db');

/** Runs a command line; `onErr` sees progress and warnings as they come. */
async function sparkfit(
  words: readonly string[],
  onErr: (text: string) => void = () => {},
  signal = new AbortController().signal,
) {
  const io = { out: '', err: '' };
  const exitCode = await run(words[0] === 'findings' ? words : ['bench', ...words], {
    environment: { PATH: process.env.PATH },
    out: (text) => {
      io.out += text;
    },
    err: (text) => {
      io.err += `${text}\n`;
      onErr(text);
    },
    columns: 80,
    color: false,
    interactive: false,
    nowMs: Date.parse('2026-12-01T00:00:00Z'),
    signal,
  });
  return { ...io, exitCode };
}

const Comparison = z.object({
  verdict: z.string(),
  metrics: z.array(
    z.looseObject({
      workload: z.string(),
      name: z.string(),
      verdict: z.string(),
      n: z.tuple([z.number(), z.number()]),
      test: z.string(),
      reason: z.string().nullable(),
    }),
  ),
  notes: z.array(z.string()),
  environmentDifferences: z.array(z.looseObject({ field: z.string(), effect: z.string() })),
});

function suite(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

/** A session with given times, as `bench import` makes it. */
async function imported(name: string, times: Record<string, readonly number[]>, metric = 'time'): Promise<string> {
  const rows = Object.entries(times).flatMap(([variant, values]) =>
    values.map((value) => `${variant},${metric},${value}`),
  );
  writeFileSync(at(`${name}.csv`), ['variant,metric,value', ...rows].join('\n'));
  const { exitCode, err } = await sparkfit([
    'import',
    at(`${name}.csv`),
    '--suite',
    'nightly',
    '--label',
    name,
    '--output',
    at(`${name}.json`),
    '--store',
    STORE,
  ]);
  expect(err + exitCode).toContain('session:');
  return at(`${name}.json`);
}

const BASE = [10.1, 9.9, 10.2, 10.0, 9.8, 10.3, 10.05, 9.95, 10.15, 9.85];
const times = (factor: number) => BASE.map((value) => value * factor);

describe('bench run', () => {
  it('measures variants in ABBA order, checks results and keeps every run', async () => {
    const path = suite(
      'two.yaml',
      `suite: two
runs: 4
metrics: [time]
machine: { usdPerHour: 36 }
workloads:
  - name: wait
    command: 'sleep "$SECONDS_TO_WAIT"; printf "b 2\\na 1.5\\n"'
    result: { from: stdout }
    variants:
      - { name: slow, environment: { SECONDS_TO_WAIT: 0.3 } }
      - { name: fast, environment: { SECONDS_TO_WAIT: 0.01 } }
`,
    );
    const { out, exitCode } = await sparkfit([
      'run',
      path,
      '--json',
      '--output',
      at('two.json'),
      '--store',
      STORE,
      '--html',
      at('two.html'),
    ]);
    expect(exitCode).toBe(0);
    const comparison = Comparison.parse(JSON.parse(out));
    expect(comparison.verdict).toBe('improved');
    expect(comparison.metrics.map(({ name, n, test }) => [name, n, test])).toEqual([
      ['time', [4, 4], 'mann-whitney-exact'],
    ]);
    const session = readSession(at('two.json'));
    expect(session.runs.map(({ variant }) => variant[0]).join('')).toBe('sfsffssffs');
    for (const { metrics, result } of session.runs) {
      expect(metrics.cost).toBeCloseTo((metrics.time ?? 0) / 100, 9);
      expect(result?.rows).toBe(2);
    }
    expect(readFileSync(at('two.html'), 'utf8')).toContain('How far did each metric move');
  });

  it('records what fails, hangs, dies or leaves no event log, and goes on with the rest', async () => {
    const path = suite(
      'bad.yaml',
      `suite: bad
runs: 2
warmup: 0
workloads:
  - name: fails
    command: 'echo disk is full >&2; exit 7'
  - name: hangs
    timeout: 0.4s
    command: 'sleep 60 & wait'
  - name: dies
    command: 'kill -9 $$'
  - name: silent
    command: 'true'
    spark: true
  - name: missing
    command: [no-such-program]
  - name: unprepared
    setup: 'exit 4'
    command: 'true'
  - name: fine
    command: 'true'
`,
    );
    const { out, exitCode, err } = await sparkfit(['run', path, '--output', at('bad.json'), '--store', STORE]);
    expect(exitCode).toBe(3);
    const states = new Map(
      readSession(at('bad.json')).runs.map(({ workload, state, message }) => [workload, `${state}: ${message}`]),
    );
    expect(states.get('fails')).toBe('failed: ended with 7: disk is full');
    expect(states.get('hangs')).toMatch(/^timeout: still running after 0.4 s/);
    expect(states.get('dies')).toMatch(/^killed: killed by/);
    expect(states.get('silent')).toBe('no-event-log: no event log was written');
    expect(states.get('missing')).toMatch(/^failed: ended with 127/);
    expect(states.get('fine')).toBe('ok: null');
    expect(err).toContain('SKIPPED unprepared: setup ended with 4');
    expect(out).toContain('disk is full');
  });

  it('says of a variant that fails what was the warm-up and when it stopped', async () => {
    const path = suite('fails.yaml', "suite: fails\nruns: 5\nworkloads:\n  - { name: a, command: 'exit 7' }\n");
    const { out, err, exitCode } = await sparkfit(['run', path, '--output', at('fails.json'), '--store', STORE]);
    expect([exitCode, out.startsWith('Not complete. Suite fails')]).toEqual([3, true]);
    expect(err).toContain('a/base run 1 (warm-up): failed');
    expect(out).toContain('run 1 (warm-up): failed: ended with 7');
    expect(out).toContain('stopped after 3 failures in a row: 2 of 5 planned runs made');
  });

  it('calls a faster wrong answer invalid', async () => {
    const path = suite(
      'wrong.yaml',
      `suite: wrong
runs: 4
warmup: 0
workloads:
  - name: answer
    command: 'printf "$ROWS" > "$SPARKFIT_RESULT"'
    result: {}
    variants:
      - { name: right, environment: { ROWS: 'a,1.5\\nb,2\\n' } }
      - { name: wrong, environment: { ROWS: 'a,1.7\\nb,2\\n' } }
`,
    );
    const { out, exitCode } = await sparkfit(['run', path, '--json', '--output', at('wrong.json'), '--store', STORE]);
    expect(exitCode).toBe(3);
    const states = readSession(at('wrong.json')).runs.map(({ variant, state }) => `${variant} ${state}`);
    expect(new Set(states)).toEqual(new Set(['right ok', 'wrong wrong-result']));
    const comparison = Comparison.parse(JSON.parse(out));
    expect(comparison.notes.join()).toMatch(/wrong: \d of \d runs failed/);
    expect([comparison.verdict, ...comparison.metrics.map(({ verdict }) => verdict)]).toEqual(['invalid', 'invalid']);
    expect(
      (await sparkfit(['gate', at('wrong.json'), '--baseline', at('wrong.json'), '--store', STORE])).exitCode,
    ).toBe(1);
  });

  it('keeps what was measured when it is stopped, and goes on with --resume', async () => {
    const path = suite(
      'stop.yaml',
      `suite: stop
runs: 4
warmup: 0
workloads:
  - name: count
    command: 'echo run >> "${at('count')}"; [ "$(wc -l < "${at('count')}")" != 4 ] || exec sleep 60'
`,
    );
    const stop = new AbortController();
    const stopped = sparkfit(['run', path, '--output', at('stop.json'), '--store', STORE], () => {}, stop.signal);
    while (!existsSync(at('count')) || readFileSync(at('count'), 'utf8').length < 16)
      await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect((await stopped).exitCode).toBe(3);
    const first = readSession(at('stop.json'));
    expect([first.complete, first.runs.length]).toEqual([false, 3]);
    expect((await sparkfit(['run', path, '--resume', at('stop.json'), '--store', STORE])).exitCode).toBe(0);
    const whole = readSession(at('stop.json'));
    expect([whole.complete, whole.runs.length, whole.id]).toEqual([true, 4, first.id]);
    expect(whole.runs.slice(0, 3)).toEqual(first.runs);
  });

  it.each([
    ['runs: 4\nworkloads: []', 'suite: is missing: expected string'],
    ['suite: s\nworkloads:\n  - name: a\n    comand: x', 'unknown key'],
    ['suite: s\nworkloads:\n  - name: a', 'expected one of command'],
    ['suite: s\ntimeout: soon\nworkloads:\n  - { name: a, command: x }', ':2: timeout'],
    ['suite: [', 'suite'],
  ])('says in one line what is off in a suite', async (text, words) => {
    const path = suite('off.yaml', text);
    const { err, exitCode } = await sparkfit(['run', path, '--store', STORE]);
    expect(exitCode).toBe(2);
    expect(err.split('\n')[0]).toContain(`suite ${path}`);
    expect(err).toContain(words);
    expect(err).not.toContain('    at ');
  });
});

describe('bench compare', () => {
  it('gives the contract as JSON', async () => {
    const [a, b] = [await imported('before', { v: BASE }), await imported('after', { v: times(1.2) })];
    const { out, exitCode } = await sparkfit(['compare', a, b, '--json', '--store', STORE]);
    expect(exitCode).toBe(0);
    const { metrics, verdict } = z
      .object({
        schema: z.literal('sparkfit.bench-comparison/1'),
        verdict: z.string(),
        environmentDifferences: z.array(z.unknown()),
        metrics: z.array(
          z.object({
            name: z.string(),
            unit: z.string(),
            n: z.array(z.number()),
            medianA: z.number(),
            medianB: z.number(),
            shiftPercent: z.number(),
            ciPercent: z.array(z.number()),
            p: z.number(),
            pAdjusted: z.number(),
            test: z.string(),
            verdict: z.string(),
            mdePercent: z.number(),
            warnings: z.array(z.string()),
          }),
        ),
      })
      .parse(JSON.parse(out));
    expect(verdict).toBe('regressed');
    expect(metrics[0]?.shiftPercent).toBeCloseTo(20, 9);
    expect(metrics[0]).toMatchObject({ name: 'time', unit: 's', n: [10, 10], test: 'mann-whitney-exact' });
  });

  it.each([80, 120])('is readable on %i columns', async () => {
    const a = await imported('sides', { old: BASE, new: times(0.9) });
    const { out } = await sparkfit(['compare', a, '--store', STORE]);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    await expect(out).toMatchFileSnapshot('bench-compare.golden.txt');
  });

  it('refuses other inputs field by field', async () => {
    const [a, b] = [await imported('small', { v: BASE }), await imported('large', { v: times(2) })];
    for (const [path, bytes] of [
      [a, 100],
      [b, 900],
    ] as const) {
      const session = readSession(path);
      writeFileSync(
        path,
        JSON.stringify({ ...session, environment: { 'input.workload.bytes': bytes, cpu: `cpu ${bytes}` } }),
      );
    }
    const { out } = await sparkfit(['compare', a, b, '--json', '--store', STORE]);
    const comparison = Comparison.parse(JSON.parse(out));
    expect(comparison.verdict).toBe('invalid');
    expect(comparison.environmentDifferences.map(({ field, effect }) => `${field} ${effect}`)).toEqual([
      'input.workload.bytes refuses',
      'cpu warns',
    ]);
    expect((await sparkfit(['gate', b, '--baseline', a, '--store', STORE])).exitCode).toBe(3);
  });
});

describe('bench gate', () => {
  it.each([
    { factor: 1.2, limits: [], exitCode: 1 },
    { factor: 1.0001, limits: [], exitCode: 0 },
    { factor: 0.8, limits: [], exitCode: 0 },
    { factor: 1.04, limits: ['time +5 %'], exitCode: 0 },
    { factor: 1.1, limits: ['time +5 %'], exitCode: 1 },
    { factor: 0.8, limits: ['time < 5 s'], exitCode: 1 },
    { factor: 1, limits: ['cost +3 %'], exitCode: 3 },
    { factor: 1, limits: ['speed +3 %'], exitCode: 2 },
  ])('ends with $exitCode on $factor times the time and the limits $limits', async ({ factor, limits, exitCode }) => {
    const [a, b] = [await imported('gate-a', { v: BASE }), await imported('gate-b', { v: times(factor) })];
    const words = limits.flatMap((limit) => ['--limit', limit]);
    expect((await sparkfit(['gate', b, '--baseline', a, ...words, '--store', STORE])).exitCode).toBe(exitCode);
  });

  it('is incomplete where a workload or variant of the baseline is missing, or runs are too few to compare', async () => {
    const [a, b] = [await imported('gate-e', { v: BASE, w: BASE }), await imported('gate-f', { v: BASE, x: BASE })];
    const gated = async (candidate: string) => sparkfit(['gate', candidate, '--baseline', a, '--store', STORE]);
    const variant = await gated(b);
    expect([variant.exitCode, variant.out]).toEqual([
      3,
      expect.stringContaining('Incomplete: workload/w: measured in a (gate-e), missing in b (gate-f).'),
    ]);
    const session = readSession(a);
    const renamed = session.workloads.map((workload) => ({ ...workload, name: 'other' }));
    const runs = session.runs.map((run) => ({ ...run, workload: 'other' }));
    writeFileSync(
      a,
      JSON.stringify({
        ...session,
        workloads: [...session.workloads, ...renamed],
        runs: [...session.runs, ...runs],
      }),
    );
    const workload = await gated(await imported('gate-g', { v: BASE, w: BASE }));
    expect([workload.exitCode, workload.out]).toEqual([3, expect.stringContaining('other: measured in a (gate-e)')]);
    expect((await sparkfit(['compare', a, at('gate-g.json'), '--store', STORE])).exitCode).toBe(3);
    const few = await imported('gate-h', { v: [10, 11], w: [10, 11] });
    const short = await sparkfit(['gate', few, '--baseline', few, '--store', STORE]);
    expect([short.exitCode, short.out]).toEqual([3, expect.stringContaining('fewer than 4 runs a side')]);
  });

  it('says by how much a budget is missed', async () => {
    const a = await imported('gate-i', { v: BASE });
    const { out } = await sparkfit(['gate', a, '--baseline', a, '--limit', 'time < 5 s', '--store', STORE]);
    expect(out).toContain('the median is above the budget: 10 s > 5 s');
  });

  it('writes JUnit and Markdown in which nothing from outside is markup', async () => {
    const [a, b] = [await imported('gate-c', { v: BASE }), await imported('gate-d', { v: times(1.3) })];
    const session = readSession(b);
    writeFileSync(b, JSON.stringify({ ...session, label: '<b>@all</b>' }));
    await sparkfit([
      'gate',
      b,
      '--baseline',
      a,
      '--junit',
      at('gate.xml'),
      '--markdown',
      at('gate.md'),
      '--store',
      STORE,
    ]);
    const xml = readFileSync(at('gate.xml'), 'utf8');
    expect(xml).toContain('failures="1"');
    expect(xml).not.toContain('<b>');
    expect(readFileSync(at('gate.md'), 'utf8')).not.toMatch(/<b>|@all/);
    expect(xml).toContain('&lt;b&gt;');
  });

  it('holds a candidate against a baseline by its name', async () => {
    const [a, b] = [await imported('main', { v: BASE }), await imported('candidate', { v: times(1.3) })];
    const set = await sparkfit(['baseline', 'set', 'release/1.4', a, '--folder', at('baselines'), '--store', STORE]);
    expect(set.out).toContain('release@1.4.json');
    expect((await sparkfit(['gate', b, '--baseline', 'release/1.4', '--store', STORE])).exitCode).toBe(1);
    expect((await sparkfit(['baseline', 'list', '--folder', at('baselines'), '--store', STORE])).out).toContain(
      'release/1.4',
    );
    expect(
      (await sparkfit(['baseline', 'show', 'release/1.4', 'nightly', '--folder', at('baselines'), '--store', STORE]))
        .out,
    ).toContain('10 sound runs');
    expect((await sparkfit(['gate', b, '--baseline', 'nobody', '--store', STORE])).exitCode).toBe(2);
  });
});

describe('bench import, plan and history', () => {
  it('reads what hyperfine wrote', async () => {
    writeFileSync(
      at('hyperfine.json'),
      JSON.stringify({
        results: [{ command: 'sort a', times: [1, 1.1, 0.9], exit_codes: [0, 1, 0], memory_usage_byte: [5, 6, 7] }],
      }),
    );
    const { exitCode } = await sparkfit(['import', at('hyperfine.json'), '--output', at('hf.json'), '--store', STORE]);
    expect(exitCode).toBe(3);
    expect(readSession(at('hf.json')).runs.map(({ state, metrics }) => [state, metrics.time, metrics.peakRss])).toEqual(
      [
        ['ok', 1, 5],
        ['failed', 1.1, 6],
        ['ok', 0.9, 7],
      ],
    );
  });

  it('says which line of a CSV is off', async () => {
    writeFileSync(at('off.csv'), 'variant,metric,value\na,time,1\na,tiem,2');
    const { err, exitCode } = await sparkfit(['import', at('off.csv'), '--store', STORE]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("off.csv:3: 'tiem' is no metric")]);
  });

  it('plans runs', async () => {
    const { out } = await sparkfit(['plan', '--cv', '3%', '--effect', '5', '--json']);
    const plan = z
      .object({
        runsPerSide: z.number(),
        table: z.array(z.object({ runs: z.number(), detectablePercent: z.number().nullable() })),
      })
      .parse(JSON.parse(out));
    expect(plan.runsPerSide).toBeGreaterThanOrEqual(6);
    expect(plan.runsPerSide).toBeLessThanOrEqual(10);
    expect(plan.table.find(({ runs }) => runs === 10)?.detectablePercent).toBeCloseTo(4.2, 0);
    expect((await sparkfit(['plan', '--effect', '5'])).exitCode).toBe(2);
    const share = await sparkfit(['plan', '--cv', '0.04', '--effect', '5']);
    expect([share.exitCode, share.err]).toEqual([2, expect.stringContaining('is that 0.04 % or 4 %?')]);
    expect((await sparkfit(['plan', '--cv', '0.04%', '--effect', '5'])).exitCode).toBe(0);
  });

  it('shows sessions over time', async () => {
    const { out, exitCode } = await sparkfit(['history', 'nightly', '--store', STORE]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/workload\/v time: .* over \d+ sessions/);
    expect((await sparkfit(['history', 'nobody', '--store', STORE])).exitCode).toBe(2);
  });
});

describe('bench validate', () => {
  it('says which window was looked at where the finding is not in it', async () => {
    const path = suite('window.yaml', 'suite: s\nworkloads:\n  - { name: a, command: x }\n');
    const words = ['validate', '00112233aabbccdd', '--suite', path, '--store', STORE];
    const { err, exitCode } = await sparkfit([...words, '--since', '2026-11-01', '--until', '2026-11-08']);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringMatching(/from 2026-11-01 00:00.* 2026-11-08 00:00.*\n.*--since/),
    ]);
  });

  it("runs a finding's patch against the present state and books the verdict", async () => {
    const finding = {
      rule: 'spark/spill',
      state: 'finding',
      severity: 'warning',
      fingerprint: '00112233aabbccdd',
      subject: { kind: 'SparkApplication', namespace: 'data', name: 'etl' },
      title: 't',
      evidence: [],
      impact: { usdPerMonth: null, freedCpuCores: null, freedMemoryBytes: null, secondsPerRun: null },
      confidence: { value: 1, why: '' },
      recommendation: {
        summary: 's',
        patches: [{ format: 'spark-conf', target: 'x', content: '# faster\nspark.test.seconds 0.01\n' }],
        backtest: null,
      },
      links: {},
    };
    writeFileSync(at('report.json'), JSON.stringify({ findings: [finding] }));
    const path = suite(
      'etl.yaml',
      `suite: etl
runs: 4
warmup: 0
metrics: [time]
workloads:
  - name: etl
    spark: true
    conf: { spark.test.seconds: 0.3 }
    command: 'sleep "$(grep -h spark.test.seconds "$SPARK_CONF_DIR/spark-defaults.conf" | cut -d" " -f2)"; cp "${join(process.cwd(), 'test/fixtures/spark/app-20261123201155-0001.zstd')}" "$SPARKFIT_EVENT_LOGS/app-1.zstd"'
`,
    );
    const { exitCode, err } = await sparkfit([
      'validate',
      '00112233aabbccdd',
      '--report',
      at('report.json'),
      '--suite',
      path,
      '--store',
      STORE,
      '--output',
      at('etl.json'),
    ]);
    expect(err).toContain('booked on finding 00112233aabbccdd (spark/spill): improved');
    expect(exitCode).toBe(0);
    const store = openStoreForReading(STORE);
    expect(readValidation(store.db, '00112233aabbccdd')).toMatchObject({
      verdict: 'improved',
      metric: 'time',
      subject: 'SparkApplication data/etl',
    });
    store.close();
    const writing = openStore(STORE);
    const body = ReportFinding.parse(finding);
    putFinding(writing.db, {
      fingerprint: finding.fingerprint,
      cluster: 'c',
      rule: finding.rule,
      subject: body.subject,
      state: 'open',
      severity: 'warning',
      title: 't',
      usdPerMonth: null,
      confidence: 1,
      firstSeenMs: 1,
      lastSeenMs: 2,
      openedMs: 1,
      resolvedMs: null,
      timesOpened: 1,
      recent: 'f',
      markedMs: 2,
      unknownWhy: null,
      toldUsdPerMonth: null,
      toldSeverity: 'warning',
      mute: null,
      body,
    });
    writing.close();
    const { out: told } = await sparkfit(['findings', 'show', finding.fingerprint, '--store', STORE]);
    expect(told).toMatch(/patch validated by benchmark on 2026-12-01 00:00 UTC: improved: time -\d/);
    expect(
      (await sparkfit(['validate', 'ffff', '--report', at('report.json'), '--suite', path, '--store', STORE])).exitCode,
    ).toBe(2);
  });
});
