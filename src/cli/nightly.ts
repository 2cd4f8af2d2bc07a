import { existsSync } from 'node:fs';
import { failureEvent } from '../alerts/enqueue.js';
import { send } from '../alerts/send.js';
import { sinksOf } from '../alerts/sinks/index.js';
import type { Sink } from '../alerts/sinks/sink.js';
import { clusterNameOf } from '../collectors/kubernetes/kubeconfig.js';
import { COLLECTORS } from '../collectors/registry.js';
import type { Config } from '../config/schema.js';
import { EXIT, type ExitCode, messageOf, UsageError } from '../model/errors.js';
import { limited } from '../model/limited.js';
import { formatTime, parseWindow, SECOND_MS } from '../model/window.js';
import { type NightInput, type NightOutcome, runNight, tellFailure } from '../nightly/run.js';
import { nightLine, nightSummary } from '../nightly/summary.js';
import { destinationsOf } from '../reports/destinations/index.js';
import { jsonText, shown } from '../reports/text.js';
import { LockHeldError } from '../store/lock.js';
import { asStoreError, openStore, type Store } from '../store/open.js';
import { toolVersion } from '../version.js';
import { type AnalyzeOptions, verdictOf } from './analyze.js';
import type { Io } from './io.js';
import { parseSeverity } from './options.js';
import { progressLine } from './progress.js';
import { hasReport, htmlPathIn, type ReportFile, sendReport, tellUnsent, writeReport } from './report.js';

export interface NightlyOptions extends AnalyzeOptions {
  output?: string;
}

/** Where the store cannot be used there is no outbox: receivers are told at once, once, and know the key. */
async function tellDirectly(sinks: readonly Sink[], config: Config, atMs: number, error: unknown): Promise<void> {
  if (!config.alerts.onFailure) return;
  const cluster = clusterNameOf(config) || 'default';
  const event = failureEvent({ cluster, atMs, failure: messageOf(error) });
  const timeoutMs = config.alerts.timeoutSeconds * SECOND_MS;
  await Promise.all(sinks.map((sink) => send(sink.post(event, Date.now()), sink, timeoutMs, limited(timeoutMs))));
}

/** @throws UsageError if no source is configured. */
function checkSources(config: Config): void {
  if (COLLECTORS.some((collector) => collector.isConfigured(config))) return;
  throw new UsageError('there is nothing to collect from: no source is configured', {
    hint: "Run 'sparkfit doctor' to see what each source needs.",
  });
}

async function open(config: Config, sinks: readonly Sink[], atMs: number): Promise<Store> {
  try {
    // Without any source no store is begun; one that is there keeps that the night failed.
    if (!existsSync(config.store)) checkSources(config);
    return openStore(config.store);
  } catch (error) {
    if (!(error instanceof LockHeldError)) await tellDirectly(sinks, config, atMs, error);
    throw error;
  }
}

async function failed(input: NightInput, thrown: unknown): Promise<never> {
  const error = asStoreError(thrown, input.store.path);
  try {
    await tellFailure(input, error);
  } catch {
    // The store takes no more, which is what there is to tell.
    await tellDirectly(input.sinks, input.config, input.atMs, error);
  }
  throw error;
}

function exitCode(outcome: NightOutcome, failOn: string | undefined): ExitCode {
  if (verdictOf(outcome.report, failOn) !== EXIT.ok) return EXIT.verdict;
  return nightSummary(outcome).state === 'ok' ? EXIT.ok : EXIT.incomplete;
}

/** `sparkfit nightly`: gives the exit code. */
export async function nightly(config: Config, options: NightlyOptions, io: Io): Promise<ExitCode> {
  if (options.failOn !== undefined) parseSeverity(options.failOn, '--fail-on');
  const window = parseWindow(options, config.analysis.since, io.nowMs);
  const sinks = sinksOf(config, io.environment);
  const destinations = destinationsOf(config.report.to, io.environment.SPARKFIT_REPORT_WEBHOOK);
  const folder = options.output ?? config.report.folder;
  let files: readonly ReportFile[] = [];
  const startedMs = Date.now();
  const store = await open(config, sinks, window.untilMs);
  const progress = progressLine(io);
  const input: NightInput = {
    config,
    store,
    cluster: clusterNameOf(config) || 'default',
    collectors: COLLECTORS,
    sinks,
    atMs: window.untilMs,
    since: options.since,
    version: toolVersion(),
    signal: io.signal,
    progress: progress.show,
    warn: (message) => io.err(`sparkfit: ${message}`),
    writeReport: (report) => {
      const { top, keep } = config.report;
      files = writeReport(report, folder, ['html', 'json', 'markdown', 'metrics'], top, { keep });
    },
    sendReport: async (report) => {
      const sent = await sendReport(report, files, destinations, { config, io, htmlPath: htmlPathIn(files) });
      progress.clear();
      tellUnsent(sent, io);
      return sent.filter(({ failure }) => failure !== null).map(({ destination }) => destination);
    },
    now: Date.now,
  };
  try {
    const outcome = await runNight(input).catch((error: unknown) => failed(input, error));
    progress.clear();
    for (const { id, state, detail } of outcome.sources)
      if (state === 'failed' || state === 'partial') io.err(`sparkfit: ${id} is ${state}: ${shown(detail)}`);
    for (const problem of [...outcome.delivery.errors, ...outcome.problems]) io.err(`sparkfit: ${shown(problem)}`);
    const seconds = (Date.now() - startedMs) / SECOND_MS;
    io.out(options.json ? jsonText(nightSummary(outcome, seconds)) : nightLine(outcome, seconds));
    return exitCode(outcome, options.failOn);
  } catch (error) {
    progress.clear();
    io.out(
      `sparkfit nightly ${shown(input.cluster)} ${formatTime(input.atMs)}: failed${hasReport(folder) ? '; the last report stays' : ''}`,
    );
    throw error;
  } finally {
    store.close();
  }
}
