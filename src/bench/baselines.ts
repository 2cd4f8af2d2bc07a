import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../model/errors.js';
import { type BenchSession, readSession } from './session.js';

export const BASELINE_FOLDER = join('benchmarks', 'baselines');
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]*$/;

/** Branch names have slashes; file names have not. */
function fileName(name: string): string {
  const file = name.replaceAll('/', '@');
  if (NAME.test(file)) return file;
  throw new UsageError(`'${name}' is no name for a baseline`, {
    hint: 'Give letters, digits, dots, dashes, such as main or release/1.4.',
  });
}

export function baselinePath(suite: string, name: string, folder = BASELINE_FOLDER): string {
  return join(folder, fileName(suite), `${fileName(name)}.json`);
}

/** A baseline as it lies in the repository; undefined if there is no file. */
export function readBaselineFile(suite: string, name: string, folder = BASELINE_FOLDER): BenchSession | undefined {
  const path = baselinePath(suite, name, folder);
  return existsSync(path) ? readSession(path) : undefined;
}

/** What a reviewer reads: sound runs and what they depend on. What explains one run is left out. */
export function baselineText(session: BenchSession): string {
  const runs = session.runs.filter(({ warmup }) => !warmup).map((run) => ({ ...run, facts: null }));
  return `${JSON.stringify({ ...session, runs }, null, 2)}\n`;
}

export interface BaselineFile {
  readonly suite: string;
  readonly name: string;
  readonly session: BenchSession;
}

export function listBaselineFiles(folder = BASELINE_FOLDER): BaselineFile[] {
  if (!existsSync(folder)) return [];
  const suites = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return suites.flatMap(({ name: suite }) =>
    readdirSync(join(folder, suite))
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => ({
        suite,
        name: file.slice(0, -'.json'.length).replaceAll('@', '/'),
        session: readSession(join(folder, suite, file)),
      })),
  );
}
