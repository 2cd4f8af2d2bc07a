import type { BenchmarkMetric } from '../../model/report.js';
import { type Chart, legend } from '../../reports/charts/chart.js';
import { axisOf, coordinate, percent, position } from '../../reports/charts/scale.js';
import { formatDay } from '../../reports/format.js';
import { type Html, html } from '../../reports/html/template.js';
import { shown } from '../../reports/text.js';
import type { HistorySeries } from '../history.js';
import type { MetricRow } from '../session-comparison.js';
import { axisPercent } from './lines.js';
import { intervalText, shiftText, valueText, verdictWord } from './text.js';

const ROW = 34;
const HEIGHT = 190;
const ACROSS = 1000;
const TOP = 10;

function titleOf(row: Pick<BenchmarkMetric, 'workload' | 'name' | 'variants'>): string {
  return `${shown(row.workload)} ${row.name}: ${shown(row.variants[0])} → ${shown(row.variants[1])}`;
}

/** One line per metric: the interval of its change, zero in the middle. */
export function intervalChart(rows: readonly BenchmarkMetric[]): Chart {
  const axis = axisPercent(rows);
  const x = (value: number) => percent(0.5 + Math.max(-1, Math.min(1, value / axis)) / 2);
  const bars = rows.map((row) => {
    const [low, high] = row.ciPercent ?? [0, 0];
    const series = row.verdict === 'improved' ? 2 : row.verdict === 'regressed' ? 4 : 5;
    const line = row.ciPercent
      ? html`<line class="line line-${series}" x1="${x(low)}" x2="${x(high)}" y1="${ROW / 2}" y2="${ROW / 2}"/>`
      : null;
    const dot =
      row.shiftPercent === null
        ? null
        : html`<circle class="series-${series}" cx="${x(row.shiftPercent)}" cy="${ROW / 2}" r="5"/>`;
    return html`<li class="bar-row"><span class="bar-name"><bdi>${titleOf(row)}</bdi></span> <span class="bar-figures">${shiftText(row)}, ${verdictWord(row.verdict)}</span>
<svg class="bar" width="100%" height="${ROW}" role="img" aria-label="${titleOf(row)}: ${intervalText(row)}"><rect class="track" width="100%" height="${ROW}" rx="2"/><line class="axis" x1="50%" x2="50%" y1="0" y2="${ROW}"/>${line}${dot}</svg></li>`;
  });
  const decided = rows.filter(({ verdict }) => verdict === 'improved' || verdict === 'regressed').length;
  return {
    id: 'intervals',
    question: 'How far did each metric move, and how sure is it?',
    answer: `${decided} of ${rows.length} metrics moved beyond the noise.`,
    note: `Point: Hodges–Lehmann shift of b against a. Line: its interval. The axis reaches from -${axis.toFixed(0)} % to +${axis.toFixed(0)} %; lower is better.`,
    picture: html`<ul class="bars">${bars}</ul>`,
    table: {
      head: ['Metric', 'a', 'b', 'Runs', 'Change', 'Interval', 'Verdict'],
      rows: rows.map((row) => [
        titleOf(row),
        valueText(row, row.medianA),
        valueText(row, row.medianB),
        row.n.join(' against '),
        shiftText(row),
        intervalText(row),
        verdictWord(row.verdict),
      ]),
    },
  };
}

