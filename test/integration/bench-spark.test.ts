import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { INSTALL_FOLDER, missingNeeds, withInstalledPython } from '../../src/bench/needs.js';
import { readSession } from '../../src/bench/session.js';
import { sparkfit } from '../support/io.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-bench-spark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...words: string[]) {
  return sparkfit(['bench', ...words, '--store', join(folder, 'bench.db')], {
    environment: process.env,
    nowMs: Date.now(),
  });
}

const Comparison = z.object({
  verdict: z.string(),
  metrics: z.array(z.object({ name: z.string(), verdict: z.string(), shiftPercent: z.number() })),
  reasons: z.array(z.object({ texts: z.array(z.string()) })),
});

/** Verdicts over real Spark want an idle machine and some ten minutes: asked for by name. */
const ASKED_FOR = process.env.SPARKFIT_TEST_BENCH === '1';
const NOT_ASKED_FOR = 'verdicts take ten minutes and want an idle machine; SPARKFIT_TEST_BENCH=1 runs them';
/** Where Spark keeps what it fetched from Maven Central. */
const ICEBERG = join(homedir(), '.ivy2', 'jars', 'org.apache.iceberg_iceberg-spark-runtime-3.5_2.12-1.9.2.jar');

/** What real Spark lacks here; what was asked for is installed first. */
async function missing(): Promise<string | null> {
  const environment = withInstalledPython({ ...process.env }, INSTALL_FOLDER);
  const isOwn = process.env.SPARKFIT_PYTHON !== undefined || existsSync(INSTALL_FOLDER);
  if (ASKED_FOR && !isOwn && (await missingNeeds(['python', 'java'], environment)) === null)
    execFileSync(process.execPath, ['dist/cli/main.js', 'bench', 'install'], { stdio: 'inherit' });
  return missingNeeds(['python', 'java', 'pyspark'], withInstalledPython({ ...process.env }, INSTALL_FOLDER));
}

function sayLoudly(what: string, why: string | null): string | null {
  if (why !== null) process.stderr.write(`\n!! SKIPPED: ${what}: ${why}\n\n`);
  return why;
}

describe('bundled suites on real Spark', () => {
  let noVerdicts: string | null = null;
  let noLakehouse: string | null = null;
  beforeAll(async () => {
    const why = await missing();
    noVerdicts = sayLoudly('verdicts over real Spark', why ?? (ASKED_FOR ? null : NOT_ASKED_FOR));
    const noJar = ASKED_FOR || existsSync(ICEBERG) ? null : `Iceberg's runtime was never fetched (${ICEBERG})`;
    noLakehouse = sayLoudly('the lakehouse', why ?? noJar);
  });

  it('finds the mended twin of the skewed join faster, and says why from the event logs', async ({ skip }) => {
    if (noVerdicts !== null) skip(noVerdicts);
    const output = join(folder, 'skew.json');
    const { out, err } = await bench(
      'run',
      'pairs',
      '--workload',
      'skewed-join',
      '--runs',
      '5',
      // With less, compiling keeps the second core as busy as the mended twin would.
      '--parameter',
      'scale=1',
      '--warmup',
      '0',
      '--json',
      '--output',
      output,
    );
    const { metrics, reasons } = Comparison.parse(JSON.parse(out));
    expect(
      metrics.map(({ name, verdict }) => `${name} ${verdict}`),
      err,
    ).toEqual(['time improved']);
    expect(reasons[0]?.texts.join('\n')).toContain('gone: spark/data-skew');
    expect(new Set(readSession(output).runs.map(({ result }) => result?.rows))).toEqual(new Set([7]));
  }, 1_800_000);

  it('never finds a variant slower than itself in five tries', async ({ skip }) => {
    if (noVerdicts !== null) skip(noVerdicts);
    for (let seed = 1; seed <= 5; seed++) {
      const words = [
        '--workload',
        'missing-broadcast',
        '--parameter',
        'scale=0.02',
        '--runs',
        '4',
        '--warmup',
        '0',
        '--order',
        'random',
        '--seed',
        String(seed),
      ];
      const { out } = await bench('aa', 'pairs', ...words, '--json', '--output', join(folder, `aa-${seed}.json`));
      const { metrics } = Comparison.parse(JSON.parse(out));
      expect(metrics.map(({ verdict }) => verdict)).toHaveLength(1);
      expect(metrics.map(({ verdict }) => verdict)).not.toContain('regressed');
    }
  });

  it('runs the lakehouse through, and names its slowest stage and its cost', async ({ skip }) => {
    if (noLakehouse !== null) skip(noLakehouse);
    const output = join(folder, 'lakehouse.json');
    const { out, err, exitCode } = await bench(
      'run',
      'lakehouse',
      '--runs',
      '1',
      '--warmup',
      '0',
      '--parameter',
      'scale=0.1',
      '--output',
      output,
    );
    expect(exitCode, err + out).toBe(0);
    expect(out).toMatch(/slowest stage: stage \d+ \(.+\), [\d.]+ s; cost: \$\d/);
    const [first] = readSession(output).runs;
    expect(first?.result?.rows).toBe(9);
    expect(readFileSync(output, 'utf8')).toContain('"cost"');
  });
});
