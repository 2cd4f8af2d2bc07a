import { type Delivery, deliver } from '../alerts/deliver.js';
import { enqueueChange, enqueueFailure, enqueueGroups } from '../alerts/enqueue.js';
import { realClock } from '../alerts/send.js';
import type { Sink } from '../alerts/sinks/sink.js';
import type { Collector } from '../collectors/collector.js';
import type { CollectedSource } from '../collectors/run.js';
import type { Config } from '../config/schema.js';
import { recordNight } from '../findings/record.js';
import { EXIT, KnownError, messageOf } from '../model/errors.js';
import type { Night } from '../model/lifecycle.js';
import { isQuiet } from '../model/quiet-hours.js';
import type { Report } from '../model/report.js';
import {
  DAY_MS,
  formatTime,
  HOUR_MS,
  isoTime,
  MINUTE_MS,
  parseWindow,
  SECOND_MS,
  type Window,
} from '../model/window.js';
import { type Evaluated, evaluate, reportedCluster } from '../reports/build.js';
import { changeEvent } from '../savings/event.js';
import { updateSavings } from '../savings/ledger.js';
import { lastNights } from '../store/findings.js';
import { asStoreError, type Store, withStoreErrors } from '../store/open.js';
import { backUp, forget, tidy } from '../store/upkeep.js';
import { mergeToDays } from '../store/usage-days.js';
import { collectWithBudget } from './collect.js';

export interface NightInput {
  config: Config;
  store: Store;
  /** As collectors name it. */
  cluster: string;
  collectors: readonly Collector[];
  sinks: readonly Sink[];
  /** End of the night's window. */
  atMs: number;
  /** Start of the window, as `--since` gives it. */
  since: string | undefined;
  version: string;
  signal: AbortSignal;
  progress(message: string): void;
  warn(message: string): void;
  /** Writes the report's files; each is whole or as it was. */
  writeReport(report: Report): void;
  /** Sends what was written where `report.to` says; gives the destinations that were not reached. */
  sendReport(report: Report): Promise<string[]>;
  now(): number;
}

export interface NightOutcome {
  report: Report;
  sources: CollectedSource[];
  delivery: Delivery;
  /** Destinations that the report did not reach. */
  unsent: string[];
  /** Nights since the last one that should have been. */
  missedNights: number;
  /** What went wrong besides sources and receivers. */
  problems: string[];
}

/** Later than this after the last night, one or more were missed. */
const MISSED_AFTER_MS = 36 * HOUR_MS;

function missedNights(last: Night | undefined, atMs: number): number {
  if (!last || atMs - last.atMs < MISSED_AFTER_MS) return 0;
  return Math.round((atMs - last.atMs) / DAY_MS) - 1;
}

/** Sources that failed tonight as they did the night before: nobody may have looked. */
function failingSources(sources: readonly CollectedSource[], last: Night | undefined): string[] {
  return sources
    .filter(({ id, state }) => state === 'failed' && last?.sources[id] === 'failed')
    .map(({ id, detail }) => `${id} was not collected for two nights or more: ${detail}`);
}

async function collect(input: NightInput): Promise<CollectedSource[]> {
  const { config, store, cluster, signal, progress, collectors, atMs } = input;
  const window = parseWindow({ until: isoTime(atMs) }, `${config.prometheus.lookbackDays}d`, atMs);
  const given = { config, store, window, sinceGiven: false, cluster, signal, progress };
  const sources = await collectWithBudget(collectors, given, config.nightly.sourceMinutes, input.now);
  if (signal.aborted) throw new KnownError('stopped; what was collected stays', EXIT.incomplete);
  const tried = sources.filter(({ state }) => state !== 'absent');
  if (tried.length === 0)
    throw new KnownError('there is nothing to collect from: no source is configured', EXIT.usage, {
      hint: "Run 'sparkfit doctor' to see what each source needs.",
    });
  // A source that is well but gave nothing is no base for a night.
  const failed = tried.filter(({ state }) => state === 'failed');
  if (failed.length > 0 && tried.every(({ state, rows }) => state === 'failed' || rows === 0))
    throw new KnownError(
      `nothing could be collected: ${failed.map(({ detail }) => detail).join('; ')}`,
      EXIT.incomplete,
      { hint: 'The last report stays. Run sparkfit doctor.' },
    );
  return sources;
}

