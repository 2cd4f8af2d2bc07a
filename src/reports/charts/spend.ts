import type { Report, SpendRow } from '../../model/report.js';
import { formatIsoWindow, formatShare, formatUsdPerMonth } from '../format.js';
import { type Html, html } from '../html/template.js';
import { byText } from '../order.js';
import { priceSourceText } from '../summary.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend } from './chart.js';
import { percent } from './scale.js';

const BARS = 12;
const HEIGHT = 16;
const IDLE = 'node capacity that nobody asked for';

interface Bar {
  name: string;
  /** USD per month; null: price unknown. */
  usd: number | null;
  unusedUsd: number | null;
  /** Of what this is used, the Cost section does not tell. */
  isRest?: true;
}

function barOf({ key, usd, usdPerMonth, wastedUsd }: SpendRow): Bar {
  // The report gives waste in dollars of the window; the row's own factor makes a month of it.
  const toMonth = usd && usdPerMonth !== null ? usdPerMonth / usd : null;
  const unused = wastedUsd === null ? null : wastedUsd === 0 ? 0 : toMonth === null ? null : wastedUsd * toMonth;
  return { name: shown(key), usd: usdPerMonth, unusedUsd: unused };
}

function known(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length ? numbers.reduce((sum, value) => sum + value, 0) : null;
}

function barsOf(report: Report): Bar[] {
  const bars = report.spend.byNamespace
    .map(barOf)
    .sort((a, b) => (b.usd ?? -1) - (a.usd ?? -1) || byText(a.name, b.name));
  if (bars.length <= BARS) return bars;
  const rest = bars.slice(BARS - 1);
  const sum = { usd: known(rest.map(({ usd }) => usd)), unusedUsd: known(rest.map(({ unusedUsd }) => unusedUsd)) };
  return [...bars.slice(0, BARS - 1), { name: `${rest.length} more namespaces`, ...sum }];
}

function figures({ usd, unusedUsd, isRest }: Bar): string {
  if (usd === null) return 'price unknown';
  if (isRest) return formatUsdPerMonth(usd);
  if (unusedUsd === null) return `${formatUsdPerMonth(usd)}, use unknown`;
  if (usd > 0 && unusedUsd >= usd) return `${formatUsdPerMonth(usd)}, none of it used`;
  const share = usd > 0 ? ` (${formatShare(unusedUsd / usd)})` : '';
  return `${formatUsdPerMonth(usd)}, ${formatUsdPerMonth(unusedUsd)}${share} not used`;
}

function picture(bars: readonly Bar[], most: number): Html {
  const rows = bars.map((bar) => {
    const whole = (bar.usd ?? 0) / most;
    const unused = Math.min(whole, (bar.unusedUsd ?? 0) / most);
    const rects = html`<rect class="track" width="100%" height="${HEIGHT}" rx="2"/><rect class="${bar.isRest ? 'series-5' : 'used'}" width="${percent(whole - unused)}" height="${HEIGHT}"/><rect class="unused" x="${percent(whole - unused)}" width="${percent(unused)}" height="${HEIGHT}"/>`;
    return barRow(bar.name, figures(bar), `${bar.name}: ${figures(bar)}`, rects, HEIGHT);
  });
  return html`${legend([
    { label: 'used', className: 'used' },
    { label: 'paid for and not used', className: 'unused' },
    ...(bars.some(({ isRest }) => isRest) ? [{ label: 'charged to no namespace here', className: 'series-5' }] : []),
  ])}<ul class="bars">${rows}</ul>`;
}

/** Namespaces, idle capacity and the rest, the dearest first: together they are the cost. */
function partsOf(report: Report, namespaces: readonly Bar[]): Bar[] {
  const { idleUsdPerMonth: idle, rest = [] } = report.spend;
  const parts: Bar[] = [
    ...namespaces,
    ...(idle === null ? [] : [{ name: IDLE, usd: idle, unusedUsd: idle }]),
    ...rest.map(({ name, usdPerMonth }) => ({ name, usd: usdPerMonth, unusedUsd: null, isRest: true as const })),
  ];
  return parts.sort((a, b) => (b.usd ?? -1) - (a.usd ?? -1));
}

function answerOf(report: Report, namespaces: readonly Bar[], total: number): string {
  const { idleUsdPerMonth: idle, rest = [] } = report.spend;
  const [top] = namespaces;
  const unused = known(namespaces.map(({ unusedUsd }) => unusedUsd));
  const unusedText =
    unused === null ? '' : `, of which ${formatUsdPerMonth(unused)} (${formatShare(unused / total)}) is not used`;
  const restUsd = rest.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
  return [
    `Pods are charged ${formatUsdPerMonth(total)}${unusedText}; the namespace that costs most is ${top?.name ?? ''}, ${formatUsdPerMonth(top?.usd ?? null)}.`,
    idle === null ? '' : `Another ${formatUsdPerMonth(idle)} is ${IDLE}.`,
    restUsd > 0
      ? `${formatUsdPerMonth(restUsd)} is charged to no namespace: ${rest.map(({ name }) => name).join(', ')}.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Spend and waste by namespace. Null if nothing ran or nothing has a price. */
export function spendChart(report: Report): Chart | null {
  const namespaces = barsOf(report);
  const priced = namespaces.filter(({ usd }) => usd !== null);
  const total = known(priced.map(({ usd }) => usd));
  if (!total) return null;
  const all = partsOf(report, namespaces);
  return {
    id: 'spend',
    question: 'Where does the money go, and how much of it is not used?',
    answer: answerOf(report, priced, total),
    note: `USD per month (730 h), charged max(request, use); not used: requested less used. A namespace's part of its nodes alone: sparkfit cost adds its volumes and its share of control plane and disks. Window ${formatIsoWindow(report.window)}. Prices: ${priceSourceText(report)}.`,
    picture: picture(all, Math.max(...all.map(({ usd }) => usd ?? 0))),
    table: {
      head: ['Namespace', 'Cost', 'Not used', 'Share not used'],
      rows: all.map(({ name, usd, unusedUsd, isRest }) => [
        name,
        formatUsdPerMonth(usd),
        isRest ? '–' : unusedUsd === null ? 'unknown' : formatUsdPerMonth(unusedUsd),
        usd && unusedUsd !== null ? formatShare(unusedUsd / usd) : '–',
      ]),
    },
  };
}
