import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listLogs } from '../collectors/spark/log-files.js';
import { readEventLog } from '../collectors/spark/read.js';
import { messageOf } from '../model/errors.js';
import type { SparkLog } from '../model/spark.js';
import { logFacts, logMetrics } from './event-log.js';
import type { MetricName } from './metrics.js';
import { type CommandOutcome, runCommand } from './process.js';
import { printOfFile, ResultReader } from './result-check.js';
import type { BenchRun, ResultPrint } from './session.js';
import { writeSparkConf } from './spark-conf-folder.js';
import type { LoadedSuite } from './suite.js';
import type { CommandLine, Variant, Workload } from './suite-schema.js';

/** What came of one run. `aborted` runs are not recorded. */
export interface Launched {
  readonly state: BenchRun['state'] | 'aborted';
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly metrics: Partial<Record<MetricName, number>>;
  readonly result: ResultPrint | null;
  readonly facts: BenchRun['facts'];
  readonly log: SparkLog | null;
}

export interface LaunchContext {
  readonly loaded: LoadedSuite;
  readonly environment: NodeJS.ProcessEnv;
  /** A folder for this session: settings, event logs and results of its runs. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
}

const LAST_WORDS = 300;

/** The last line of what it said on stderr, which names the error in most programs. */
function lastWords(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').trim().slice(0, LAST_WORDS);
}

function failureOf(outcome: CommandOutcome, timeoutMs: number): Pick<Launched, 'state' | 'message'> | undefined {
  const said = lastWords(outcome.errorTail);
  const tail = said ? `: ${said}` : '';
  if (outcome.ended === 'aborted') return { state: 'aborted', message: null };
  if (outcome.ended === 'timeout')
    return { state: 'timeout', message: `still running after ${timeoutMs / 1000} s and ended` };
  if (outcome.ended === 'not-started') return { state: 'failed', message: `cannot be started${tail}` };
  // A shell tells a signal that ended its child as 128 + its number.
  const signal =
    outcome.endSignal ?? ((outcome.exitCode ?? 0) > 128 ? `signal ${(outcome.exitCode ?? 0) - 128}` : null);
  if (signal !== null) return { state: 'killed', message: `killed by ${signal}${tail}` };
  if (outcome.exitCode !== 0) return { state: 'failed', message: `ended with ${outcome.exitCode}${tail}` };
  return undefined;
}

function commandOf(workload: Workload, variant: Variant): CommandLine {
  const command = variant.command ?? workload.command ?? [];
  if (!variant.arguments.length) return command;
  if (typeof command === 'string') return ['sh', '-c', `${command} "$@"`, 'sh', ...variant.arguments];
  return [...command, ...variant.arguments];
}

function upper(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
}

/** Environment of all commands of a suite: its parameters in capitals and where the session's files lie. */
export function suiteEnvironment({ loaded, environment, workFolder }: LaunchContext): NodeJS.ProcessEnv {
  const parameters = Object.entries(loaded.suite.parameters).map(([name, value]) => [upper(name), value]);
  return { ...environment, ...Object.fromEntries(parameters), SPARKFIT_BENCH_FOLDER: workFolder };
}

async function newestLog(folder: string): Promise<SparkLog | string> {
  const [path] = (await listLogs(folder)).slice(-1);
  if (path === undefined) return 'no event log was written';
  try {
    const log = await readEventLog(path);
    const [damage] = log.application.log.damage;
    if (damage !== undefined) return `the event log is not whole: ${damage}`;
    return log.application.finished ? log : 'the event log has no end: the application was ended before it finished';
  } catch (error) {
    return messageOf(error);
  }
}

async function resultOf(
  workload: Workload,
  file: string,
  output: ResultReader | undefined,
): Promise<ResultPrint | string | null> {
  if (!workload.result) return null;
  if (output) return output.print();
  try {
    return await printOfFile(file);
  } catch (error) {
    return `no result was written: ${messageOf(error)}`;
  }
}

/** Splits what a command prints into rows, whatever pieces it comes in. */
function rowsInto(reader: ResultReader) {
  let rest = '';
  return {
    add(text: string) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) reader.add(line);
    },
    end: () => reader.add(rest),
  };
}

/** Runs a command workload once and reads what it left. */
export async function launchCommand(workload: Workload, variant: Variant, context: LaunchContext): Promise<Launched> {
  const { loaded, workFolder, signal } = context;
  const folder = join(workFolder, 'run');
  const [confFolder, eventLogs, resultFile] = [join(folder, 'conf'), join(folder, 'eventlogs'), join(folder, 'result')];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const base = suiteEnvironment(context);
  if (workload.spark) writeSparkConf(confFolder, eventLogs, { ...workload.conf, ...variant.conf }, base);
  const timeoutMs = workload.timeout ?? loaded.suite.timeout;
  const reader = workload.result?.from === 'stdout' ? new ResultReader() : undefined;
  const rows = reader && rowsInto(reader);
  const outcome = await runCommand(commandOf(workload, variant), {
    folder: loaded.folder,
    environment: {
      ...base,
      ...workload.environment,
      ...variant.environment,
      SPARKFIT_RESULT: resultFile,
      ...(workload.spark && { SPARK_CONF_DIR: confFolder, SPARKFIT_EVENT_LOGS: eventLogs }),
    },
    timeoutMs,
    signal,
    ...(rows && { onOutput: rows.add }),
  });
  rows?.end();
  const metrics: Partial<Record<MetricName, number>> = {
    time: outcome.seconds,
    ...(outcome.cpuSeconds !== null && { cpu: outcome.cpuSeconds }),
    ...(outcome.peakRssBytes !== null && { peakRss: outcome.peakRssBytes }),
  };
  const ended = { exitCode: outcome.exitCode, metrics, result: null, facts: null, log: null };
  const failure = failureOf(outcome, timeoutMs);
  if (failure) return { ...ended, ...failure };
  const log = workload.spark ? await newestLog(eventLogs) : null;
  if (typeof log === 'string') return { ...ended, state: 'no-event-log', message: log };
  const result = await resultOf(workload, resultFile, reader);
  if (typeof result === 'string') return { ...ended, state: 'wrong-result', message: result };
  return {
    ...ended,
    state: 'ok',
    message: null,
    metrics: { ...metrics, ...(log && logMetrics(log)) },
    result,
    facts: log && logFacts(log),
    log,
  };
}

/** Runs a command around the measured ones. @returns why it failed, or null. */
export async function runHook(
  command: CommandLine | undefined,
  context: LaunchContext,
  extra: NodeJS.ProcessEnv = {},
): Promise<string | null> {
  if (command === undefined) return null;
  const { loaded, signal } = context;
  const outcome = await runCommand(command, {
    folder: loaded.folder,
    environment: { ...suiteEnvironment(context), ...extra },
    timeoutMs: loaded.suite.timeout,
    signal,
  });
  const failure = failureOf(outcome, loaded.suite.timeout);
  return failure ? (failure.message ?? 'stopped') : null;
}
