import Table from 'cli-table3';
import { formatIsoWindow } from '../reports/format.js';
import { familyLines } from './family-render.js';
import { heatMapLines } from './heat-map.js';
import { hourRanges, usd, usdPerHour } from './plan.js';
import type { SpotReport, SpotTypeRow } from './report.js';
import { seenText } from './seen.js';

/** Zones are shown one by one for so many types; more get one line each. */
const DETAILED_TYPES = 3;
const SHOWN_TYPES = 25;
/** Narrower than this, columns that one can do without are left out. */
const WIDE_COLUMNS = 100;

const UNKNOWN = '–';

type Seen = NonNullable<SpotTypeRow['zones'][number]['seen']>;

const dollars = (value: number | null): string => (value === null ? UNKNOWN : usd(value));
const share = (value: number | null, digits = 1): string => (value === null ? UNKNOWN : value.toFixed(digits));

function table(head: string[], rows: readonly string[][], rightFrom: number): string {
  const built = new Table({
    head,
    colAligns: head.map((_, i) => (i < rightFrom ? 'left' : 'right')),
    style: { head: [], border: [] },
    // One line per row: no rules between them.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  built.push(...rows);
  return built.toString();
}

/** `us-east-1a` alone, a tie as `us-east-1a, b, c`. */
function zoneNames(zones: readonly string[]): string {
  const [first = UNKNOWN, ...rest] = zones;
  const base = first.slice(0, -1);
  return [first, ...rest.map((zone) => (zone.startsWith(base) ? zone.slice(base.length) : zone))].join(', ');
}

function zoneTable(row: SpotTypeRow): string {
  const cheapest = row.zones.find(({ zone }) => zone === row.cheapestZones[0])?.mean ?? null;
  const head = [
    'Zone',
    'Mean\nUSD/h',
    'Median\nUSD/h',
    'p95\nUSD/h',
    'Above\ncheapest %',
    'Changes\nper day',
    'Known\n%',
  ];
  const lines = row.zones
    .toSorted((a, b) => (a.mean ?? Number.POSITIVE_INFINITY) - (b.mean ?? Number.POSITIVE_INFINITY))
    .map((zone) => {
      const above = zone.mean === null || cheapest === null ? null : Math.max(0, (zone.mean / cheapest - 1) * 100);
      const prices = [zone.mean, zone.median, zone.p95].map(dollars);
      return [zone.zone, ...prices, share(above), share(zone.changesPerDay), share(zone.coverage * 100)];
    });
  return table(head, lines, 1);
}

function summaryTable(rows: readonly SpotTypeRow[], wide: boolean): string {
  const head = ['Type', 'Cheapest zone', 'Mean\nUSD/h', 'Zone\nspread %', 'Hour\nspread %'];
  if (wide) head.push('Below\non-demand %');
  const lines = rows.map((row) => {
    const mean = row.zones.find(({ zone }) => zone === row.cheapestZones[0])?.mean ?? null;
    const hour = `${share(row.hours?.spreadPercent ?? null, 2)}${row.hours?.matters ? ' *' : ''}`;
    const spread = share(row.zones.length > 1 ? row.zoneSpreadPercent : null);
    const cells = [row.type, zoneNames(row.cheapestZones), dollars(mean), spread, hour];
    return wide ? [...cells, share(row.savingPercent)] : cells;
  });
  return table(head, lines, 2);
}

/** Breaks a sentence at spaces; what follows its first line is indented. */
export function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function headerOf(report: SpotReport): string {
  const window = formatIsoWindow(report.window);
  return `Spot prices, ${report.region}, ${window}; means are weighted by time; hours in ${report.timeZone}`;
}

/** What was seen on spot by zone, and zones that have the type no more. */
function capacityLines({ zones }: SpotTypeRow): string[] {
  const gone = zones.flatMap(({ zone, offered }) => (offered ? [] : [zone]));
  const seen = zones.flatMap(({ zone, seen: own }) => (own ? [`${zone}: ${seenText(own)}${worstHour(own)}`] : []));
  return [...(gone.length > 0 ? [`not offered any more in ${gone.join(', ')}: no advice for there`] : []), ...seen];
}

/** Where interruptions come together; a few that are spread over the day say nothing. */
function worstHour({ byHour, interruptions, timeZone, availablePercent, waitingHours }: Seen): string {
  const worst = byHour.reduce(
    (best, { interruptions: n }, hour) => (n > (byHour[best]?.interruptions ?? 0) ? hour : best),
    0,
  );
  const count = byHour[worst]?.interruptions ?? 0;
  const hours = `${hourRanges([worst])} ${timeZone}`;
  const most = count >= 2 && interruptions > count ? `, ${count} of them at ${hours}` : '';
  return waitingHours > 0
    ? `${most}; there was one in ${(availablePercent ?? 0).toFixed(0)} % of the wanted time`
    : most;
}

function detailed(row: SpotTypeRow): string {
  const onDemand =
    row.onDemand === null
      ? 'on-demand price not known'
      : `on-demand ${usdPerHour(row.onDemand)} (${row.onDemandSource}, ${row.onDemandAsOf?.slice(0, 10)})`;
  return [`${row.type}, ${row.product}; ${onDemand}`, zoneTable(row), ...capacityLines(row), ...heatMapLines(row)].join(
    '\n',
  );
}

function footnotes(report: SpotReport, shown: readonly SpotTypeRow[]): string[] {
  const hidden = report.types.length - shown.length;
  return [
    ...(shown.some(({ hours }) => hours?.matters) ? ['* the start hour matters: see the plan.'] : []),
    ...(hidden > 0 ? [`${hidden} more types: name them with --type, or take --json.`] : []),
  ];
}

/** With few types each has its plan; in a long list the table says it, but for where the hour matters. */
function plansOf(report: SpotReport, count: number, few: boolean, columns: number): string[] {
  const ofTypes = report.plans.filter((plan) => plan.kind === 'type');
  const plans = ofTypes.slice(0, count).filter(({ hours }) => few || hours !== null);
  const families = report.plans.filter((plan) => plan.kind === 'family');
  return [
    ...(plans.length > 0 ? ['', 'Plan', ...plans.map(({ text }) => wrap(text, columns))] : []),
    ...(families.length > 0 ? ['', ...familyLines(families, columns)] : []),
  ];
}

/** The report as text of at most `columns` columns where its tables allow it. */
export function renderSpot(report: SpotReport, columns: number): string {
  const wide = columns >= WIDE_COLUMNS;
  const notes = report.notes.map((note) => wrap(`Note: ${note}.`, columns));
  if (report.types.length === 0) return [wrap(headerOf(report), columns), ...notes, 'No prices.'].join('\n');
  const few = report.types.length <= DETAILED_TYPES;
  const shown = report.types.slice(0, SHOWN_TYPES);
  const body = few ? shown.map((row) => detailed(row)) : [summaryTable(shown, wide)];
  const footer = few ? [] : footnotes(report, shown);
  const plans = plansOf(report, shown.length, few, columns);
  return [wrap(headerOf(report), columns), ...notes, '', ...body, ...footer, ...plans].join('\n');
}
