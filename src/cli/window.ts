import type { Config } from '../config/schema.js';
import { parseWindow, type Window } from '../model/window.js';
import { windowOfData } from '../pricing/cost-report.js';
import { coveredExtent } from '../store/node-usage.js';
import type { Db } from '../store/open.js';
import { newestSparkMs } from '../store/spark.js';
import type { CommonOptions } from './options.js';

export interface StoreWindow {
  window: Window;
  /** Why the window does not end now. */
  notes: string[];
}

/**
 * The window of `--since` and `--until`; without the latter it ends where measuring ended, if that was days ago.
 * @throws UsageError if a time cannot be read or the window is empty.
 */
export function windowOfUse(db: Db, config: Config, options: CommonOptions, nowMs: number): StoreWindow {
  const data = options.until === undefined ? windowOfData(nowMs, coveredExtent(db)) : { untilMs: nowMs };
  const window = parseWindow(options, config.analysis.since, data.untilMs);
  return { window, notes: data.note === undefined ? [] : [data.note] };
}

/** The same for a report, which must not end before the newest Spark run does. */
export function windowOfReport(db: Db, config: Config, options: CommonOptions, nowMs: number): StoreWindow {
  const found = windowOfUse(db, config, options, nowMs);
  if (found.notes.length === 0 || (newestSparkMs(db) ?? 0) <= found.window.untilMs) return found;
  return { window: parseWindow(options, config.analysis.since, nowMs), notes: [] };
}
