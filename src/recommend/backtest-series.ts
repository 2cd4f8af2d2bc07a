import type { BacktestSeries } from '../model/finding.js';
import type { Fold } from './folds.js';

/** Points of a chart of use; a longer history is told by the highest of neighbours. */
const MOST_POINTS = 60;

type Point = BacktestSeries['points'][number];

/** At most `MOST_POINTS`: neighbours become one that spans them and has their highest value. */
function thinned(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MOST_POINTS);
  const groups = Math.ceil(points.length / Math.max(1, size));
  return Array.from({ length: groups }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const highest = Math.max(...group.map(([, , value]) => value));
    return [group[0]?.[0] ?? 0, group.at(-1)?.[1] ?? 0, highest];
  });
}

export function cpuSeries(chosen: number, folds: readonly Fold[]): BacktestSeries {
  const points = folds.flatMap(({ parts }) =>
    parts.map(({ sinceMs, untilMs, cpu }): Point => [sinceMs, untilMs, cpu.quantile(0.95)]),
  );
  return { metric: 'CPU use, p95', unit: 'cores', chosen, current: null, points: thinned(points) };
}

export function memorySeries(chosen: number, folds: readonly Fold[]): BacktestSeries {
  const points = folds.map(({ sinceMs, untilMs, memoryMaxBytes }): Point => [sinceMs, untilMs, memoryMaxBytes ?? 0]);
  return { metric: 'working set, highest', unit: 'bytes', chosen, current: null, points: thinned(points) };
}

/** The series with what is set today. */
export function withCurrent<T extends { series?: BacktestSeries }>(backtest: T, current: number): T {
  return backtest.series ? { ...backtest, series: { ...backtest.series, current } } : backtest;
}
