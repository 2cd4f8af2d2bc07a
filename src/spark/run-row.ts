import { wallMs } from '../analyzers/derived/spark-run.js';
import { timelineOf } from '../analyzers/derived/spark-timeline.js';
import type { SparkRunRow } from '../model/report.js';
import type { SparkLog } from '../model/spark.js';
import { isoTime } from '../model/window.js';

/** Where the run's time went, as reports show it: parts in the order of a run, those of no length left out. */
export function sparkRunRow(run: SparkLog): SparkRunRow {
  const { appId, name, family, startMs } = run.application;
  const parts = Object.entries(timelineOf(run).parts)
    .filter(([, ms]) => ms > 0)
    .map(([part, ms]) => ({ part, seconds: ms / 1000 }));
  const startedAt = startMs > 0 ? isoTime(startMs) : null;
  return { appId, name, family, startedAt, wallSeconds: wallMs(run) / 1000, parts };
}
