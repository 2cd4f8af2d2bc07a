import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import type { Io } from '../../src/cli/io.js';
import { explainError } from '../../src/cli/run.js';
import { ConfigError, SourceError } from '../../src/model/errors.js';
import { openStore } from '../../src/store/open.js';
import { sparkfit } from '../support/io.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-cli-'));
const STORE = join(folder, 'sparkfit.db');
const here = process.cwd();
beforeAll(() => {
  openStore(STORE).close();
  // No sparkfit.yaml of this folder, nothing written into the project.
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const nobody: Io = {
  environment: {},
  out: () => {},
  err: () => {},
  columns: 100,
  color: false,
  interactive: false,
  nowMs: 0,
  signal: new AbortController().signal,
};
const names = COMMANDS.map((command) => command({ io: nobody, exitWith: () => {} }).name());

describe('help', () => {
  it.each(names)('of %s has an example of itself and every option explained', async (name) => {
    const { exitCode, out, err } = await sparkfit([name, '--help']);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(new RegExp(`Example:\\n {2}\\$ .*sparkfit ${name}`));
    const options = out.split('\n').filter((line) => /^ {2}-/.test(line));
    expect(options.length).toBeGreaterThan(0);
    for (const line of options) expect(line).toMatch(/^ {2}-.*?(<.*?>|\[.*?\]|\w)( {2,}\S|$)/);
  });

  it.each([[[]], [['--help']], [['-h']], [['--debug']]])('%j lists every command and the exit codes', async (argv) => {
    const { exitCode, out } = await sparkfit(argv);
    expect(exitCode).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('Exit codes: 0 fine, 1 ');
  });

  it.each([['--version'], ['-V']])('%s is that of package.json', async (word) => {
    const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
    expect(await sparkfit([word])).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });
});

describe('words that are off end with 2, one line and the next step', () => {
  it.each<[string[], string]>([
    [['analyse'], "sparkfit: unknown command 'analyse' (Did you mean analyze?)"],
    [['analyse', '--since', '7d'], "sparkfit: unknown command 'analyse' (Did you mean analyze?)"],
    [['collect', '--sinse', '7d'], "sparkfit: unknown option '--sinse' (Did you mean --since?)"],
    [['analyze', '--since'], "sparkfit: option '--since <time>' argument missing"],
    [['analyze', 'web'], "sparkfit: too many arguments for 'analyze'. Expected 0 arguments but got 1."],
    [['app'], "sparkfit: missing required argument 'log'"],
    [['collect', '--source', 'prometeus'], "sparkfit: unknown source 'prometeus'"],
    [['report', '--format', 'htm', '--store', STORE], "sparkfit: unknown format 'htm'"],
    [['explain', 'sizing/cpu-over-request'], "sparkfit: unknown rule 'sizing/cpu-over-request'"],
    [['analyze', '--fail-on', 'bad', '--store', STORE], "sparkfit: --fail-on 'bad' is no severity"],
    [['report', '--fail-on', 'bad', '--store', STORE], "sparkfit: --fail-on 'bad' is no severity"],
    [['analyze', '--since', '14', '--store', STORE], "sparkfit: --since '14' is no time"],
    [['analyze', '--until', 'noon', '--store', STORE], "sparkfit: --until 'noon' is no time"],
    [['analyze', '--since', '2021-06-19', '--until', '2d', '--store', STORE], 'sparkfit: the window is empty: '],
    [['analyze', '--config', 'none.yaml'], 'sparkfit: configuration none.yaml: no such file'],
    [['analyze', '--store', 'none.db'], 'sparkfit: store none.db: there is none yet'],
    [['spot', '--time-zone', 'Mars', '--store', STORE], "sparkfit: --time-zone 'Mars' is no time zone"],
  ])('%j', async (argv, line) => {
    const { exitCode, out, err } = await sparkfit(argv);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    const [first = '', hint = '', ...more] = err.trimEnd().split('\n');
    expect(first.startsWith(line)).toBe(true);
    expect(hint).toMatch(/^ {2}\S/);
    expect(more).toEqual([]);
  });

  it.each([
    [['collect', '--source', 'prometeus'], "Did you mean 'prometheus'?"],
    [['report', '--format', 'htm', '--store', STORE], "Did you mean 'html'?"],
    [['explain', 'sizing/cpu-over-request'], "Did you mean 'sizing/cpu-over-requested', "],
    [['explain', 'spark/nope'], "Did you mean 'spark/"],
    [['explain', 'spark/no-pushdwn'], "Did you mean 'spark/no-pushdown', "],
    [['explain', 'sizing/spill'], "Did you mean 'spark/spill', 'sizing/"],
    [['explain', 'skew'], "Did you mean 'spark/data-skew'"],
    [['explain', 'skwe'], "'spark/data-skew'"],
  ])('%j names the nearest word', async (argv, hint) => {
    expect((await sparkfit(argv)).err).toContain(hint);
  });

  it.each([
    [['analyse'], "See 'sparkfit --help'."],
    [['collect', '--sinse', '7d'], "See 'sparkfit collect --help'."],
    [['bench', 'plan', '--vc', '3'], "See 'sparkfit bench plan --help'."],
    [['bench', 'history', 'nightly', '--store', 'none.db'], "Run 'sparkfit bench run' first"],
    [['findings', 'list', '--store', 'none.db'], "Run 'sparkfit nightly' first"],
    [['findings', 'show', '1f3a', '--store', STORE], "run 'sparkfit nightly' first"],
  ])('%j says where to go on', async (argv, hint) => {
    const { exitCode, err } = await sparkfit(argv);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(hint)]);
  });

  it('nothing to collect from is said before a store is made', async () => {
    const environment = { SPARKFIT_STORE: join(folder, 'new.db'), KUBECONFIG: '' };
    const { exitCode, err } = await sparkfit(['collect', '--source', 'prometheus'], { environment });
    expect(exitCode).toBe(2);
    expect(err).toContain('no source is configured');
    const night = await sparkfit(['nightly', '--store', 'new.db'], { environment });
    expect([night.exitCode, night.err]).toEqual([2, expect.stringContaining('no source is configured')]);
    expect(existsSync('new.db')).toBe(false);
    expect(err).toContain('sparkfit doctor');
  });

  it('a rule of the configuration that is none is named with the nearest', async () => {
    writeFileSync(join(folder, 'rules.yaml'), 'rules: { idle/workloads: { days: 3 } }');
    const { exitCode, err } = await sparkfit(['analyze', '--config', 'rules.yaml', '--store', STORE]);
    expect(exitCode).toBe(2);
    expect(err).toContain("unknown rule 'idle/workloads'");
    expect(err).toContain("Did you mean 'idle/workload', ");
  });

  it.each([
    ['{ day: 3 }', "unknown parameter of rule idle/workload 'day'"],
    ['{ days: soon }', 'rules: idle/workload: days: '],
    ['{ days: -1 }', 'rules: idle/workload: days: '],
  ])('parameters %s of a rule', async (yaml, message) => {
    writeFileSync(join(folder, 'parameters.yaml'), `rules: { idle/workload: ${yaml} }`);
    const { exitCode, err } = await sparkfit(['analyze', '--config', 'parameters.yaml', '--store', STORE]);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});

describe('an empty store', () => {
  it('is analyzed: every rule says what is missing', async () => {
    const { exitCode, out } = await sparkfit(['analyze', '--json', '--all-states', '--store', STORE]);
    expect(exitCode).toBe(0);
    const report = JSON.parse(out);
    expect(report.totals).toMatchObject({ costUsdPerMonth: null, savingsUsdPerMonth: null, findings: 0 });
    expect(new Set(report.findings.map(({ state }: { state: string }) => state))).toEqual(
      new Set(['insufficient-data']),
    );
    expect(report.window).toEqual({ since: '2021-06-06T00:00:00Z', until: '2021-06-20T00:00:00Z', timeZone: 'UTC' });
  });

  it('has nothing that could fail a verdict', async () => {
    expect((await sparkfit(['analyze', '--fail-on', 'info', '--store', STORE])).exitCode).toBe(0);
  });

  it('report writes its files and names them', async () => {
    const { exitCode, out } = await sparkfit(['report', '--json', '--store', STORE, '--output', 'out']);
    expect(exitCode).toBe(0);
    const { files } = JSON.parse(out);
    expect(Object.keys(files)).toEqual(['html', 'json', 'markdown']);
    for (const file of Object.values<string>(files)) expect(readFileSync(file, 'utf8').length).toBeGreaterThan(100);
  });

  it('a report that cannot be written ends with 3 and names the file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { exitCode, err } = await sparkfit(['report', '--store', STORE, '--output', 'file', '--format', 'json']);
    expect(exitCode).toBe(3);
    expect(err).toMatch(/^sparkfit: file\/sparkfit-report\.json: cannot be written/);
  });
});

describe('init', () => {
  it('prints a file that reads back, and writes it once', async () => {
    const { out } = await sparkfit(['init', '--print']);
    expect(out).toContain('store: sparkfit.db');
    expect(await sparkfit(['init', '--output', 'mine.yaml'])).toMatchObject({ exitCode: 0, out: 'wrote mine.yaml\n' });
    const again = await sparkfit(['init', '--output', 'mine.yaml']);
    expect(again).toMatchObject({ exitCode: 2, err: expect.stringContaining('--force') });
    expect((await sparkfit(['init', '--output', 'mine.yaml', '--force'])).exitCode).toBe(0);
    expect((await sparkfit(['analyze', '--config', 'mine.yaml', '--store', STORE])).exitCode).toBe(0);
  });
});

describe('explain', () => {
  it('lists every rule, or prints the page of one', async () => {
    expect((await sparkfit(['explain'])).out).toMatch(/^idle\/volume +warning +Volume that no pod uses$/m);
    expect((await sparkfit(['explain', 'idle/volume'])).out).toMatch(/^# idle\/volume\n/);
    const page = JSON.parse((await sparkfit(['explain', 'idle/volume', '--json'])).out);
    expect(page).toMatchObject({
      rule: 'idle/volume',
      severity: 'warning',
      page: expect.stringContaining('## What to do'),
    });
  });
});

describe('lines for people', () => {
  const widest = (text: string) =>
    Math.max(...text.split('\n').map((line) => (line.startsWith('|') ? 0 : line.length)));

  it.each([[['explain', 'spark/data-skew']], [['doctor']], [['--help']]])('%j fits 80 columns', async (argv) => {
    expect(widest((await sparkfit(argv, { columns: 80 })).out)).toBeLessThanOrEqual(80);
  });
});

describe('explainError', () => {
  const known = new ConfigError('store: off', { hint: 'Mend it.', cause: new Error('root') });

  it('says a known error in one line with the next step', () => {
    expect(explainError(known, false)).toEqual({ text: 'sparkfit: store: off\n  Mend it.', exitCode: 2 });
    expect(explainError(new SourceError('kubernetes', 'list', 'two\nlines'), false)).toEqual({
      text: 'sparkfit: kubernetes: list: two lines',
      exitCode: 3,
    });
  });

  it('says of anything else that it is a bug', () => {
    const { text, exitCode } = explainError(new TypeError('x is not a function'), false);
    expect(exitCode).toBe(4);
    expect(text).toBe(
      'sparkfit: internal error: x is not a function\n  This is a bug. Run again with --debug for the stack.',
    );
  });

  it('shows the stack with --debug alone, with its cause', async () => {
    expect(explainError(new TypeError('x'), true).text).toMatch(/\n {4}at /);
    expect(explainError(known, true).text).toMatch(/ConfigError: store: off[\s\S]*caused by Error: root/);
    expect((await sparkfit(['analyze', '--store', 'none.db', '--debug'])).err).toMatch(/\n {4}at /);
    expect((await sparkfit(['--debug', 'analyze', '--store', 'none.db'])).err).toMatch(/\n {4}at /);
    expect((await sparkfit(['analyze', '--store', 'none.db'])).err).not.toMatch(/\n {4}at /);
  });
});
