import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const Pipeline = z.object({
  jobs: z.object({
    gate: z.object({
      env: z.record(z.string(), z.string()),
      steps: z.array(z.object({ name: z.string().optional(), run: z.string().optional(), if: z.string().optional() })),
    }),
  }),
});
const { gate } = Pipeline.parse(parse(readFileSync('docs/ci/bench-gate.yml', 'utf8'))).jobs;
const root = mkdtempSync(join(tmpdir(), 'sparkfit-ci-'));
const dist = join(root, 'dist');

/** A suite whose time is what the file `seconds` of the checkout says. */
const SUITE = `suite: nightly
runs: 5
warmup: 0
metrics: [time]
workloads:
  - name: etl
    command: sleep "$(cat ../seconds)"
`;

beforeAll(() => {
  execFileSync(resolve('node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--outDir', dist]);
  writeFileSync(join(root, 'package.json'), readFileSync('package.json'));
  execFileSync('ln', ['-s', resolve('node_modules'), join(root, 'node_modules')]);
  mkdirSync(join(root, 'bin'));
  writeFileSync(
    join(root, 'bin', 'sparkfit'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(dist, 'cli', 'main.js')}" "$@"\n`,
  );
  chmodSync(join(root, 'bin', 'sparkfit'), 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function git(folder: string, ...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
    cwd: folder,
    stdio: 'ignore',
  });
}

/** A repository whose branch `main` takes `base` seconds and whose checked-out change takes `change`. */
function repository(name: string, base: string, change: string): string {
  const origin = join(root, name, 'origin');
  mkdirSync(join(origin, 'benchmarks'), { recursive: true });
  git(origin, 'init', '-q', '-b', 'main');
  writeFileSync(join(origin, 'benchmarks', 'nightly.yaml'), SUITE);
  writeFileSync(join(origin, 'seconds'), base);
  git(origin, 'add', '-A');
  git(origin, 'commit', '-qm', 'base');
  const clone = join(root, name, 'clone');
  execFileSync('git', ['clone', '-q', origin, clone]);
  git(clone, 'checkout', '-q', '-b', 'change');
  writeFileSync(join(clone, 'seconds'), change);
  git(clone, 'commit', '-qa', '--allow-empty', '-m', 'change');
  return clone;
}

/** Runs the steps of the pipeline as a runner does: until one fails, then only those that always run. */
function runPipeline(folder: string) {
  const temp = join(folder, '..', 'temp');
  mkdirSync(temp);
  const environment = {
    PATH: `${join(root, 'bin')}:${process.env.PATH}`,
    ...gate.env,
    RUNNER_TEMP: temp,
    GITHUB_BASE_REF: 'main',
    GITHUB_STEP_SUMMARY: join(temp, 'summary.md'),
  };
  let failed: { name: string; status: number | null; err: string } | undefined;
  for (const { name = '', run, if: condition } of gate.steps) {
    if (!run || (failed && condition !== 'always()')) continue;
    const { status, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', run], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    });
    if (status !== 0) failed ??= { name, status, err: stderr };
  }
  return { failed, temp };
}

describe('the sample pipeline', () => {
  it('lets a change pass that costs no time', () => {
    const { failed, temp } = runPipeline(repository('same', '0.3', '0.3'));
    expect(failed).toBeUndefined();
    expect(readFileSync(join(temp, 'summary.md'), 'utf8')).toMatch(/Passed/);
    expect(existsSync(join(temp, 'gate.xml'))).toBe(true);
  });

  it('stops a change that doubles the time, and tells it', () => {
    const { failed, temp } = runPipeline(repository('slower', '0.3', '0.9'));
    expect(failed).toMatchObject({ name: 'Gate', status: 1 });
    expect(readFileSync(join(temp, 'summary.md'), 'utf8')).toContain('regressed');
    expect(readFileSync(join(temp, 'gate.xml'), 'utf8')).toContain('<failure');
  });
});
