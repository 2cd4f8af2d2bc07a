import type { Report, SparkRunRow } from '../../model/report.js';
import { formatIsoTime, formatIsoWindow, formatRunUsd, formatSeconds, formatShare } from '../format.js';
import { type Html, html } from '../html/template.js';
import { byText } from '../order.js';
import { priceSourceText } from '../summary.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend, SERIES_COLORS } from './chart.js';
import { percent } from './scale.js';

const RUNS = 8;
const HEIGHT = 20;
const OTHER = 'other';

interface Segment {
  part: string;
  seconds: number;
  series: number;
}

function longestRuns(report: Report): SparkRunRow[] {
  return [...report.sparkRuns].sort((a, b) => b.wallSeconds - a.wallSeconds || byText(a.appId, b.appId)).slice(0, RUNS);
}

/** Names of parts in the order in which runs tell them; the smallest of those beyond the palette are `other`. */
function partNames(runs: readonly SparkRunRow[]): string[] {
  // The greatest share that a part has of any run: what is small in all of them hides nothing.
  const shares = new Map<string, number>();
  for (const { parts, wallSeconds } of runs)
    for (const { part, seconds } of parts)
      shares.set(shown(part), Math.max(shares.get(shown(part)) ?? 0, seconds / (wallSeconds || 1)));
  if (shares.size <= SERIES_COLORS) return [...shares.keys()];
  const large = new Set(
    [...shares]
      .sort(([, a], [, b]) => b - a)
      .slice(0, SERIES_COLORS - 1)
      .map(([name]) => name),
  );
  return [...[...shares.keys()].filter((name) => large.has(name)), OTHER];
}

function segmentsOf(run: SparkRunRow, names: readonly string[]): Segment[] {
  const seconds = names.map(() => 0);
  for (const { part, seconds: partSeconds } of run.parts) {
    const at = names.indexOf(shown(part));
    const series = at < 0 ? names.length - 1 : at;
    seconds[series] = (seconds[series] ?? 0) + Math.max(0, partSeconds);
  }
  return names.map((part, series) => ({ part, seconds: seconds[series] ?? 0, series }));
}

function runName(run: SparkRunRow): string {
  const started = run.startedAt === null ? 'start unknown' : formatIsoTime(run.startedAt);
  return `${shown(run.name)}, ${started}`;
}

function picture(runs: readonly SparkRunRow[], names: readonly string[]): Html {
  const rows = runs.map((run) => {
    const segments = segmentsOf(run, names).filter(({ seconds }) => seconds > 0);
    const sum = segments.reduce((total, { seconds }) => total + seconds, 0) || 1;
    let start = 0;
    const rects = segments.map(({ part, seconds, series }) => {
      const x = start;
      start += seconds / sum;
      return html`<rect class="series-${series}" x="${percent(x)}" width="${percent(seconds / sum)}" height="${HEIGHT}"><title>${part}: ${formatSeconds(seconds)}</title></rect>`;
    });
    const shares = segments.map(({ part, seconds }) => `${part} ${formatShare(seconds / sum)}`).join(' · ');
    const figures = html`${formatSeconds(run.wallSeconds)}, ${formatRunUsd(run.usd ?? null)}`;
    return barRow(runName(run), figures, `${shown(run.name)}: ${shares}`, html`${rects}`, HEIGHT, shares);
  });
  return html`${legend(names.map((label, i) => ({ label, className: `series-${i}` })))}<ul class="bars">${rows}</ul>`;
}

/** Where the time of Spark runs went, the longest runs first. Null if no run was read. */
export function sparkTimeChart(report: Report): Chart | null {
  const runs = longestRuns(report).filter(({ parts }) => parts.length > 0);
  const [longest] = runs;
  if (!longest) return null;
  const names = partNames(runs);
  const [top] = [...longest.parts].sort((a, b) => b.seconds - a.seconds);
  const share = top ? formatShare(top.seconds / (longest.wallSeconds || 1)) : '';
  const more = report.sparkRuns.length - runs.length;
  return {
    id: 'spark-time',
    question: runs.length === 1 ? "Where did this Spark run's time go?" : "Where did each Spark run's time go?",
    answer: `${runs.length === 1 ? shown(longest.name) : `The longest run, ${shown(longest.name)},`} took ${formatSeconds(longest.wallSeconds)}: ${share} of it was ${top ? shown(top.part) : 'unknown'}.`,
    note: `Each bar is one run's wall time, start to end = 100%. Window ${formatIsoWindow(report.window)}; times in UTC. Cost of a run from: ${priceSourceText(report)}.${more > 0 ? ` ${more} shorter runs are not drawn.` : ''}`,
    picture: picture(runs, names),
    table: {
      head: ['Run', 'Application', 'Wall time', 'Cost', ...names],
      rows: runs.map((run) => [
        runName(run),
        shown(run.appId),
        formatSeconds(run.wallSeconds),
        formatRunUsd(run.usd ?? null),
        ...segmentsOf(run, names).map(({ seconds }) => formatSeconds(seconds)),
      ]),
    },
  };
}
