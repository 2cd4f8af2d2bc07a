import { subjectText } from '../model/finding.js';
import type { FieldChange } from '../model/savings.js';
import { formatCount, formatIsoTime, formatNumber, formatUsd, formatUsdPerMonth } from '../reports/format.js';
import { shown, wrap } from '../reports/text.js';
import type { SavingRow, SavingsReport, SavingVerdict } from './report.js';

const WORD: Readonly<Record<SavingVerdict, string>> = {
  kept: 'KEPT',
  less: 'LESS THAN PROMISED',
  wrong: 'WRONG: IT COSTS MORE',
  unclear: 'NOT CLEAR YET',
  'too-early': 'TOO EARLY',
  'no-promise': 'NOTHING WAS PROMISED IN MONEY',
};
const INDENT = '      ';

export function changeText({ field, before, after }: FieldChange): string {
  return `${shown(field)} ${shown(before ?? 'not set')} → ${shown(after ?? 'not set')}`;
}

/** Prices of single runs and hours are small: four significant digits. */
function unitUsd(usd: number | null): string {
  return usd === null ? 'unknown' : `$${formatNumber(usd)}`;
}

function realisedText({ realisedUsdPerMonth: usd, interval, unit, usdPerUnit, note }: SavingRow): string {
  if (usd === null) return `realised: not known; ${note || 'no comparison was made yet'}`;
  const range = interval
    ? ` (95 %: ${formatUsd(interval[0])} to ${formatUsd(interval[1])})`
    : ' (too few samples for an interval)';
  const [was, is] = usdPerUnit?.samples ?? [0, 0];
  const per =
    unit === 'thing' || !usdPerUnit
      ? ''
      : `; ${unitUsd(usdPerUnit.before)} → ${unitUsd(usdPerUnit.after)} per ${unit} (${was} and ${is} ${unit === 'hour' ? 'days' : 'runs'})`;
  return `realised: ${formatUsdPerMonth(usd)}${range}${per}${note ? `; ${note}` : ''}`;
}

function rowLines(row: SavingRow, columns: number): string[] {
  const promised = row.promisedUsdPerMonth === null ? 'no price was known' : formatUsdPerMonth(row.promisedUsdPerMonth);
  const facts = [
    `promised: ${promised}${row.validated ? `; benchmark: ${shown(row.validated)}` : ''}`,
    realisedText(row),
    `seen ${formatIsoTime(row.since)}: ${row.changes.map(changeText).join(', ')}`,
    ...(row.confounders.length ? [`what else changed: ${row.confounders.map((text) => shown(text)).join(', ')}`] : []),
  ];
  return [
    ...wrap(`${row.fingerprint} ${WORD[row.verdict]}: ${shown(subjectText(row.subject))} (${row.rule})`, columns),
    ...facts.flatMap((fact) => wrap(fact, columns - INDENT.length).map((line) => INDENT + line)),
    '',
  ];
}

/** The ledger as the terminal shows it. */
export function renderSavings({ rows, totals }: SavingsReport, columns: number): string {
  if (rows.length === 0)
    return "No change that a finding asked for was seen yet. 'sparkfit nightly' looks for them every night.";
  const head = `${formatCount(rows.length, 'change')} seen; of ${totals.compared} compared: promised ${formatUsdPerMonth(totals.promisedUsdPerMonth)}, realised ${formatUsdPerMonth(totals.realisedUsdPerMonth)}${totals.wrong ? `, ${formatCount(totals.wrong, 'wrong promise')}` : ''}.`;
  return [...wrap(head, columns), '', ...rows.flatMap((row) => rowLines(row, columns))].join('\n').trimEnd();
}
