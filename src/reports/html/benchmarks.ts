import { intervalChart } from '../../bench/reports/charts.js';
import { verdictWord } from '../../bench/reports/text.js';
import type { BenchmarkRow, Report } from '../../model/report.js';
import { benchmarkAnswer } from '../benchmarks.js';
import type { Chart } from '../charts/chart.js';
import { formatCount, formatIsoTime, formatIsoWindow } from '../format.js';
import { shown } from '../text.js';
import { chartFigure } from './sections.js';
import { table } from './table.js';
import { type Html, html } from './template.js';

/** Suites that are drawn, and notes told of each; the JSON report has all of them. */
const MOST_DRAWN = 12;
const MOST_NOTES = 3;

function runsText({ metrics }: BenchmarkRow): string {
  const counts = metrics.map(({ n }) => `${n[0]} against ${n[1]}`);
  const texts = [...new Set(counts)];
  return texts.length === 1 ? `${texts[0]} runs` : 'runs per metric in the table';
}

/** What else a reader must know before believing it. */
function caveats({ notes, validates }: BenchmarkRow): string {
  const left = notes.length - MOST_NOTES;
  return [
    ...(validates ? [`It tries the patch of ${validates.rule} on ${shown(validates.subject)}`] : []),
    ...notes.slice(0, MOST_NOTES).map((note) => shown(note)),
    ...(left > 0 ? [formatCount(left, 'more note')] : []),
  ]
    .map((text) => ` ${text}.`)
    .join('');
}

function sentence(row: BenchmarkRow): string {
  const answer = benchmarkAnswer(row);
  return `${answer.charAt(0).toUpperCase()}${answer.slice(1)}.`;
}

function chartOf(row: BenchmarkRow, index: number, window: Report['window']): Chart {
  const chart = intervalChart(row.metrics);
  const sides = row.a === null || row.a === row.b ? '' : ` a: ${shown(row.a)}, b: ${shown(row.b)}.`;
  return {
    ...chart,
    id: `benchmark-${index}`,
    question: `Did benchmark ${shown(row.suite)} change?`,
    answer: sentence(row),
    note: `${chart.note}${sides} ${runsText(row)}, measured ${formatIsoTime(row.at)}, the newest session of ${formatIsoWindow(window)}.${caveats(row)}`,
  };
}

/** The verdict of each suite that was run in the window. Null where none was. */
export function benchmarksFigures(report: Report): Html | null {
  const rows = report.benchmarks ?? [];
  const compared = rows.filter(({ metrics }) => metrics.length > 0);
  const drawn = compared.slice(0, MOST_DRAWN);
  const others = [...compared.slice(MOST_DRAWN), ...rows.filter(({ metrics }) => metrics.length === 0)];
  if (!rows.length) return null;
  const cells = others.map((row) => [
    shown(row.suite),
    row.verdict === null ? 'none' : verdictWord(row.verdict),
    [sentence(row), caveats(row).trim()].filter(Boolean).join(' '),
    formatIsoTime(row.at),
  ]);
  const figures = drawn.map((row, index) => chartFigure(chartOf(row, index, report.window)));
  return html`<div class="figures">${figures}</div>${cells.length ? table(['Suite', 'Verdict', 'What it says', 'Measured'], cells, 'More benchmarks') : null}`;
}
