import type { Report, SpotRow } from '../../model/report.js';
import { DAY_MS } from '../../model/window.js';
import { formatDay, formatShare, formatUsdPerHour } from '../format.js';
import { type Html, html } from '../html/template.js';
import { byText } from '../order.js';
import { shown } from '../text.js';
import { type Chart, SERIES_COLORS } from './chart.js';
import { type Axis, axisOf, coordinate, percent, position } from './scale.js';

/** Instance types drawn; the others are in the table of spot prices. */
const CHARTS = 8;
const TOP = 14;
const PLOT_HEIGHT = 170;
/** Share of the width that is left to the prices. */
const LEFT = 0.13;
const HEIGHT = TOP + PLOT_HEIGHT + 26;
/** The plot's own units across: it is stretched to the width there is. */
const ACROSS = 1000;
/** Means that differ by less are the same price. */
const TIE = 1e-6;

interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}

export function spotGroups(report: Report): SpotRow[][] {
  const groups = new Map<string, SpotRow[]>();
  for (const row of report.spot) {
    const key = `${row.instanceType}\n${row.product}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((rows) =>
    rows.sort((a, b) => a.meanUsdPerHour - b.meanUsdPerHour || byText(a.zone, b.zone)),
  );
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The cheapest zones, ties said in words. */
export function cheapestText(rows: readonly SpotRow[]): string {
  const [first] = rows;
  if (!first) return '';
  const low = first.meanUsdPerHour;
  const cheapest = rows.filter((row) => row.meanUsdPerHour <= low * (1 + TIE));
  const zones = joined(cheapest.map(({ zone }) => shown(zone)));
  const high = Math.max(...rows.map((row) => row.meanUsdPerHour));
  const onDemand = first.onDemandUsdPerHour;
  const saving = onDemand
    ? `, ${formatShare(1 - low / onDemand)} below on-demand (${formatUsdPerHour(onDemand)})`
    : '; on-demand price unknown';
  const price = `${formatUsdPerHour(low)}${saving}`;
  if (rows.length === 1) return `${zones} is the only zone with prices: ${price}.`;
  if (cheapest.length === rows.length) return `No zone: ${zones} tie at ${price}.`;
  const spread = high > 0 ? ` The dearest zone costs ${formatShare(high / low - 1)} more.` : '';
  return `${zones} ${cheapest.length > 1 ? `tie as the cheapest, each` : 'was the cheapest,'} at ${price}.${spread}`;
}

/** Steps from day to day; a day without a price breaks the line. */
function linePath(daily: SpotRow['daily'], axis: Axis, span: Span): string {
  const x = (timeMs: number) => coordinate(((timeMs - span.sinceMs) / (span.untilMs - span.sinceMs)) * ACROSS);
  const y = (usd: number) => coordinate((1 - position(axis, usd)) * PLOT_HEIGHT);
  let endMs = Number.NaN;
  const steps = daily.map(([dayMs, usd]) => {
    const move = dayMs === endMs ? `V${y(usd)}` : `M${x(dayMs)} ${y(usd)}`;
    endMs = dayMs + DAY_MS;
    return `${move}H${x(endMs)}`;
  });
  return steps.join('');
}

/** Prices on the axis, all with as many decimals as the finest needs. */
function tickTexts({ ticks }: Axis): string[] {
  const decimals = Math.max(2, ...ticks.map((tick) => (String(tick).split('.')[1] ?? '').length));
  return ticks.map((tick) => `$${tick.toFixed(decimals)}`);
}

function plot(rows: readonly SpotRow[], axis: Axis, span: Span, label: string): Html {
  const texts = tickTexts(axis);
  const heights = axis.ticks.map((tick) => coordinate(TOP + (1 - position(axis, tick)) * PLOT_HEIGHT));
  const grid = heights.map((y) => html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`);
  const prices = heights.map((y, i) => html`<text class="tick" x="0" y="${y - 3}">${texts[i]}</text>`);
  const anchors = ['start', 'middle', 'end'];
  const days = [0, 0.5, 1].map((share, i) => {
    const day = formatDay(span.sinceMs + share * (span.untilMs - span.sinceMs - DAY_MS));
    const x = percent(LEFT + share * (1 - LEFT));
    return html`<text class="tick" x="${x}" y="${HEIGHT - 8}" text-anchor="${anchors[i]}">${day}</text>`;
  });
  const lines = rows.map(
    ({ daily }, i) =>
      html`<path class="line line-${i}" vector-effect="non-scaling-stroke" d="${linePath(daily, axis, span)}"/>`,
  );
  return html`<svg class="plot" width="100%" height="${HEIGHT}" role="img" aria-label="${label}">${grid}
<svg x="${percent(LEFT)}" y="${TOP}" width="${percent(1 - LEFT)}" height="${PLOT_HEIGHT}" viewBox="0 0 ${ACROSS} ${PLOT_HEIGHT}" preserveAspectRatio="none">${lines}</svg>${prices}${days}</svg>`;
}

