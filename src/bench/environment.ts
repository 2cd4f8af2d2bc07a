import { execFile } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { toolVersion } from '../version.js';
import type { BenchSession, Environment } from './session.js';
import type { LoadedSuite } from './suite.js';

const run = promisify(execFile);
const PROBE_MS = 10_000;
/** Of each input file so much of its beginning and of its end is read. */
const SAMPLE_BYTES = 1 << 20;

/** The first line that a program prints; null where there is none. */
async function firstLine(
  file: string,
  words: string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(file, words, { cwd: folder, env: environment, timeout: PROBE_MS });
    return `${stdout}${stderr}`.trim().split('\n')[0] || null;
  } catch {
    return null;
  }
}

/** One-minute load of the machine; null where the system has none. */
export function loadNow(): number | null {
  return platform() === 'win32' ? null : Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function addSample(hash: Hash, path: string, bytes: number): void {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(SAMPLE_BYTES, bytes));
    for (const at of new Set([0, Math.max(0, bytes - SAMPLE_BYTES)]))
      hash.update(buffer.subarray(0, readSync(file, buffer, 0, buffer.length, at)));
  } finally {
    closeSync(file);
  }
}

/** Size and checksum of input: names, sizes, and the first and last MiB of each file. */
export function inputPrint(paths: readonly string[], folder: string): { bytes: number; checksum: string } | null {
  const hash = createHash('sha256');
  let total = 0;
  let files = 0;
  for (const root of paths) {
    for (const path of filesUnder(resolve(folder, root))) {
      const bytes = statSync(path).size;
      hash.update(`${path.slice(resolve(folder).length)}\0${bytes}\0`);
      addSample(hash, path, bytes);
      total += bytes;
      files++;
    }
  }
  return files ? { bytes: total, checksum: hash.digest('hex').slice(0, 16) } : null;
}

/** What the measurements depend on, as far as it can be seen from here. */
export async function environmentOf(
  { suite, folder }: LoadedSuite,
  environment: NodeJS.ProcessEnv,
): Promise<Environment> {
  const git = (...words: string[]) => firstLine('git', words, folder, environment);
  const usesSpark = suite.workloads.some(({ spark }) => spark);
  const [commit, branch, changes, java, python] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('rev-parse', '--abbrev-ref', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
    usesSpark ? firstLine('java', ['-version'], folder, environment) : null,
    suite.needs.includes('python')
      ? firstLine(environment.SPARKFIT_PYTHON ?? 'python3', ['--version'], folder, environment)
      : null,
  ]);
  const machine = suite.machine?.instanceType ?? null;
  return {
    sparkfit: toolVersion(),
    node: process.version,
    os: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() || null,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    load: loadNow(),
    java,
    python,
    machine,
    gitCommit: commit && (changes ? `${commit} with changes` : commit),
    gitBranch: branch,
    ...Object.fromEntries(Object.entries(suite.parameters).map(([name, value]) => [`parameter.${name}`, value])),
  };
}

/** Adds the fingerprint of each workload's input, once it is there. */
export function withInput(environment: Environment, { suite, folder }: LoadedSuite): Environment {
  const prints = suite.workloads.flatMap((workload) => {
    const print = workload.input.length ? inputPrint(workload.input, folder) : null;
    return print
      ? [
          [`input.${workload.name}.bytes`, print.bytes] as const,
          [`input.${workload.name}.checksum`, print.checksum] as const,
        ]
      : [];
  });
  return { ...environment, ...Object.fromEntries(prints) };
}

export interface EnvironmentDifference {
  readonly field: string;
  readonly a: string | number | null;
  readonly b: string | number | null;
  /** `refuses`: the two cannot be compared; `warns`: a difference may come from it; `tells`: expected to differ. */
  readonly effect: 'refuses' | 'warns' | 'tells';
}

const TELLS = new Set(['gitCommit', 'gitBranch', 'sparkfit', 'node']);
/** Loads that differ by less are the same. */
const LOAD_SLACK = 1;

function effectOf(field: string): EnvironmentDifference['effect'] {
  if (field.startsWith('input.') || field.startsWith('parameter.')) return 'refuses';
  return TELLS.has(field) ? 'tells' : 'warns';
}

function differs(field: string, a: string | number | null, b: string | number | null): boolean {
  if (field === 'load' && typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) > LOAD_SLACK;
  return a !== b;
}

/** Variants of the same name that are run in another way: often the very change that is looked at. */
function settingDifferences(a: BenchSession, b: BenchSession): EnvironmentDifference[] {
  return b.workloads.flatMap(({ name, variants, confHashes }) => {
    const other = a.workloads.find((workload) => workload.name === name);
    return variants.flatMap((variant, place): EnvironmentDifference[] => {
      const [after, before] = [confHashes[place], other?.confHashes[other.variants.indexOf(variant)]];
      if (before === undefined || after === undefined || before === after) return [];
      return [{ field: `settings.${name}/${variant}`, a: before, b: after, effect: 'tells' }];
    });
  });
}

/** Field by field, what differs between the environments of two sessions. */
export function environmentDifferences(a: BenchSession, b: BenchSession): EnvironmentDifference[] {
  if (a.id === b.id) return [];
  const fields = [...new Set([...Object.keys(a.environment), ...Object.keys(b.environment)])];
  const found = fields.flatMap((field): EnvironmentDifference[] => {
    const [before, after] = [a.environment[field] ?? null, b.environment[field] ?? null];
    // What one side does not know says nothing about the other.
    if (before === null || after === null || !differs(field, before, after)) return [];
    return [{ field, a: before, b: after, effect: effectOf(field) }];
  });
  found.push(...settingDifferences(a, b));
  if (a.suite !== b.suite) found.unshift({ field: 'suite', a: a.suite, b: b.suite, effect: 'refuses' });
  else if (a.suiteHash !== b.suiteHash)
    found.push({ field: 'suiteHash', a: a.suiteHash, b: b.suiteHash, effect: 'warns' });
  return found;
}
