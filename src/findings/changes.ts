import type { FindingRecord, LifeEvent, LifeEventKind, Night } from '../model/lifecycle.js';
import type { Report } from '../model/report.js';
import { HOUR_MS, isoTime } from '../model/window.js';
import type { Projection } from './project.js';

type Changes = NonNullable<Report['changes']>;
type ChangeRow = Changes['rows'][number];

/** "Since yesterday" is since the newest night that is at least this old. */
const YESTERDAY_MS = 20 * HOUR_MS;
/** Nights looked back over for it. */
export const NIGHTS_BACK = 60;

/** What is told of one finding on which several things happened: the last state wins, the first one's dollars stay. */
const TOLD: readonly LifeEventKind[] = ['opened', 'reopened', 'resolved', 'changed', 'heard-again', 'appeared'];

function rowOf(event: LifeEvent, before: LifeEvent | undefined, record: FindingRecord): ChangeRow {
  return {
    kind: event.kind,
    fingerprint: event.fingerprint,
    rule: record.rule,
    subject: record.subject,
    severity: event.severity,
    title: event.title,
    usdPerMonthBefore: before ? before.usdBefore : event.usdBefore,
    usdPerMonth: event.kind === 'resolved' ? null : event.usdAfter,
    why: event.why,
  };
}

/** One row per finding, in the order of importance; a finding that opened and resolved in between is told as resolved. */
function rowsOf(events: readonly LifeEvent[], records: ReadonlyMap<string, FindingRecord>): ChangeRow[] {
  const first = new Map<string, LifeEvent>();
  const last = new Map<string, LifeEvent>();
  for (const event of events) {
    if (!TOLD.includes(event.kind)) continue;
    if (!first.has(event.fingerprint)) first.set(event.fingerprint, event);
    const before = last.get(event.fingerprint);
    // What opened and then changed is still news as an opened one.
    const keepsKind = before && event.kind === 'changed' && before.kind !== 'resolved';
    last.set(event.fingerprint, keepsKind ? { ...event, kind: before.kind } : event);
  }
  const rows = [...last.values()].flatMap((event) => {
    const record = records.get(event.fingerprint);
    return record && !record.mute ? [rowOf(event, first.get(event.fingerprint), record)] : [];
  });
  const usd = ({ usdPerMonth, usdPerMonthBefore }: ChangeRow) => usdPerMonth ?? usdPerMonthBefore ?? -1;
  return rows.sort(
    (a, b) =>
      TOLD.indexOf(a.kind) - TOLD.indexOf(b.kind) || usd(b) - usd(a) || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
}

interface ChangesInput {
  projection: Projection;
  /** Newest first. */
  nights: readonly Night[];
  /** What was recorded after a time. */
  eventsSince(afterMs: number): LifeEvent[];
  atMs: number;
}

/** What is new since yesterday, or since the last night that was kept; null where there is none. */
export function changesOf({ projection, nights, eventsSince, atMs }: ChangesInput): Report['changes'] {
  const base = nights.find((night) => night.atMs <= atMs - YESTERDAY_MS);
  if (!base) return null;
  const rows = rowsOf([...eventsSince(base.atMs), ...projection.events], projection.records);
  const held = [...projection.records.values()].filter(
    ({ state, unknownWhy, mute }) => state === 'open' && unknownWhy !== null && !mute,
  );
  return {
    since: isoTime(base.atMs),
    costUsdPerMonthBefore: base.costUsdPerMonth,
    savingsUsdPerMonthBefore: base.savingsUsdPerMonth,
    rows,
    unknown: held.map(({ fingerprint, unknownWhy }) => ({ fingerprint, why: unknownWhy ?? '' })),
  };
}
