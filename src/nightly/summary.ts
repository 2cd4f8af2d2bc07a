import { formatTime } from '../model/window.js';
import { changeCounts } from '../reports/changes.js';
import { formatCount, formatSeconds, formatUsdPerMonth } from '../reports/format.js';
import { shown } from '../reports/text.js';
import type { NightOutcome } from './run.js';

export interface NightSummary {
  schema: 'sparkfit.nightly/1';
  cluster: string;
  at: string;
  /** `incomplete`: a source, a receiver, a destination of the report or the upkeep failed; the rest was done. */
  state: 'ok' | 'incomplete';
  why: string[];
  sources: { id: string; state: string }[];
  missedNights: number;
  costUsdPerMonth: number | null;
  savingsUsdPerMonth: number | null;
  findings: number;
  changes: Record<string, number>;
  alerts: { sent: number; waiting: number; held: number; refused: number };
  seconds: number;
}

/** What a night came to. */
export function nightSummary(outcome: NightOutcome, seconds = 0): NightSummary {
  const { report, sources, delivery, unsent, missedNights, problems } = outcome;
  const lacking = sources.filter(({ state }) => state === 'failed' || state === 'partial');
  const undelivered = delivery.waiting + delivery.refused;
  const why = [
    ...lacking.map(({ id, state }) => `${id} ${state}`),
    ...(undelivered > 0 ? [`${formatCount(undelivered, 'alert')} not delivered`] : []),
    ...unsent.map((destination) => `report not sent to ${destination}`),
    ...problems,
  ];
  const changes: Record<string, number> = {};
  for (const { kind } of report.changes?.rows ?? []) changes[kind] = (changes[kind] ?? 0) + 1;
  const { sent, waiting, held, refused } = delivery;
  return {
    schema: 'sparkfit.nightly/1',
    cluster: report.cluster,
    at: report.window.until,
    state: why.length > 0 ? 'incomplete' : 'ok',
    why,
    sources: sources.map(({ id, state }) => ({ id, state })),
    missedNights,
    costUsdPerMonth: report.totals.costUsdPerMonth,
    savingsUsdPerMonth: report.totals.savingsUsdPerMonth,
    findings: report.totals.findings,
    changes,
    alerts: { sent, waiting, held, refused },
    seconds,
  };
}

/** The same as one line for a cron mail or log. */
export function nightLine(outcome: NightOutcome, seconds: number): string {
  const summary = nightSummary(outcome, seconds);
  const { report, sources } = outcome;
  const tried = sources.filter(({ state }) => state !== 'absent');
  const { sent, waiting, held, refused } = summary.alerts;
  const alerts = [
    `${formatCount(sent, 'alert event')} sent`,
    waiting > 0 && `${waiting} waiting`,
    held > 0 && `${held} held by quiet hours`,
    refused > 0 && `${refused} refused`,
  ];
  const parts = [
    `${tried.filter(({ state }) => state === 'ok').length} of ${formatCount(tried.length, 'source')}`,
    summary.missedNights > 0 && `${formatCount(summary.missedNights, 'night')} missed before`,
    `costs ${formatUsdPerMonth(summary.costUsdPerMonth)}`,
    `${formatUsdPerMonth(summary.savingsUsdPerMonth)} could be saved`,
    `${formatCount(summary.findings, 'finding')}${report.changes ? ` (${changeCounts(report.changes.rows)})` : ''}`,
    alerts.filter(Boolean).join(', '),
    formatSeconds(seconds),
  ];
  const state = summary.state === 'ok' ? 'ok' : `incomplete (${shown(summary.why.join(', '), 200)})`;
  return `sparkfit nightly ${shown(summary.cluster)} ${formatTime(Date.parse(summary.at))}: ${state}; ${parts.filter(Boolean).join('; ')}`;
}
