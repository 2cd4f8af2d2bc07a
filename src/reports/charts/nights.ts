import type { Report } from '../../model/report.js';
import { formatCount, formatIsoTime, formatUsdPerMonth } from '../format.js';
import { type Html, html } from '../html/template.js';
import { type Chart, legend } from './chart.js';
import { percent } from './scale.js';

type Night = NonNullable<Report['nights']>[number];

const HEIGHT = 150;
const LEAST_NIGHTS = 2;
/** Space between two nights, as a share of one. */
const GAP = 0.2;

function rising(before: number | null, after: number | null): string {
  if (before === null || after === null) return 'cannot be compared, a price was unknown';
  const difference = after - before;
  if (Math.abs(difference) < Math.max(0.01, Math.abs(before) * 0.005)) return 'is as it was';
  return `${difference > 0 ? 'rose' : 'fell'} by ${formatUsdPerMonth(Math.abs(difference))}`;
}

function text({ at, costUsdPerMonth, savingsUsdPerMonth, findings }: Night): string {
  return `${formatIsoTime(at)}: costs ${formatUsdPerMonth(costUsdPerMonth)}, could save ${formatUsdPerMonth(savingsUsdPerMonth)}, ${formatCount(findings, 'finding')}`;
}

function picture(nights: readonly Night[], most: number, label: string): Html {
  const width = 1 / nights.length;
  const bars = nights.map((night, i) => {
    const bar = (usd: number | null, className: string) => {
      const height = Math.round(((usd ?? 0) / most) * HEIGHT);
      return html`<rect class="${className}" x="${percent((i + GAP / 2) * width)}" width="${percent((1 - GAP) * width)}" y="${HEIGHT - height}" height="${height}"/>`;
    };
    return html`<g><title>${text(night)}</title>${bar(night.costUsdPerMonth, 'used')}${bar(night.savingsUsdPerMonth, 'unused')}</g>`;
  });
  const [first, last] = [nights[0], nights.at(-1)];
  const days = html`<text class="tick" x="0" y="${HEIGHT + 16}">${first ? formatIsoTime(first.at).slice(0, 10) : ''}</text><text class="tick" x="100%" y="${HEIGHT + 16}" text-anchor="end">${last ? formatIsoTime(last.at).slice(0, 10) : ''}</text>`;
  return html`${legend([
    { label: 'cost', className: 'used' },
    { label: 'of it could be saved', className: 'unused' },
  ])}<svg class="plot" width="100%" height="${HEIGHT + 22}" role="img" aria-label="${label}">${bars}${days}</svg>`;
}

/** Cost and possible savings over the nights. Null where fewer than two were kept. */
export function nightsChart(report: Report): Chart | null {
  const nights = report.nights ?? [];
  const [first, last] = [nights[0], nights.at(-1)];
  const costs = nights.map(({ costUsdPerMonth }) => costUsdPerMonth).filter((usd) => usd !== null);
  if (!first || !last || nights.length < LEAST_NIGHTS || !costs.length) return null;
  const answer = `Over ${formatCount(nights.length, 'night')} the cost ${rising(first.costUsdPerMonth, last.costUsdPerMonth)}; what could be saved ${rising(first.savingsUsdPerMonth, last.savingsUsdPerMonth)}.`;
  return {
    id: 'nights',
    question: 'How did cost and possible savings move from night to night?',
    answer,
    note: `USD per month (730 h), each night by its own window and prices; from zero to ${formatUsdPerMonth(Math.max(...costs))}. ${formatIsoTime(first.at)} to ${formatIsoTime(last.at)}. A night without a bar had no price.`,
    picture: picture(nights, Math.max(...costs) || 1, answer),
    table: {
      head: ['Night', 'Cost', 'Could be saved', 'Findings'],
      rows: nights.map((night) => [
        formatIsoTime(night.at),
        formatUsdPerMonth(night.costUsdPerMonth),
        formatUsdPerMonth(night.savingsUsdPerMonth),
        String(night.findings),
      ]),
    },
  };
}
