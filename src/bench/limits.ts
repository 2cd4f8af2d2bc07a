import { UsageError } from '../model/errors.js';
import { isMetric, METRIC_NAMES, METRICS, type MetricName } from './metrics.js';
import { valueText } from './reports/text.js';
import type { MetricRow } from './session-comparison.js';

/** What a gate allows: so much more than the baseline, or an absolute budget. */
export interface Limit {
  readonly text: string;
  readonly metric: MetricName;
  readonly kind: 'relative' | 'budget';
  /** Per cent, or in the metric's own unit. */
  readonly value: number;
}

const RELATIVE = /^([A-Za-z]+)\s*\+\s*(\d+(?:\.\d+)?)\s*%$/;
const BUDGET = /^([A-Za-z]+)\s*<=?\s*\$?\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/;

/** Factors to the metric's own unit. */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  s: { '': 1, ms: 0.001, s: 1, min: 60, m: 60, h: 3600 },
  bytes: { '': 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  USD: { '': 1, usd: 1 },
  '': { '': 1 },
};

function metricOf(word: string, text: string): MetricName {
  if (isMetric(word)) return word;
  throw new UsageError(`--limit '${text}': '${word}' is no metric`, {
    hint: `Give one of ${METRIC_NAMES.join(', ')}.`,
  });
}

/**
 * Reads `time +5 %`, `cost +3%`, `time < 90 s`, `peakRss <= 2 GiB`, `cost < $0.50`.
 * @throws UsageError that names the limit.
 */
export function parseLimit(text: string): Limit {
  const relative = RELATIVE.exec(text.trim());
  if (relative)
    return { text, metric: metricOf(relative[1] ?? '', text), kind: 'relative', value: Number(relative[2]) };
  const budget = BUDGET.exec(text.trim());
  if (!budget)
    throw new UsageError(`--limit '${text}' cannot be read`, {
      hint: "Give a metric with what it may rise by, 'time +5 %', or a budget, 'time < 90 s', 'cost < $0.50'.",
    });
  const metric = metricOf(budget[1] ?? '', text);
  const { unit } = METRICS[metric];
  const factor = FACTORS[unit]?.[(budget[3] ?? '').toLowerCase()];
  if (factor === undefined)
    throw new UsageError(`--limit '${text}': '${budget[3]}' is no unit of ${metric}`, {
      hint: `Give one of ${Object.keys(FACTORS[unit] ?? {})
        .filter(Boolean)
        .join(', ')}.`,
    });
  return { text, metric, kind: 'budget', value: Number(budget[2]) * factor };
}

export interface LimitResult {
  readonly row: MetricRow;
  readonly limit: Limit | null;
  /** `unknown`: too few runs to say. */
  readonly state: 'pass' | 'fail' | 'unknown';
  readonly text: string;
}

function percentText(row: MetricRow): string {
  return row.shiftPercent === null
    ? 'from zero'
    : `${row.shiftPercent >= 0 ? '+' : ''}${row.shiftPercent.toFixed(1)} %`;
}

/**
 * Whether a row keeps its limit. Without one a regression fails. With `+x %` a regression fails whose estimate lies above
 * x: both stages of the verdict must have held, never a single run. A budget is held against the median.
 */
export function checkLimit(row: MetricRow, limit: Limit | null): LimitResult {
  const say = (state: LimitResult['state'], text: string): LimitResult => ({ row, limit, state, text });
  if (row.verdict === 'invalid') return say('fail', row.reason ?? 'invalid');
  if (limit?.kind === 'budget')
    return row.medianB <= limit.value
      ? say('pass', `within the budget: ${valueText(row, row.medianB)}`)
      : say('fail', `the median is above the budget: ${valueText(row, row.medianB)} > ${valueText(row, limit.value)}`);
  if (row.verdict === 'regressed') {
    const above = limit === null || row.shiftPercent === null || Math.abs(row.shiftPercent) > limit.value;
    return above
      ? say('fail', `regressed by ${percentText(row)}`)
      : say('pass', `regressed by ${percentText(row)}, within ${limit.text}`);
  }
  if (row.verdict === 'inconclusive')
    return say(
      'unknown',
      `${row.reason ?? 'inconclusive'}${row.runsToDecide ? `; ${row.runsToDecide} runs a side would decide` : ''}`,
    );
  return say('pass', row.verdict);
}
