import { type Html, html, type Value } from '../html/template.js';

/** The same figures in words, for those who do not see the picture. The first column names the row. */
export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A picture that answers the question in its title. */
export interface Chart {
  readonly id: string;
  readonly question: string;
  /** The answer in one sentence. */
  readonly answer: string;
  /** Unit, window, time zone, price source. */
  readonly note: string;
  readonly picture: Html;
  readonly table: ChartTable;
}

/** Colours and dashes there are for series; more are told as one. */
export const SERIES_COLORS = 8;

export interface LegendEntry {
  readonly label: string;
  /** CSS class of the swatch: `used`, `unused`, `series-0` … */
  readonly className: string;
}

export function legend(entries: readonly LegendEntry[]): Html {
  const items = entries.map(
    ({ label, className }) =>
      html`<li><svg class="swatch" width="14" height="14" aria-hidden="true"><rect class="${className}" width="14" height="14" rx="2"/></svg>${label}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

/** One bar with its name above it and its figures beside the name: text wraps, only the bar scales. */
export function barRow(name: string, figures: Value, label: string, bars: Html, height: number, below?: string): Html {
  const words = below && html`<span class="bar-parts">${below}</span>`;
  return html`<li class="bar-row"><span class="bar-name"><bdi>${name}</bdi></span> <span class="bar-figures">${figures}</span>
<svg class="bar" width="100%" height="${height}" role="img" aria-label="${label}">${bars}</svg>${words}</li>
`;
}
