import { headlineOf } from '../bench/reports/text.js';
import type { BenchmarkRow, Report } from '../model/report.js';
import { formatCount } from './format.js';
import { shown } from './text.js';

/** Suites told in one line. */
const TOLD = 3;

/** `improved: etl time -10.2 %`; for a session that has nothing to be compared with, that. */
export function benchmarkAnswer(row: BenchmarkRow): string {
  return row.verdict === null
    ? 'nothing to compare with yet'
    : headlineOf({ verdict: row.verdict, metrics: row.metrics });
}

/** All benchmarks in one line; empty where none was run. */
export function benchmarksText(report: Report): string {
  const rows = report.benchmarks ?? [];
  const told = rows.slice(0, TOLD).map((row) => `${shown(row.suite)} ${benchmarkAnswer(row)}`);
  const more = rows.length - told.length;
  return [...told, ...(more > 0 ? [formatCount(more, 'more suite')] : [])].join('; ');
}