function lineLegend(rows: readonly SpotRow[]): Html {
  const items = rows.map(
    ({ zone, meanUsdPerHour }, i) =>
      html`<li><svg class="swatch" width="28" height="10" aria-hidden="true"><path class="line line-${i}" d="M0 5H28"/></svg><bdi>${shown(zone)}</bdi>&nbsp;${formatUsdPerHour(meanUsdPerHour)}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

function spotChart(rows: readonly SpotRow[], index: number): Chart | null {
  const [first] = rows;
  const points = rows.flatMap(({ daily }) => daily);
  if (!first || points.length === 0) return null;
  const drawn = rows.filter(({ daily }) => daily.length > 0).slice(0, SERIES_COLORS);
  const prices = points.map(([, usd]) => usd);
  const axis = axisOf(Math.min(...prices), Math.max(...prices));
  const days = points.map(([dayMs]) => dayMs);
  const span = { sinceMs: Math.min(...days), untilMs: Math.max(...days) + DAY_MS };
  const type = `${shown(first.instanceType)} (${shown(first.product)})`;
  const baseline = axis.min === 0 ? '' : ` The axis starts at ${formatUsdPerHour(axis.min)}, not at zero.`;
  const left = rows.length - drawn.length;
  const answer = cheapestText(rows);
  return {
    id: `spot-${index}`,
    question: `Which zone was cheapest on spot for ${type}?`,
    answer,
    note: `USD per hour, daily means weighted by time, ${formatDay(span.sinceMs)} to ${formatDay(span.untilMs)} UTC. Prices: aws-spot.${baseline}${left > 0 ? ` ${left} dearer zones are only in the table.` : ''}`,
    picture: html`${lineLegend(drawn)}${plot(drawn, axis, span, `Daily spot prices by zone. ${answer}`)}`,
    table: {
      head: ['Zone', 'Mean', '95th percentile', 'Below on-demand', 'Time with a known price'],
      rows: rows.map(({ zone, meanUsdPerHour, p95UsdPerHour, onDemandUsdPerHour, coverage }) => [
        shown(zone),
        formatUsdPerHour(meanUsdPerHour),
        formatUsdPerHour(p95UsdPerHour),
        onDemandUsdPerHour ? formatShare(1 - meanUsdPerHour / onDemandUsdPerHour) : 'on-demand price unknown',
        formatShare(coverage),
      ]),
    },
  };
}

/** One chart per instance type and product, as the report orders them. */
export function spotCharts(report: Report): Chart[] {
  return spotGroups(report)
    .slice(0, CHARTS)
    .map(spotChart)
    .filter((chart) => chart !== null);
}

/** How many instance types have no chart. */
export function spotChartsLeft(report: Report): number {
  return Math.max(0, spotGroups(report).length - CHARTS);
}
