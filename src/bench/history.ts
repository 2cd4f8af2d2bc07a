import { changePoints, shiftPercentOf } from '../spark/trend.js';
import { mannWhitney } from '../statistics/mann-whitney.js';
import { medianOf } from '../statistics/ranks.js';
import type { MetricName } from './metrics.js';
import { METRICS } from './metrics.js';

/** One session's median of one metric. */
export interface HistoryPoint {
  readonly session: string;
  readonly label: string;
  readonly atMs: number;
  readonly gitCommit: string | null;
  readonly median: number;
  readonly runs: number;
}

export interface HistoryChange {
  /** Place of the first point of the new level. */
  readonly at: number;
  readonly shiftPercent: number;
  readonly p: number;
  readonly verdict: 'improved' | 'regressed';
}

export interface HistorySeries {
  readonly suite: string;
  readonly workload: string;
  readonly variant: string;
  readonly metric: MetricName;
  readonly unit: string;
  readonly points: readonly HistoryPoint[];
  readonly changes: readonly HistoryChange[];
  /** Why no change was looked for; null where it was. */
  readonly insufficient: string | null;
}

export const LEAST_POINTS = 10;
export const LEAST_SEGMENT = 5;
/** Levels that differ by less are the same. */
const LEAST_SHIFT_PERCENT = 1;
const MOST_P = 0.05;

function changesOf(values: readonly number[], metric: MetricName): HistoryChange[] {
  const positive = values.every((value) => value > 0);
  const criteria = {
    minSegment: LEAST_SEGMENT,
    leastRuns: LEAST_POINTS,
    maxP: MOST_P,
    minShiftPercent: LEAST_SHIFT_PERCENT,
  };
  const places = changePoints(positive ? values.map(Math.log) : values, criteria);
  const starts = [0, ...places, values.length];
  return places.flatMap((at, place) => {
    const before = values.slice(starts[place], at);
    const after = values.slice(at, starts[place + 2]);
    const medianBefore = medianOf(before);
    const shiftPercent = positive
      ? shiftPercentOf(before, after)
      : medianBefore !== 0
        ? ((medianOf(after) - medianBefore) / Math.abs(medianBefore)) * 100
        : Number.POSITIVE_INFINITY * Math.sign(medianOf(after));
    if (Math.abs(shiftPercent) < LEAST_SHIFT_PERCENT) return [];
    const better = METRICS[metric].better === 'lower' ? shiftPercent < 0 : shiftPercent > 0;
    return [
      {
        at,
        shiftPercent,
        p: mannWhitney(before, after).p,
        verdict: better ? ('improved' as const) : ('regressed' as const),
      },
    ];
  });
}

/** A series with the places where its level changes (E-divisive, each segment at least five points long). */
export function historySeries(
  key: Pick<HistorySeries, 'suite' | 'workload' | 'variant' | 'metric'>,
  points: readonly HistoryPoint[],
): HistorySeries {
  const enough = points.length >= LEAST_POINTS;
  return {
    ...key,
    unit: METRICS[key.metric].unit,
    points,
    changes: enough
      ? changesOf(
          points.map(({ median }) => median),
          key.metric,
        )
      : [],
    insufficient: enough
      ? null
      : `insufficient data: ${points.length} ${points.length === 1 ? 'session' : 'sessions'}, changes are looked for from ${LEAST_POINTS} on`,
  };
}