/** Each run as a point in the order of the session: drift, warming up and outliers are seen here. */
export function runsChart(row: MetricRow, index: number): Chart {
  const all = row.samples.flat();
  const axis = axisOf(Math.min(...all.map(({ value }) => value)), Math.max(...all.map(({ value }) => value)));
  const last = Math.max(1, ...all.map((sample) => sample.position));
  const dots = row.samples.map((side, which) =>
    side.map(
      (sample) =>
        html`<circle class="series-${which}" cx="${percent(0.1 + (0.88 * sample.position) / last)}" cy="${coordinate(TOP + (1 - position(axis, sample.value)) * (HEIGHT - 2 * TOP))}" r="5"/>`,
    ),
  );
  return {
    id: `runs-${index}`,
    question: `${titleOf(row)}: do the runs drift or stand out?`,
    answer: row.warnings.length ? `${row.warnings.join('. ')}.` : 'Nothing stands out.',
    note: `Runs from left to right in the order in which they were made.${axis.min === 0 ? '' : ` The axis starts at ${valueText(row, axis.min)}, not at zero.`}`,
    picture: html`${legend([
      { label: `a: ${shown(row.variants[0])}`, className: 'series-0' },
      { label: `b: ${shown(row.variants[1])}`, className: 'series-1' },
    ])}<svg class="plot" width="100%" height="${HEIGHT}" role="img" aria-label="${titleOf(row)}, runs in order">${gridOf(axis, row.unit)}${dots}</svg>`,
    table: {
      head: ['Run', 'Side', 'Value'],
      rows: row.samples.flatMap((side, which) =>
        side.map((sample) => [String(sample.position + 1), which ? 'b' : 'a', valueText(row, sample.value)]),
      ),
    },
  };
}

function gridOf(axis: ReturnType<typeof axisOf>, unit: string): Html[] {
  return axis.ticks.map((tick) => {
    const y = coordinate(TOP + (1 - position(axis, tick)) * (HEIGHT - 2 * TOP));
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="tick" x="0" y="${y - 3}">${valueText({ unit }, tick)}</text>`;
  });
}

/** The medians of sessions over time, with the places where the level changes. */
export function historyChart(series: HistorySeries, index: number): Chart {
  const values = series.points.map(({ median }) => median);
  const axis = axisOf(Math.min(...values), Math.max(...values));
  const x = (place: number) => coordinate((0.1 + (0.88 * place) / Math.max(1, values.length - 1)) * ACROSS);
  const y = (value: number) => coordinate(TOP + (1 - position(axis, value)) * (HEIGHT - 2 * TOP));
  const path = values.map((value, place) => `${place ? 'L' : 'M'}${x(place)} ${y(value)}`).join('');
  const marks = series.changes.map(
    ({ at }) =>
      html`<line class="chosen" x1="${percent(x(at - 0.5) / ACROSS)}" x2="${percent(x(at - 0.5) / ACROSS)}" y1="0" y2="${HEIGHT}"/>`,
  );
  const name = `${shown(series.workload)}/${shown(series.variant)} ${series.metric}`;
  const changes = series.changes.map(
    ({ at, shiftPercent, verdict }) =>
      `${verdict} by ${shiftPercent.toFixed(1)} % on ${formatDay(series.points[at]?.atMs ?? 0)}`,
  );
  return {
    id: `history-${index}`,
    question: `When did ${name} change?`,
    answer: series.insufficient ?? (changes.length ? `${changes.join('; ')}.` : 'Its level did not change.'),
    note: `Median of each session, oldest left, ${formatDay(series.points[0]?.atMs ?? 0)} to ${formatDay(series.points.at(-1)?.atMs ?? 0)} UTC.${axis.min === 0 ? '' : ` The axis starts at ${valueText(series, axis.min)}, not at zero.`}`,
    picture: html`<svg class="plot" width="100%" height="${HEIGHT}" role="img" aria-label="${name} over time">${gridOf(axis, series.unit)}<svg width="100%" height="${HEIGHT}" viewBox="0 0 ${ACROSS} ${HEIGHT}" preserveAspectRatio="none"><path class="line line-0" vector-effect="non-scaling-stroke" d="${path}"/></svg>${marks}</svg>`,
    table: {
      head: ['Session', 'Median', 'Runs', 'Commit'],
      rows: series.points.map(({ atMs, median, runs, gitCommit }) => [
        formatDay(atMs),
        valueText(series, median),
        String(runs),
        gitCommit?.slice(0, 10) ?? '',
      ]),
    },
  };
}
