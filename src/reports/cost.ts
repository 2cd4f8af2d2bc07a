import picocolors from 'picocolors';
import type { CommitmentRow } from '../pricing/commitments.js';
import type { CostItem, CostReport, CostRow } from '../pricing/cost-report.js';
import { formatCount, formatIsoWindow, formatNumber, formatShare, formatUsd, formatUsdPerMonth } from './format.js';
import { type Page, table } from './terminal/page.js';
import { shown, wrap } from './text.js';

export interface CostRenderOptions {
  columns: number;
  color: boolean;
  /** Rows shown; the others are summed. */
  top: number;
}

const WIDEST = 120;
/** Narrower than this, columns that one can do without are left out. */
const WIDE_COLUMNS = 100;
const ITEMS_SHOWN = 5;
const BARS = '▁▂▃▄▅▆▇█';

const NAME_OF_VIEW: Record<CostReport['by'], string> = {
  namespace: 'namespace',
  workload: 'workload',
  family: 'Spark family',
  run: 'Spark run',
  stage: 'stage of Spark runs',
  label: 'label',
  'node-group': 'node group (type/lifecycle/zone)',
  day: 'day',
};

function headline({ totals, by, label }: CostReport): string {
  const { usdPerMonth, usd, priceCoverage } = totals;
  const what = by === 'label' ? `label ${shown(label ?? '')}` : NAME_OF_VIEW[by];
  const money =
    usd === null ? 'Cost not known (no prices)' : `${formatUsdPerMonth(usdPerMonth)} (${formatUsd(usd)} in the window)`;
  return `${money}, by ${what}; prices known for ${formatShare(priceCoverage)} of the hours.`;
}

function basis({ window, hoursCovered, hoursPerMonth }: CostReport): string {
  const hours = formatCount(Math.round(hoursCovered * 10) / 10, 'hour');
  return `Window ${formatIsoWindow(window)}; ${hours} with measured use; a month is ${hoursPerMonth} h.`;
}

/** A day is no month: only rows of the whole window are scaled. */
function cells(row: CostRow, wide: boolean, byDay: boolean): string[] {
  const right = (text: string, width: number) => text.padStart(width);
  const money = [
    ...(byDay ? [] : [right(row.usd === null ? 'unknown' : formatUsd(row.usdPerMonth), 9)]),
    right(row.usd === null ? 'unknown' : formatUsd(row.usd), 9),
    right(formatUsd(row.idleUsd), 8),
  ];
  const resources = [right(formatNumber(row.cpuCoreHours), 9), right(formatNumber(row.memoryGiBHours), 9)];
  const efficiency = right(row.efficiency === null ? 'no request' : formatShare(row.efficiency), 10);
  return [...money, ...(wide ? resources : []), efficiency, shown(row.key)];
}

function restOf(rows: readonly CostRow[]): CostRow | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const sum = (pick: (row: CostRow) => number | null) => rows.reduce((total, row) => total + (pick(row) ?? 0), 0);
  return {
    ...first,
    key: `${rows.length} more (--top, or --json)`,
    usd: sum((row) => row.usd),
    usdPerMonth: sum((row) => row.usdPerMonth),
    idleUsd: sum((row) => row.idleUsd),
    cpuCoreHours: sum((row) => row.cpuCoreHours),
    memoryGiBHours: sum((row) => row.memoryGiBHours),
    efficiency: null,
  };
}

function rowTable(page: Page, report: CostReport, top: number): string[] {
  const wide = page.columns >= WIDE_COLUMNS;
  const head = (text: string, width: number) => text.padStart(width);
  const byDay = report.by === 'day';
  const widths = [...(byDay ? [9, 8] : [9, 9, 8]), ...(wide ? [9, 9] : []), 10];
  const heads = [...(byDay ? [] : [head('USD/month', 9)]), head(byDay ? 'USD' : 'window $', 9), head('+ idle $', 8)];
  if (wide) heads.push(head('core-h', 9), head('GiB-h', 9));
  heads.push(head('efficiency', 10));
  const [told, rest] = [report.rows.slice(0, top), restOf(report.rows.slice(top))];
  const rows = [...told, ...(rest ? [rest] : [])].map((row) => cells(row, wide, byDay));
  if (rest) {
    const last = rows.at(-1);
    if (last) last[widths.length - 1] = '';
  }
  return table(page, widths, heads, rows);
}

/** What is in no row of a day and yet in 'per day'. */
function unclaimedOfDay({ by, totals, hoursCovered }: CostReport): string[] {
  if (by !== 'day' || totals.unclaimedUsd <= 0) return [];
  const usd = (totals.unclaimedUsd / hoursCovered) * 24;
  return [`Beside these rows ${formatUsd(usd)} a day is claimed by nobody; 'per day' below counts it.`];
}

function totalsLines({ totals, hoursPerMonth, hoursCovered }: CostReport): [string, number][] {
  const toMonth = hoursPerMonth / hoursCovered;
  return [
    ['charged to the rows above', totals.allocatedUsd * toMonth],
    ['idle on nodes', (totals.idleUsd - totals.systemUsd) * toMonth],
    ['kept by nodes for themselves', totals.systemUsd * toMonth],
    ['claimed by nobody', totals.unclaimedUsd * toMonth],
  ];
}

