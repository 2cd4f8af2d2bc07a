import type { Report, SpotRow } from '../../model/report.js';
import { clockHour } from '../../model/window.js';
import { formatIsoWindow, formatShare, formatUsdPerHour } from '../format.js';
import { type Html, html } from '../html/template.js';
import { shown } from '../text.js';
import type { Chart } from './chart.js';
import { percent } from './scale.js';
import { spotGroups } from './spot-zones.js';

/** Instance types drawn, as in the charts of zones. */
const CHARTS = 8;
const HOURS = 24;
const ROW_HEIGHT = 22;
const TOP = 18;
/** Share of the width that is left to the zones' names. */
const LEFT = 0.22;
const HOUR_LABELS = [0, 6, 12, 18];

/** Fixed steps above the cheapest cell, so that a spread of 0.1 % looks like what it is. */
const STEPS = [
  { below: 0.02, text: 'less than 2 % above the cheapest' },
  { below: 0.05, text: 'less than 5 %' },
  { below: 0.15, text: 'less than 15 %' },
  { below: 0.4, text: 'less than 40 %' },
  { below: Number.POSITIVE_INFINITY, text: 'more' },
] as const;

interface ZoneHours {
  zone: string;
  means: readonly (number | null)[];
}

function stepOf(above: number): number {
  return STEPS.findIndex(({ below }) => above < below);
}

function cells(rows: readonly ZoneHours[], low: number): Html[] {
  const width = (1 - LEFT) / HOURS;
  return rows.flatMap(({ zone, means }, row) =>
    means.slice(0, HOURS).map((usd, hour) => {
      const className = usd === null ? 'heat-none' : `heat-${stepOf(usd / low - 1)}`;
      const x = percent(LEFT + hour * width);
      return html`<rect class="${className}" x="${x}" y="${TOP + row * ROW_HEIGHT}" width="${percent(width * 0.94)}" height="${ROW_HEIGHT - 2}"><title>${zone}, ${clockHour(hour)}: ${usd === null ? 'price unknown' : formatUsdPerHour(usd)}</title></rect>`;
    }),
  );
}

function picture(rows: readonly ZoneHours[], low: number, label: string): Html {
  const hours = HOUR_LABELS.map(
    (hour) =>
      html`<text class="tick" x="${percent(LEFT + (hour / HOURS) * (1 - LEFT))}" y="12">${clockHour(hour)}</text>`,
  );
  const names = rows.map(
    ({ zone }, i) => html`<text class="tick" x="0" y="${TOP + i * ROW_HEIGHT + 15}">${shown(zone, 14)}</text>`,
  );
  const legend = STEPS.map(
    ({ text }, i) =>
      html`<li><svg class="swatch" width="14" height="14" aria-hidden="true"><rect class="heat-${i}" width="14" height="14" rx="2"/></svg>${text}</li>`,
  );
  return html`<ul class="legend">${legend}</ul><svg class="plot" width="100%" height="${TOP + rows.length * ROW_HEIGHT}" role="img" aria-label="${label}">${cells(rows, low)}${hours}${names}</svg>`;
}

function range(means: readonly (number | null)[]): [number, number] {
  const known = means.filter((usd) => usd !== null);
  return [Math.min(...known), Math.max(...known)];
}

function chartOf(group: readonly SpotRow[], index: number, report: Report): Chart | null {
  const [first] = group;
  const rows = group.flatMap(({ zone, hourly }): ZoneHours[] =>
    hourly?.meanUsdPerHour.some((usd) => usd !== null) ? [{ zone: shown(zone), means: hourly.meanUsdPerHour }] : [],
  );
  const timeZone = group.find(({ hourly }) => hourly)?.hourly?.timeZone;
  const [low, high] = range(rows.flatMap(({ means }) => means));
  const [cheapest] = rows;
  if (!first || !cheapest || timeZone === undefined || !(low > 0)) return null;
  const [hourLow, hourHigh] = range(cheapest.means);
  const answer = `In ${cheapest.zone}, the cheapest zone, the dearest hour costs ${formatShare(hourHigh / hourLow - 1)} more than the cheapest; over all zones and hours it is ${formatShare(high / low - 1)}.`;
  return {
    id: `spot-hours-${index}`,
    question: `At which hour and in which zone is ${shown(first.instanceType)} cheap?`,
    answer,
    note: `USD per hour, means per hour of the day weighted by time, hours on the clock of ${shown(timeZone)}. Window ${formatIsoWindow(report.window)}. Prices: aws-spot (${shown(first.product)}).`,
    picture: picture(rows, low, answer),
    table: {
      head: ['Zone', ...Array.from({ length: HOURS }, (_, hour) => clockHour(hour))],
      rows: rows.map(({ zone, means }) => [zone, ...means.slice(0, HOURS).map(formatUsdPerHour)]),
    },
  };
}

/** Zone by hour of the day, one picture per instance type. */
export function spotHourCharts(report: Report): Chart[] {
  return spotGroups(report)
    .slice(0, CHARTS)
    .map((group, i) => chartOf(group, i, report))
    .filter((chart) => chart !== null);
}
