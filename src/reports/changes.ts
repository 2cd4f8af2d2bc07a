import type { LifeEventKind } from '../model/lifecycle.js';
import type { ChangeRow, Report } from '../model/report.js';
import { formatCount, formatIsoTime, formatUsdPerMonth } from './format.js';
import { headline } from './summary.js';
import { shown } from './text.js';

/** What changed since the last night, as sentences that all formats share. */

export const CHANGE_WORD: Readonly<Record<LifeEventKind, string>> = {
  opened: 'new',
  reopened: 'back again',
  resolved: 'resolved',
  changed: 'changed',
  'heard-again': 'heard again',
  appeared: 'first seen',
  suppressed: 'suppressed',
  accepted: 'accepted',
};

/** `2 new, 1 resolved`; `nothing changed`. */
export function changeCounts(rows: readonly ChangeRow[]): string {
  const counts = new Map<LifeEventKind, number>();
  for (const { kind } of rows) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${CHANGE_WORD[kind]}`).join(', ') || 'no finding changed';
}

function moved(before: number | null, after: number | null): string {
  if (before === null || after === null) return '';
  const difference = after - before;
  // Less than half a per cent is noise of the window that moves on.
  if (Math.abs(difference) < Math.max(0.01, Math.abs(before) * 0.005)) return '';
  return `${difference > 0 ? '+' : '−'}${formatUsdPerMonth(Math.abs(difference))}`;
}

/** `Since 2021-05-30 02:00 UTC: 2 new, 1 resolved; cost +$12/month.` */
export function changesHeadline({ changes, totals }: Report): string | undefined {
  if (!changes) return undefined;
  const cost = moved(changes.costUsdPerMonthBefore, totals.costUsdPerMonth);
  const savings = moved(changes.savingsUsdPerMonthBefore, totals.savingsUsdPerMonth);
  const parts = [
    changeCounts(changes.rows),
    cost && `cost ${cost}`,
    savings && `possible savings ${savings}`,
    changes.unknown.length > 0 && `${formatCount(changes.unknown.length, 'open finding')} not checked, data is missing`,
  ];
  return `Since ${formatIsoTime(changes.since)}: ${parts.filter(Boolean).join('; ')}.`;
}

/** What it costs, what could be saved, what changed since the last night: the sentence a report opens with. */
export function openingSentence(report: Report): string {
  const { changes } = report;
  if (!changes) return headline(report);
  return `${headline(report).slice(0, -1)}; since ${formatIsoTime(changes.since)} ${changeCounts(changes.rows)}.`;
}

/** The money of a change: `$12/month`, `$10/month → $25/month`. */
export function changeMoney({ kind, usdPerMonth, usdPerMonthBefore: before }: ChangeRow): string {
  if (kind === 'resolved') return before === null ? '' : formatUsdPerMonth(before);
  if (usdPerMonth === null) return '';
  return kind === 'changed' && before !== null && before !== usdPerMonth
    ? `${formatUsdPerMonth(before)} → ${formatUsdPerMonth(usdPerMonth)}`
    : formatUsdPerMonth(usdPerMonth);
}

export function changeTitle({ title, why }: ChangeRow): string {
  return why ? `${shown(title)} (${shown(why)})` : shown(title);
}
