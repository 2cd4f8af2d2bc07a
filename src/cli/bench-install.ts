import { INSTALL_FOLDER } from '../bench/needs.js';
import { runCommand } from '../bench/process.js';
import { EXIT, type ExitCode } from '../model/errors.js';
import type { Io } from './io.js';

/** Spark 3.5 runs on Java 8 to 17; numpy is what its machine learning needs. */
const PACKAGES = ['pyspark==3.5.*', 'tpchgen-cli==4.*', 'numpy', 'setuptools<81'];
const TIMEOUT_MS = 1_800_000;

/** `sparkfit bench install`: gives the exit code. */
export async function benchInstall({ into = INSTALL_FOLDER }: { into?: string }, io: Io): Promise<ExitCode> {
  const python = io.environment.SPARKFIT_PYTHON || 'python3';
  const steps = [
    [python, '-m', 'venv', into],
    [`${into}/bin/pip`, 'install', '--quiet', ...PACKAGES],
  ];
  for (const words of steps) {
    io.err(words.join(' '));
    const outcome = await runCommand(words, {
      folder: process.cwd(),
      environment: { ...io.environment },
      timeoutMs: TIMEOUT_MS,
      signal: io.signal,
    });
    if (outcome.ended === 'exit' && outcome.exitCode === 0) continue;
    io.err(`sparkfit: ${words[0]} failed: ${outcome.errorTail.trim().split('\n').at(-1) ?? ''}`);
    return EXIT.incomplete;
  }
  io.out(`Installed into ${into}. Run a suite: sparkfit bench run pairs`);
  return EXIT.ok;
}
