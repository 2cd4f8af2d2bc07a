import picocolors from 'picocolors';
import { validationText } from '../bench/reports/text.js';
import type { Config } from '../config/schema.js';
import { compareRecords, muteRecord, unmuteRecord } from '../findings/mute.js';
import { renderFindingLife, renderFindingList } from '../findings/render.js';
import { EXIT, type ExitCode, UsageError } from '../model/errors.js';
import type { FindingRecord } from '../model/lifecycle.js';
import { DAY_MS, isoTime, parseDurationMs, parseTimeMs } from '../model/window.js';
import { jsonText } from '../reports/text.js';
import { readValidation } from '../store/bench.js';
import { addLifeEvent, allFindingRecords, lifeEventsOf, putFinding } from '../store/findings.js';
import { openStore, openStoreForReading, withStoreErrors } from '../store/open.js';
import type { Io } from './io.js';
import type { CommonOptions } from './options.js';

export interface ListOptions extends CommonOptions {
  state?: string;
}

export interface MuteOptions extends CommonOptions {
  until?: string;
  reason?: string;
  by?: string;
  undo?: boolean;
}

const LEAST_DIGITS = 4;
const SUPPRESS_DAYS = 30;

const FILTERS: Readonly<Record<string, (record: FindingRecord) => boolean>> = {
  open: ({ state, mute }) => state === 'open' && !mute,
  pending: ({ state, mute }) => state === 'pending' && !mute,
  resolved: ({ state, openedMs }) => state === 'resolved' && openedMs !== null,
  muted: ({ mute }) => mute !== null,
  all: () => true,
};

function filterOf(word: string | undefined): (record: FindingRecord) => boolean {
  if (word === undefined) return ({ state, mute }) => state !== 'resolved' && !mute;
  const filter = Object.hasOwn(FILTERS, word) ? FILTERS[word] : undefined;
  if (filter) return filter;
  throw new UsageError(`--state '${word}' is no state of a finding`, {
    hint: `Give one of ${Object.keys(FILTERS).join(', ')}.`,
  });
}

/** The record in the form that `--json` prints. */
function jsonOf(record: FindingRecord): Record<string, unknown> {
  const { body, markedMs, recent, toldSeverity, toldUsdPerMonth, ...rest } = record;
  const time = (ms: number | null) => (ms === null ? null : isoTime(ms));
  const { firstSeenMs, lastSeenMs, openedMs, resolvedMs, mute, ...own } = rest;
  return {
    ...own,
    firstSeen: time(firstSeenMs),
    lastSeen: time(lastSeenMs),
    openedAt: time(openedMs),
    resolvedAt: time(resolvedMs),
    muted: mute && { kind: mute.kind, until: time(mute.untilMs), by: mute.by, why: mute.why },
  };
}

/** `findings list`: gives the exit code. */
export function listFindings(config: Config, options: ListOptions, io: Io): ExitCode {
  const filter = filterOf(options.state);
  const store = openStoreForReading(config.store, 'nightly');
  try {
    const all = withStoreErrors(store.path, () => allFindingRecords(store.db));
    const records = all.filter(filter).sort(compareRecords);
    io.out(
      options.json
        ? jsonText({ schema: 'sparkfit.findings/1', findings: records.map(jsonOf) })
        : renderFindingList(records, all, io.columns),
    );
    return EXIT.ok;
  } finally {
    store.close();
  }
}

/** @throws UsageError unless exactly one finding begins so. */
function named(records: readonly FindingRecord[], word: string): FindingRecord {
  const digits = word.replace(/^#/, '');
  const own = digits.length < LEAST_DIGITS ? [] : records.filter(({ fingerprint }) => fingerprint.startsWith(digits));
  const [first] = own;
  if (first && own.length === 1) return first;
  const problem =
    digits.length < LEAST_DIGITS
      ? `needs at least ${LEAST_DIGITS} digits`
      : own.length > 1
        ? `fits ${own.length} findings`
        : 'is no finding of this store';
  throw new UsageError(`fingerprint '${word}' ${problem}`, {
    hint: records.length
      ? "'sparkfit findings list --state all' shows them."
      : "No night was kept yet: run 'sparkfit nightly' first; 'sparkfit analyze' shows the findings of now.",
  });
}

/** `findings show`: gives the exit code. */
export function showFinding(config: Config, fingerprint: string, options: CommonOptions, io: Io): ExitCode {
  const store = openStoreForReading(config.store, 'nightly');
  try {
    const record = named(
      withStoreErrors(store.path, () => allFindingRecords(store.db)),
      fingerprint,
    );
    const events = lifeEventsOf(store.db, record.fingerprint);
    const validation = readValidation(store.db, record.fingerprint);
    const told = events.map(({ atMs, ...event }) => ({ at: isoTime(atMs), ...event }));
    io.out(
      options.json
        ? jsonText({
            schema: 'sparkfit.finding/1',
            ...jsonOf(record),
            events: told,
            validation: validation ?? null,
            finding: record.body,
          })
        : [
            renderFindingLife(record, events, { columns: io.columns, colors: picocolors.createColors(io.color) }),
            ...(validation ? [validationText(validation)] : []),
          ].join('\n'),
    );
    return EXIT.ok;
  } finally {
    store.close();
  }
}

function untilOf(text: string | undefined, nowMs: number): number {
  if (text === undefined) return nowMs + SUPPRESS_DAYS * DAY_MS;
  const length = parseDurationMs(text);
  const untilMs = length === undefined ? parseTimeMs(text, nowMs, '--until') : nowMs + length;
  if (untilMs <= nowMs)
    throw new UsageError(`--until '${text}' is in the past`, { hint: 'Give a length from now (14d) or a later time.' });
  return untilMs;
}

/** `findings suppress` and `findings accept`: gives the exit code. */
export function muteFindings(
  config: Config,
  kind: 'suppress' | 'accept',
  words: readonly string[],
  options: MuteOptions,
  io: Io,
): ExitCode {
  const why = options.reason?.trim() ?? '';
  if (!why && !options.undo)
    throw new UsageError(`findings ${kind}: --reason is missing`, {
      hint: 'Say why in a few words: whoever comes next will ask.',
    });
  const by = options.by ?? io.environment.USER ?? io.environment.LOGNAME ?? 'unknown';
  const untilMs = kind === 'suppress' ? untilOf(options.until, io.nowMs) : null;
  // A reader first: a mistyped name must not make a store.
  openStoreForReading(config.store, 'nightly').close();
  const store = openStore(config.store);
  try {
    const all = allFindingRecords(store.db);
    const records = words.map((word) => named(all, word));
    const steps = records.map((record) =>
      options.undo
        ? unmuteRecord(record, { atMs: io.nowMs, by, why })
        : muteRecord(record, {
            kind: kind === 'suppress' ? 'suppressed' : 'accepted',
            sinceMs: io.nowMs,
            untilMs,
            by,
            why,
          }),
    );
    withStoreErrors(store.path, () =>
      store.db.transaction(() => {
        for (const { record, events } of steps) {
          putFinding(store.db, record);
          for (const event of events) addLifeEvent(store.db, event);
        }
      })(),
    );
    for (const { record } of steps) io.out(renderMuted(record));
    return EXIT.ok;
  } finally {
    store.close();
  }
}

function renderMuted({ fingerprint, mute }: FindingRecord): string {
  if (!mute) return `${fingerprint} is told again`;
  const until = mute.untilMs === null ? 'until it gets more severe' : `until ${isoTime(mute.untilMs)}`;
  return `${fingerprint} ${mute.kind} ${until}`;
}
