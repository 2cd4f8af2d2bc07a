import type { ReportFinding } from '../../model/report.js';
import { formatIsoWindow, formatValue } from '../format.js';
import { type Html, html } from '../html/template.js';
import { shown } from '../text.js';
import { coordinate, percent } from './scale.js';

type Backtest = NonNullable<NonNullable<ReportFinding['recommendation']>['backtest']>;
type Series = NonNullable<Backtest['series']>;

const HEIGHT = 120;
/** The plot's own units across: it is stretched to the width there is. */
const ACROSS = 1000;
/** Room above the highest line. */
const HEADROOM = 1.08;
/** What is set today is left out of the picture where it would flatten use to less than this share of the height. */
const LEAST_SHARE = 0.35;

interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}

function usePath({ points }: Series, span: Span, most: number): string {
  const x = (timeMs: number) => coordinate(((timeMs - span.sinceMs) / (span.untilMs - span.sinceMs)) * ACROSS);
  const y = (value: number) => coordinate((1 - value / most) * HEIGHT);
  let endMs = Number.NaN;
  const steps = points.map(([since, until, value]) => {
    // A gap in what was measured breaks the line.
    const move = since === endMs ? `V${y(value)}` : `M${x(since)} ${y(value)}`;
    endMs = until;
    return `${move}H${x(until)}`;
  });
  return steps.join('');
}

function level(value: number, most: number, className: string): Html {
  const y = coordinate((1 - value / most) * HEIGHT);
  return html`<line class="${className}" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
}

function key(className: string, text: string): Html {
  return html`<li><svg class="swatch" width="28" height="10" aria-hidden="true"><line class="${className}" x1="0" x2="28" y1="5" y2="5"/></svg>${text}</li>`;
}

/** Use against what was chosen, with the part that only examined in a ground of its own. */
export function backtestChart(backtest: Backtest): Html | null {
  const { series } = backtest;
  const [first, last] = [series?.points[0], series?.points.at(-1)];
  if (!series || !first || !last) return null;
  const { unit, chosen, current, points } = series;
  const span = { sinceMs: first[0], untilMs: last[1] };
  const needed = Math.max(chosen, ...points.map(([, , value]) => value));
  const drawnToday = current !== null && needed >= LEAST_SHARE * current ? current : null;
  const today =
    current === null ? '' : `today ${formatValue(current, unit)}${drawnToday === null ? ', above the picture' : ''}`;
  const most = Math.max(needed, drawnToday ?? 0) * HEADROOM || 1;
  const examSince = (Date.parse(backtest.window.since) - span.sinceMs) / (span.untilMs - span.sinceMs);
  const exam = Math.min(1, Math.max(0, examSince));
  const metric = shown(series.metric);
  const highest = formatValue(Math.max(...points.map(([, , value]) => value)), unit);
  const label = `${metric}: at most ${highest}; chosen ${formatValue(chosen, unit)}. ${shown(backtest.summary)}`;
  const window = { since: new Date(span.sinceMs).toISOString(), until: new Date(span.untilMs).toISOString() };
  return html`<h5>Would the new size have been enough?</h5>
<ul class="legend">${key('line line-0', metric)}${key('chosen', `chosen ${formatValue(chosen, unit)}`)}${today && key('current', today)}<li><svg class="swatch" width="14" height="14" aria-hidden="true"><rect class="exam" width="14" height="14"/></svg>not seen by the choice</li></ul>
<svg class="plot" width="100%" height="${HEIGHT}" role="img" aria-label="${label}"><rect class="exam" x="${percent(exam)}" width="${percent(1 - exam)}" height="${HEIGHT}"/>
<svg width="100%" height="${HEIGHT}" viewBox="0 0 ${ACROSS} ${HEIGHT}" preserveAspectRatio="none"><path class="line line-0" vector-effect="non-scaling-stroke" d="${usePath(series, span, most)}"/></svg>${level(chosen, most, 'chosen')}${drawnToday === null ? null : level(drawnToday, most, 'current')}<line class="axis" x1="0" x2="100%" y1="${HEIGHT}" y2="${HEIGHT}"/></svg>
<p class="note">${unit}, from zero; ${formatIsoWindow(window)}. Measured by Prometheus.</p>`;
}
