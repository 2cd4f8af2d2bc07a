import type { Config } from '../config/schema.js';
import { EXIT } from '../model/errors.js';
import { SEVERITIES } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { buildReport } from '../reports/build.js';
import { FORMATS } from '../reports/index.js';
import { findingsOf } from '../reports/order.js';
import { openStoreForReading, withStoreErrors } from '../store/open.js';
import { toolVersion } from '../version.js';
import type { Io } from './io.js';
import { type CommonOptions, parseSeverity } from './options.js';
import { windowOfReport } from './window.js';

export interface AnalyzeOptions extends CommonOptions {
  allStates?: boolean;
  failOn?: string;
}

/** Builds the report of the store's window. */
export function reportOf(config: Config, options: CommonOptions, io: Io): Report {
  const store = openStoreForReading(config.store);
  try {
    return withStoreErrors(store.path, () => {
      const { window, notes } = windowOfReport(store.db, config, options, io.nowMs);
      return buildReport({ db: store.db, window, config, version: toolVersion(), nowMs: io.nowMs, notes });
    });
  } finally {
    store.close();
  }
}

/** 1 if a finding is at or above the severity of `--fail-on`, else 0. */
export function verdictOf(report: Report, failOn: string | undefined): number {
  if (failOn === undefined) return EXIT.ok;
  const worst = SEVERITIES.indexOf(parseSeverity(failOn, '--fail-on'));
  const fails = findingsOf(report).some((f) => SEVERITIES.indexOf(f.severity) <= worst);
  return fails ? EXIT.verdict : EXIT.ok;
}

/** `sparkfit analyze`: gives the exit code. */
export function analyze(config: Config, options: AnalyzeOptions, io: Io): number {
  if (options.failOn !== undefined) parseSeverity(options.failOn, '--fail-on');
  const report = reportOf(config, options, io);
  const { json, terminal } = FORMATS;
  if (options.json) for (const piece of json.pieces(report, { allStates: options.allStates === true })) io.out(piece);
  else io.out(terminal.render(report, { columns: io.columns, color: io.color, top: config.report.top }));
  return verdictOf(report, options.failOn);
}
