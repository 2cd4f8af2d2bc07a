import { existsSync, readdirSync, statSync } from 'node:fs';
import { podsOfLog } from '../analyzers/derived/pod-lives.js';
import { windowOf } from '../analyzers/derived/spark-run.js';
import { artifactInput } from '../analyzers/run.js';
import { podsInFiles } from '../collectors/logs/files.js';
import { listLogs, rollingIndex } from '../collectors/spark/log-files.js';
import { readEventLog } from '../collectors/spark/read.js';
import { findLog, isRemote, logPlace } from '../collectors/spark/sources/index.js';
import type { Config } from '../config/schema.js';
import { EXIT, SourceError, UsageError } from '../model/errors.js';
import type { Report } from '../model/report.js';
import type { SparkLog } from '../model/spark.js';
import { outlivedLogText } from '../pricing/outlived-logs.js';
import { podPrices, runCost, runRates } from '../pricing/run-cost.js';
import { gpuFacts, runGpus } from '../pricing/run-gpus.js';
import { sourcesOf } from '../reports/build.js';
import { renderClinic } from '../reports/clinic.js';
import { formatCount } from '../reports/format.js';
import { FORMATS } from '../reports/index.js';
import { type Clinic, examine, type RunMoney } from '../spark/clinic.js';
import { openStoreForReading } from '../store/open.js';
import type { PodLife } from '../store/pod-life.js';
import { clusterOf } from '../store/sources.js';
import { findSparkApplication, readSparkLog } from '../store/spark.js';
import { toolVersion } from '../version.js';
import { verdictOf } from './analyze.js';
import { writeWhole } from './files.js';
import type { Io } from './io.js';
import { type CommonOptions, parseSeverity } from './options.js';

export interface AppOptions extends CommonOptions {
  allStates?: boolean;
  failOn?: string;
  top?: string;
  logs?: string;
  html?: boolean;
  output?: string;
}

interface Found {
  run: SparkLog;
  cluster: string;
  /** Where the store knows them. */
  pods?: PodLife[];
  money?: RunMoney;
  sources?: Report['sources'];
}

/** The run in the store; undefined if there is no store or it does not hold the application. */
function inStore(config: Config, appId: string): Found | undefined {
  if (!existsSync(config.store)) return undefined;
  const store = openStoreForReading(config.store);
  try {
    const stored = findSparkApplication(store.db, appId);
    if (!stored) return undefined;
    const run = readSparkLog(store.db, stored.key);
    const cluster = config.cluster || clusterOf(store.db);
    const input = artifactInput(store.db, windowOf(run), config);
    const gpus = runGpus(run, gpuFacts(run, cluster, input));
    const money = {
      cost: runCost(run, input.get(podPrices)),
      rates: runRates(run, input),
      gpus,
      note: outlivedLogText(store.db, appId),
    };
    const prices = sourcesOf(store.db).filter(({ id }) => id === 'aws-prices' || id === 'aws-spot');
    return { run, cluster, pods: podsOfLog(store.db, cluster, run), money, sources: prices };
  } finally {
    store.close();
  }
}

async function inLogs(config: Config, appId: string, signal: AbortSignal): Promise<Found | undefined> {
  const { logs } = config.spark;
  if (!logs || !(isRemote(logs) || existsSync(logs))) return undefined;
  const log = await findLog(await logPlace(config), appId, signal);
  return log && { run: (await log.read({ signal })).log, cluster: config.cluster };
}

/** @throws UsageError if it is a folder of many logs. */
async function checkIsOneLog(path: string): Promise<void> {
  if (!statSync(path).isDirectory() || readdirSync(path).some((name) => rollingIndex(name) !== undefined)) return;
  const logs = (await listLogs(path)).filter((log) => log !== path);
  const [first] = logs;
  throw first === undefined
    ? new UsageError(`${path}: the folder holds no event log`, {
        hint: 'Name a log, or a rolling log with its files events_<n>_<application>.',
      })
    : new UsageError(`${path}: the folder holds ${formatCount(logs.length, 'log')}, name one of them`, {
        hint: `For example ${first}; 'sparkfit collect --source spark-logs' reads them all (spark.logs).`,
      });
}

/** @throws UsageError if nothing of it is an event log. */
async function read(path: string, signal: AbortSignal): Promise<SparkLog> {
  await checkIsOneLog(path);
  try {
    return await readEventLog(path, { signal });
  } catch (error) {
    if (!(error instanceof SourceError) || signal.aborted) throw error;
    throw new UsageError(error.message, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}

/** @throws UsageError if it is neither a log nor an application that is known. */
async function find(config: Config, what: string, signal: AbortSignal): Promise<Found> {
  if (existsSync(what)) return { run: await read(what, signal), cluster: config.cluster };
  const found = inStore(config, what) ?? (await inLogs(config, what, signal));
  if (found) return found;
  throw new UsageError(`'${what}' is neither an event log nor an application in the store ${config.store}`, {
    hint: "Name a Spark event log (file or eventlog_v2_ folder), or run 'sparkfit collect --source spark-logs' first.",
  });
}

async function rendered(clinic: Clinic, options: AppOptions, io: Io, top: number | undefined): Promise<string> {
  if (options.json) return FORMATS.json.render(clinic.report, { allStates: options.allStates === true });
  if (options.html) return (await import('../reports/html/clinic.js')).renderClinicHtml(clinic);
  const color = io.color && options.output === undefined;
  return renderClinic(clinic, { columns: io.columns, color, ...(top !== undefined && { top }) });
}

/** `sparkfit app`: gives the exit code. */
export async function app(config: Config, what: string, options: AppOptions, io: Io): Promise<number> {
  if (options.json && options.html) throw new UsageError('--json and --html exclude each other');
  if (options.failOn !== undefined) parseSeverity(options.failOn, '--fail-on');
  const { run, cluster, pods: known = [], ...more } = await find(config, what, io.signal);
  const { logs } = options;
  const pods = [...known, ...(logs === undefined ? [] : await podsInFiles(logs, run, config.podLogs.tailLines))];
  const clinic = examine(run, { config, cluster, version: toolVersion(), nowMs: io.nowMs, pods, ...more });
  const top = options.top === undefined ? undefined : Number(options.top);
  if (top !== undefined && !(Number.isInteger(top) && top > 0))
    throw new UsageError(`--top '${options.top}' is no number of findings`, { hint: 'Give a whole number from 1.' });
  const text = await rendered(clinic, options, io, top);
  if (options.output === undefined) io.out(text);
  else {
    writeWhole(options.output, text);
    io.err(`Written: ${options.output}`);
  }
  const verdict = verdictOf(clinic.report, options.failOn);
  return verdict === EXIT.ok && run.application.log.damage.length ? EXIT.incomplete : verdict;
}
