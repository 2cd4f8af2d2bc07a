import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROBE_MS = 60_000;

export type Need = 'python' | 'java' | 'pyspark' | 'tpchgen';

/** The one command that installs what the bundled suites need. */
export const INSTALL_COMMAND = 'sparkfit bench install';

/** Where that command installs to, unless told otherwise. */
export const INSTALL_FOLDER = join(homedir(), '.cache', 'sparkfit', 'bench');

/**
 * The environment with the installed interpreter first on the path, where there is one and SPARKFIT_PYTHON names no other,
 * so that commands of a suite find the same Python as the check of its needs.
 */
export function withInstalledPython(environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const installed = join(folder, 'bin', 'python3');
  const python = environment.SPARKFIT_PYTHON || (existsSync(installed) ? installed : undefined);
  if (python === undefined) return environment;
  const path = `${join(python, '..')}${delimiter}${environment.PATH ?? ''}`;
  return { ...environment, SPARKFIT_PYTHON: python, PATH: path, PYSPARK_PYTHON: python };
}

/** The interpreter of the bundled suites: SPARKFIT_PYTHON, or the one on the path. */
export function pythonOf(environment: NodeJS.ProcessEnv): string {
  return environment.SPARKFIT_PYTHON || 'python3';
}

function probeOf(need: Need, environment: NodeJS.ProcessEnv): [string, string[]] {
  const python = pythonOf(environment);
  const probes: Record<Need, [string, string[]]> = {
    python: [python, ['--version']],
    java: [environment.JAVA_HOME ? `${environment.JAVA_HOME}/bin/java` : 'java', ['-version']],
    pyspark: [python, ['-c', 'import pyspark']],
    tpchgen: [
      python,
      [
        '-c',
        'import shutil, sys, os; sys.exit(not os.path.exists(os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")))',
      ],
    ],
  };
  return probes[need];
}

const WORDS: Record<Need, string> = {
  python: 'Python is missing (python3 on the path, or SPARKFIT_PYTHON)',
  java: 'Java is missing (java on the path, or JAVA_HOME)',
  pyspark: `PySpark is missing in this Python; install it with '${INSTALL_COMMAND}'`,
  tpchgen: `tpchgen-cli is missing beside this Python; install it with '${INSTALL_COMMAND}'`,
};

/** Says what is missing of what a suite needs; null if nothing is. */
export async function missingNeeds(needs: readonly Need[], environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const need of needs) {
    const [file, words] = probeOf(need, environment);
    try {
      await run(file, words, { env: environment, timeout: PROBE_MS });
    } catch {
      return WORDS[need];
    }
  }
  return null;
}
