import type { LedgerKind } from '../model/finding.js';
import type { FindingRecord } from '../model/lifecycle.js';
import { parseQuantity } from '../model/quantity.js';
import type { FieldChange, SavingRecord } from '../model/savings.js';
import { DAY_MS } from '../model/window.js';
import type { Db } from '../store/open.js';
import { addSaving, type WatchedField, watchedFields, watchField } from '../store/savings.js';
import { type Fields, fieldsOf, watchedNames } from './fields.js';

/** A finding that resolved is watched on: what resolved it may be seen a few nights later. */
const WATCHED_ON_MS = 14 * DAY_MS;

type Seen = Omit<SavingRecord, 'id' | 'realised'>;

/** Whether a change goes where the promise said: a larger request is no smaller one. */
function isTowards({ field, before, after }: FieldChange, promisedUsd: number | null): boolean {
  if (!field.includes(' request of ') || before === null || after === null) return true;
  const [was, is] = [parseQuantity(before), parseQuantity(after)];
  if (was === undefined || is === undefined || promisedUsd === null || promisedUsd === 0) return true;
  return promisedUsd > 0 ? is < was : is > was;
}

function changesOf(before: readonly WatchedField[], now: Fields, promisedUsd: number | null): FieldChange[] {
  return before.flatMap(({ field, value }) => {
    const after = now.get(field);
    if (after === undefined || after === value) return [];
    const change = { field, before: value, after };
    return isTowards(change, promisedUsd) ? [change] : [];
  });
}

function isWatched({ state, resolvedMs }: FindingRecord, atMs: number): boolean {
  return state !== 'resolved' || (resolvedMs !== null && atMs - resolvedMs < WATCHED_ON_MS);
}

/**
 * Compares what patches would change with what it was set to, keeps what is new, and gives the promises whose change
 * was seen tonight. Call it inside the night's transaction.
 */
export function watchPatches(
  db: Db,
  records: Iterable<FindingRecord>,
  ledgerOf: (rule: string) => LedgerKind | null,
  { cluster, atMs }: { cluster: string; atMs: number },
): Seen[] {
  const seen: Seen[] = [];
  for (const record of records) {
    const { fingerprint, rule, subject, body, usdPerMonth, firstSeenMs } = record;
    const ledger = ledgerOf(rule);
    const isPromise = ledger !== null || (body.recommendation?.patches.length ?? 0) > 0;
    if (!isPromise || !isWatched(record, atMs)) continue;
    const now = fieldsOf(db, cluster, subject);
    const before = watchedFields(db, fingerprint);
    const changes = changesOf(before, now, usdPerMonth);
    const names = new Set([...before.map(({ field }) => field), ...watchedNames(body, ledger, now)]);
    for (const field of names) {
      const value = now.get(field);
      const old = before.find((one) => one.field === field);
      if (value !== undefined && value !== old?.value) watchField(db, fingerprint, { field, value, sinceMs: atMs });
    }
    if (changes.length === 0) continue;
    const promise = { promisedUsdPerMonth: usdPerMonth, promisedMs: firstSeenMs, appliedMs: atMs, changes };
    const saving = { fingerprint, cluster, rule, subject, ...promise };
    if (addSaving(db, saving)) seen.push(saving);
  }
  return seen;
}