function items(page: Page, title: string, list: readonly CostItem[]): string[] {
  if (list.length === 0) return [];
  const told = list
    .slice(0, ITEMS_SHOWN)
    .map((item) => [formatUsdPerMonth(item.usdPerMonth).padStart(16), `${item.kind} ${shown(item.name)}`]);
  const rest = list.slice(ITEMS_SHOWN);
  const restUsd = rest.reduce((sum, { usdPerMonth }) => sum + (usdPerMonth ?? 0), 0);
  const more = rest.length > 0 ? [[formatUsdPerMonth(restUsd).padStart(16), `${rest.length} more`]] : [];
  return [page.colors.bold(title), ...table(page, [16], [], [...told, ...more]), ''];
}

function sparkline(values: readonly number[]): string {
  const high = Math.max(...values);
  return values.map((value) => BARS[high > 0 ? Math.round((value / high) * (BARS.length - 1)) : 0]).join('');
}

function timeRows({ days, trend, forecast }: CostReport): string[][] {
  const perDay = days.map(({ usd, hours }) => (usd / hours) * 24);
  const lines: string[][] = [];
  if (perDay.length > 1)
    lines.push([
      'per day (UTC)',
      `${sparkline(perDay)}  ${formatUsd(Math.min(...perDay))} to ${formatUsd(Math.max(...perDay))}, days of 24 h`,
    ]);
  if (trend)
    lines.push([
      'trend',
      `${formatUsd(trend.usdPerDayAfter)} a day in the last ${formatCount(trend.days[1], 'day')}, ${trend.changePercent >= 0 ? '+' : ''}${trend.changePercent.toFixed(1)} % against the ${trend.days[0]} before`,
    ]);
  lines.push(
    forecast
      ? [
          'forecast',
          `${forecast.month}: ${formatUsd(forecast.usd)} (95 %: ${formatUsd(forecast.low)} to ${formatUsd(forecast.high)}), of which ${formatUsd(forecast.knownUsd)} measured, from ${formatCount(forecast.days, 'day')}`,
        ]
      : ['forecast', 'insufficient data: 3 days with 12 measured hours are needed'],
  );
  return lines;
}

function priceText({ prices }: CostReport): string {
  const all = prices.reduce((sum, { usd }) => sum + usd, 0);
  const parts = prices.map(({ source, asOf, usd }) => `${shown(source)} (newest of ${asOf}) ${formatShare(usd / all)}`);
  return parts.length > 0 ? `Prices: ${parts.join('; ')}.` : 'Prices: none known.';
}

function reconciledText({ reconciliation }: CostReport): string[] {
  if (!reconciliation) return [];
  const { percent, ownUsd, billUsd, nodes, days } = reconciliation;
  const basis = `${formatUsd(ownUsd)} here against ${formatUsd(billUsd)} billed, ${formatCount(nodes, 'node')} on ${formatCount(days, 'day')} measured whole`;
  return [`Reconciled to the bill: ${percent.toFixed(1)} % (${basis}).`];
}

/** The cheapest term of each type: a comparison beside the node groups, no advice. */
function commitmentLines(page: Page, { by, commitments }: CostReport): string[] {
  const first = new Map<string, CommitmentRow>();
  // They come with the cheapest first.
  for (const row of commitments) if (!first.has(row.type)) first.set(row.type, row);
  if (by !== 'node-group' || first.size === 0) return [];
  const rows = [...first.values()].map((row) => {
    const term = `${row.years} ${row.years === 1 ? 'year' : 'years'}, ${row.offeringClass}, ${row.payment.toLowerCase()}`;
    const price = `$${row.reservedUsdPerHour.toFixed(4)}/h (${term}) against $${row.onDemandUsdPerHour.toFixed(4)}/h on demand`;
    const pays = `pays above ${row.breakEvenPercent.toFixed(0)} % of the hours, and ${row.wouldPay} of ${formatCount(row.nodes, 'node')} ran more`;
    return [formatUsdPerMonth(row.usdPerMonth).padStart(16), `${shown(row.type)}: ${price}; ${pays}`];
  });
  const [one] = commitments;
  return [
    page.colors.bold('Reserved Instances, for comparison: what they would have saved'),
    ...table(page, [16], [], rows),
    ...wrap(`${shown(one?.source ?? '')}, ${one?.asOf}. Past use does not promise next year's.`, page.columns),
    '',
  ];
}

/** The cost report as text of at most `columns` columns. */
export function renderCost(report: CostReport, { columns, color, top }: CostRenderOptions): string {
  const page: Page = { columns: Math.min(columns, WIDEST), colors: picocolors.createColors(color) };
  const text = (line: string) => wrap(line, page.columns);
  const totals = totalsLines(report).map(([name, usd]) => [formatUsdPerMonth(usd).padStart(16), name]);
  return [
    ...text(page.colors.bold(headline(report))),
    ...text(basis(report)),
    ...report.notes.flatMap((note) => text(`Note: ${note}.`)),
    '',
    ...rowTable(page, report, top),
    ...unclaimedOfDay(report).flatMap(text),
    '',
    page.colors.bold('All of it'),
    ...table(page, [16], [], totals),
    '',
    ...items(page, 'Shared out over the rows', report.shared),
    ...items(page, 'Claimed by nobody', report.unclaimed),
    ...commitmentLines(page, report),
    page.colors.bold('Over time'),
    ...table(page, [16], [], timeRows(report)),
    '',
    ...text(priceText(report)),
    ...reconciledText(report).flatMap(text),
    ...text(
      'Rows hold their volumes and a part of what is shared out; the rows of the report do not. Efficiency: dollars requested that were used. + idle: USD in the window that the nodes left idle beside them, shared by charge. Not covered: network and load balancers.',
    ),
  ].join('\n');
}
