import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSession } from '../bench/compare-sessions.js';
import { INSTALL_FOLDER, withInstalledPython } from '../bench/needs.js';
import { renderSession } from '../bench/reports/terminal.js';
import { type ClusterLauncher, runSuite } from '../bench/runner.js';
import { type BenchSession, isComplete, readSession, runName } from '../bench/session.js';
import type { SessionComparison } from '../bench/session-comparison.js';
import { type LoadedSuite, loadSuite } from '../bench/suite.js';
import type { Suite, Variant } from '../bench/suite-schema.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import { shown } from '../reports/text.js';
import { keepSession, type OutputWords, sessionPath, tellComparison, writeSession } from './bench-output.js';
import { openPrices } from './bench-price.js';
import { numberOf, settingsOf } from './bench-words.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';
import { progressLine } from './progress.js';

export interface RunOptions extends CommonOptions, OutputWords {
  json?: boolean;
  runs?: string;
  warmup?: string;
  order?: string;
  seed?: string;
  adaptive?: boolean;
  workload?: string[];
  parameter?: string[];
  label?: string;
  output?: string;
  resume?: string;
  apply?: boolean;
}

export interface AbOptions extends RunOptions {
  a?: string[];
  b?: string[];
}

export type AaOptions = RunOptions;

/** The suite with what the command line says over it. */
function overridden(loaded: LoadedSuite, options: RunOptions): LoadedSuite {
  const { runs, warmup, order, seed, adaptive, workload, parameter } = options;
  if (order !== undefined && order !== 'abba' && order !== 'random')
    throw new UsageError(`--order '${order}' is neither abba nor random`);
  const names = loaded.suite.workloads.map(({ name }) => name);
  const unknown = workload?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--workload '${unknown}' is not in the suite`, { hint: `It has ${names.join(', ')}.` });
  const suite: Suite = {
    ...loaded.suite,
    ...(runs !== undefined && { runs: numberOf(runs, '--runs', 1, 1000, true) }),
    ...(warmup !== undefined && { warmup: numberOf(warmup, '--warmup', 0, 100, true) }),
    ...(order !== undefined && { order }),
    ...(seed !== undefined && { seed: numberOf(seed, '--seed', 0, 2 ** 31, true) }),
    ...(adaptive && { adaptive }),
    parameters: { ...loaded.suite.parameters, ...settingsOf(parameter, '--parameter') },
  };
  return {
    ...loaded,
    suite: workload ? { ...suite, workloads: suite.workloads.filter(({ name }) => workload.includes(name)) } : suite,
  };
}

async function clusterLauncher(config: Config, apply: boolean | undefined): Promise<ClusterLauncher | undefined> {
  if (!apply) return undefined;
  return (await import('../bench/kubernetes.js')).clusterLauncher(config);
}

function checkResume(session: BenchSession, { suite, hash, path }: LoadedSuite, file: string): void {
  if (session.suite === suite.suite && session.suiteHash === hash) return;
  throw new UsageError(`--resume ${file}: it was made by another suite, or ${path} has changed since`, {
    hint: 'Begin a new session.',
  });
}

/** Characters of what is told of a run at once; its session has it whole. */
const LONGEST_MESSAGE = 1000;

export interface Measured {
  readonly session: BenchSession;
  readonly path: string;
}

/** Runs a suite, keeping every run as it ends: in the session file, and at the end in the store. */
export async function measure(config: Config, given: LoadedSuite, options: RunOptions, io: Io): Promise<Measured> {
  const resume = options.resume === undefined ? undefined : readSession(options.resume);
  const loaded = overridden(given, options);
  if (resume) checkResume(resume, given, options.resume ?? '');
  const environment = withInstalledPython({ ...io.environment }, INSTALL_FOLDER);
  const workFolder = mkdtempSync(join(tmpdir(), 'sparkfit-bench-'));
  const prices = openPrices(config, loaded.suite);
  const progress = progressLine(io);
  let path = options.resume ?? options.output;
  try {
    const session = await runSuite({
      loaded,
      environment,
      workFolder,
      signal: io.signal,
      label: options.label ?? '',
      priceOf: prices.priceOf,
      launchOnCluster: await clusterLauncher(config, options.apply),
      resume,
      onRun(current, run) {
        path ??= sessionPath(current, undefined);
        writeSession(path, current);
        const { workload, variant, state, message, metrics } = run;
        const time = metrics.time === undefined ? '' : `, ${metrics.time.toFixed(2)} s`;
        const line = `${workload}/${variant} ${runName(run)}: ${state}${time}`;
        progress.show(line);
        if (message === null) return;
        progress.clear();
        io.err(shown(`${line}: ${message}`, LONGEST_MESSAGE));
      },
      onWorkload(workload, why) {
        progress.clear();
        if (why !== null) io.err(`SKIPPED ${workload}: ${why}`);
      },
    });
    path ??= sessionPath(session, undefined);
    writeSession(path, session);
    if (session.runs.length) keepSession(config.store, session);
    return { session, path };
  } finally {
    progress.clear();
    prices.close();
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function tell({ session, path }: Measured, options: RunOptions, io: Io): SessionComparison {
  const comparison = compareSession(session);
  const compared = session.workloads.some(({ variants }) => variants.length > 1);
  if (options.json) tellComparison(comparison, options, io);
  else {
    io.out(renderSession(session, io));
    if (compared) {
      io.out('');
      tellComparison(comparison, options, io);
    }
  }
  io.err(`session: ${path}`);
  return comparison;
}

/** `sparkfit bench run`: gives the exit code. */
export async function benchRun(
  config: Config,
  word: string | undefined,
  options: RunOptions,
  io: Io,
): Promise<ExitCode> {
  if (word === undefined)
    throw new UsageError('no suite was named', { hint: 'Give a suite file, or pairs, tpch or lakehouse.' });
  const measured = await measure(config, loadSuite(word), options, io);
  tell(measured, options, io);
  return isComplete(measured.session) ? EXIT.ok : EXIT.incomplete;
}

function withVariants(loaded: LoadedSuite, variantsOf: (first: Variant) => Variant[]): LoadedSuite {
  const workloads = loaded.suite.workloads.map((workload) => {
    const [first] = workload.variants;
    return first ? { ...workload, variants: variantsOf(first) } : workload;
  });
  return { ...loaded, suite: { ...loaded.suite, workloads } };
}

/** `sparkfit bench ab`: gives the exit code, 1 if b regressed. */
export async function benchAb(config: Config, word: string, options: AbOptions, io: Io): Promise<ExitCode> {
  const [a, b] = [settingsOf(options.a, '--a'), settingsOf(options.b, '--b')];
  if (!options.a && !options.b)
    throw new UsageError('neither --a nor --b was given', {
      hint: 'Give the settings that are to differ, --b spark.sql.shuffle.partitions=64.',
    });
  const loaded = withVariants(loadSuite(word), (first) => [
    { ...first, name: 'a', conf: { ...first.conf, ...a } },
    { ...first, name: 'b', conf: { ...first.conf, ...b } },
  ]);
  const measured = await measure(config, loaded, options, io);
  const { verdict } = tell(measured, options, io);
  if (verdict === 'regressed' || verdict === 'invalid') return EXIT.verdict;
  return isComplete(measured.session) ? EXIT.ok : EXIT.incomplete;
}

/** `sparkfit bench aa`: gives the exit code, 1 if the variant seems to differ from itself. */
export async function benchAa(config: Config, word: string, options: AaOptions, io: Io): Promise<ExitCode> {
  const loaded = withVariants(loadSuite(word), (first) => [
    { ...first, name: 'a' },
    { ...first, name: 'a-again' },
  ]);
  const measured = await measure(config, loaded, options, io);
  const { metrics } = tell(measured, options, io);
  if (metrics.some(({ verdict }) => verdict === 'regressed' || verdict === 'improved' || verdict === 'invalid'))
    return EXIT.verdict;
  return isComplete(measured.session) ? EXIT.ok : EXIT.incomplete;
}