/** Everything that the night says, in one transaction: all of it counts, or none. */
function keep(
  input: NightInput,
  { report, projection, input: artifacts }: Evaluated,
  sources: readonly CollectedSource[],
): void {
  const { store, config, sinks, atMs } = input;
  const { db } = store;
  const { cluster } = report;
  const [last] = lastNights(db, cluster, 1);
  const failing = config.alerts.onFailure ? failingSources(sources, last) : [];
  const night: Night = {
    cluster,
    atMs,
    sinceMs: Date.parse(report.window.since),
    costUsdPerMonth: report.totals.costUsdPerMonth,
    savingsUsdPerMonth: report.totals.savingsUsdPerMonth,
    findings: report.totals.findings,
    sources: Object.fromEntries(sources.map(({ id, state }) => [id, state])),
  };
  db.transaction(() => {
    recordNight(db, night, projection);
    for (const saving of updateSavings(artifacts, projection.records.values(), cluster))
      enqueueChange(db, sinks, changeEvent(saving, projection.records.get(saving.fingerprint)));
    enqueueGroups(sinks, { db, cluster, atMs, records: [...projection.records.values()], config });
    enqueueFailure(db, sinks, { cluster, atMs, failure: failing.length > 0 ? failing.join('; ') : undefined });
  })();
}

export function deliverAll({
  store,
  config,
  sinks,
  signal,
}: Pick<NightInput, 'store' | 'config' | 'sinks' | 'signal'>) {
  const { timeoutSeconds, budgetMinutes, quietHours } = config.alerts;
  return deliver(store.db, sinks, {
    clock: realClock,
    timeoutMs: timeoutSeconds * SECOND_MS,
    budgetMs: budgetMinutes * MINUTE_MS,
    signal,
    isQuiet: (nowMs) => isQuiet(quietHours, nowMs, config.timeZone),
  });
}

/** What keeps the store small, quick and copied. A night does not fail by it. */
async function upkeep({ store, config, atMs, progress }: NightInput): Promise<string[]> {
  progress('upkeep of the store');
  try {
    mergeToDays(store.db, atMs - config.nightly.mergeAfterDays * DAY_MS);
    forget(store, atMs - config.nightly.keepDays * DAY_MS);
    tidy(store);
    await backUp(store, isoTime(atMs).slice(0, 10), config.nightly.backups);
    return [];
  } catch (error) {
    return [messageOf(asStoreError(error, store.path))];
  }
}

function checkClock({ warn, atMs }: NightInput, last: Night | undefined): void {
  if (last && last.atMs > atMs)
    warn(
      `the clock reads ${formatTime(atMs)}, but the last night was at ${formatTime(last.atMs)}; the nights count in the order in which they were run`,
    );
}

function windowOf({ config, since, atMs }: NightInput): Window {
  return parseWindow({ until: isoTime(atMs), ...(since ? { since } : {}) }, config.analysis.since, atMs);
}

/**
 * One night: collect, analyze, keep, report, alert, upkeep.
 * @throws KnownError if there is nothing to report: no source, a store that takes no more, a report that cannot be written.
 */
export async function runNight(input: NightInput): Promise<NightOutcome> {
  const { store, config, version } = input;
  const [last] = lastNights(store.db, reportedCluster(store.db, config), 1);
  checkClock(input, last);
  const sources = await collect(input);
  input.progress('analyzing');
  const report = withStoreErrors(store.path, () => {
    const result = evaluate({ db: store.db, window: windowOf(input), config, version, nowMs: input.atMs });
    keep(input, result, sources);
    // No more than that: what it was computed from is large, and not needed any longer.
    return result.report;
  });
  input.writeReport(report);
  input.progress('alerting');
  const delivery = await deliverAll(input);
  input.progress('sending the report');
  const unsent = await input.sendReport(report);
  const problems = await upkeep(input);
  return {
    report,
    sources,
    delivery,
    unsent,
    missedNights: missedNights(last, input.atMs),
    problems,
  };
}

/** Tells of a night that failed, by the outbox so that it is told once. */
export async function tellFailure(input: NightInput, error: unknown): Promise<void> {
  if (!input.config.alerts.onFailure) return;
  const { store, config, atMs, sinks } = input;
  const cluster = reportedCluster(store.db, config);
  store.db.transaction(() => enqueueFailure(store.db, sinks, { cluster, atMs, failure: messageOf(error) }))();
  await deliverAll(input);
}
