import type { MetricRow, SampleRow } from '../session-comparison.js';

const BLOCKS = '▁▂▃▄▅▆▇█';

/** One block per value, low to high; where all are equal, the lowest. */
export function sparkline(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values
    .map((value) => BLOCKS[high > low ? Math.round(((value - low) / (high - low)) * (BLOCKS.length - 1)) : 0])
    .join('');
}

/** The values of both sides in the order of the runs, on one scale. */
export function runsInOrder([a, b]: readonly [readonly SampleRow[], readonly SampleRow[]]): [string, string] {
  const values = [...a, ...b].map(({ value }) => value);
  const byPlace = (side: readonly SampleRow[]) =>
    [...side].sort((x, y) => x.position - y.position).map(({ value }) => value);
  const line = sparkline([...byPlace(a), ...byPlace(b), Math.min(...values), Math.max(...values)]);
  return [line.slice(0, a.length), line.slice(a.length, a.length + b.length)];
}

/** The most that the axis of intervals shows, in per cent. */
const WIDEST_PERCENT = 200;

/** Half the width of an axis that holds all intervals, in per cent. */
export function axisPercent(rows: readonly Pick<MetricRow, 'ciPercent' | 'shiftPercent'>[]): number {
  const bounds = rows.flatMap(({ ciPercent, shiftPercent }) => [...(ciPercent ?? []), shiftPercent ?? 0]).map(Math.abs);
  return Math.min(WIDEST_PERCENT, Math.max(5, ...bounds.map((bound) => bound * 1.1)));
}

/** `     ├──●──┤ ·       `: the interval on an axis of ±`axis` per cent, with 0 in the middle. */
export function intervalLine(row: MetricRow, axis: number, columns: number): string {
  const middle = Math.floor(columns / 2);
  const place = (percent: number) => Math.max(0, Math.min(columns - 1, middle + Math.round((percent / axis) * middle)));
  const cells = new Array<string>(columns).fill(' ');
  cells[middle] = '·';
  if (row.ciPercent) {
    const [from, to] = [place(row.ciPercent[0]), place(row.ciPercent[1])];
    for (let i = from; i <= to; i++) cells[i] = i === middle ? '┼' : '─';
    cells[from] = from === to ? '│' : '├';
    if (to > from) cells[to] = '┤';
  }
  if (row.shiftPercent !== null) cells[place(row.shiftPercent)] = '●';
  return cells.join('');
}
