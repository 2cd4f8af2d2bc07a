import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.js';
import type { FindingRecord } from '../model/lifecycle.js';
import type { Db } from '../store/open.js';
import { type AlertState, alertStates, enqueue, putAlertState, wasEnqueued } from '../store/outbox.js';
import { type AlertEvent, cutSummary, groupKey } from './event.js';
import { groupsOf } from './groups.js';
import type { Sink } from './sinks/sink.js';

/** The failure of a night is told under a family of its own. */
export const NIGHTLY = 'nightly';

/** An event with the state that it leads to. */
export interface Planned {
  event: AlertEvent;
  state: AlertState;
}

export interface PlanInput {
  db: Db;
  cluster: string;
  /** End of the night's window. */
  atMs: number;
  records: readonly FindingRecord[];
  config: Config;
}

function digestOf(sink: Sink, event: AlertEvent): string {
  const told = event.members.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`);
  const renewed = sink.forgets ? event.atMs : '';
  return createHash('sha256')
    .update(JSON.stringify([sink.identity, event.action, event.severity, event.total, told, renewed]))
    .digest('hex')
    .slice(0, 16);
}

function stateOf(sink: Sink, event: AlertEvent): AlertState {
  const { key, cluster, family, members } = event;
  const isOpen = event.action === 'trigger';
  return {
    sink: sink.id,
    key,
    cluster,
    family,
    state: isOpen ? 'open' : 'resolved',
    digest: digestOf(sink, event),
    members: isOpen ? members.map(({ fingerprint }) => fingerprint) : [],
  };
}

function resolved(state: AlertState, atMs: number): AlertEvent {
  const { key, cluster, family } = state;
  const summary = cutSummary(`${cluster}: no ${family} finding is left that is worth an alert`);
  return {
    action: 'resolve',
    key,
    cluster,
    family,
    severity: 'info',
    summary,
    atMs,
    usdPerMonth: null,
    total: 0,
    members: [],
  };
}

/** What a receiver has to be told: groups that are new or other than it knows, and those that are gone. Reads only. */
export function planFor(sink: Sink, { db, cluster, atMs, records, config }: PlanInput): Planned[] {
  const known = alertStates(db, sink.id, cluster).filter(({ family }) => family !== NIGHTLY);
  const wasIn = new Set(known.flatMap(({ members }) => members));
  const groups = groupsOf(records, { cluster, atMs }, config.alerts, wasIn);
  const planned = groups.map((event) => ({ event, state: stateOf(sink, event) }));
  const news = planned.filter(({ state }) => {
    const before = known.find(({ key }) => key === state.key);
    return before?.state !== 'open' || before.digest !== state.digest;
  });
  const keys = new Set(groups.map(({ key }) => key));
  const gone = known.filter(({ key, state }) => state === 'open' && !keys.has(key));
  return [
    ...gone.map((state) => resolved(state, atMs)).map((event) => ({ event, state: stateOf(sink, event) })),
    ...news,
  ];
}

/** Puts into the outbox what receivers have to be told. Call it inside the night's transaction. */
export function enqueueGroups(sinks: readonly Sink[], input: PlanInput): number {
  let count = 0;
  for (const sink of sinks)
    for (const planned of planFor(sink, input)) {
      put(input.db, sink, planned);
      count++;
    }
  return count;
}

function put(db: Db, sink: Sink, { event, state }: Planned): void {
  enqueue(db, sink.id, event, event.atMs);
  putAlertState(db, state);
}

interface NightResult {
  cluster: string;
  atMs: number;
  /** Why it failed; undefined: it did not. */
  failure: string | undefined;
}

export function failureEvent({ cluster, atMs, failure }: NightResult): AlertEvent {
  return {
    action: failure === undefined ? 'resolve' : 'trigger',
    key: groupKey(cluster, NIGHTLY),
    cluster,
    family: NIGHTLY,
    severity: 'warning',
    summary: cutSummary(`${cluster}: the nightly run ${failure === undefined ? 'works again' : `failed: ${failure}`}`),
    atMs,
    usdPerMonth: null,
    total: 0,
    members: [],
  };
}

/** Tells that a night failed, and once that they work again. */
export function enqueueFailure(db: Db, sinks: readonly Sink[], night: NightResult): void {
  const event = failureEvent(night);
  for (const sink of sinks) {
    const before = alertStates(db, sink.id, night.cluster).find(({ key }) => key === event.key);
    const isOpen = before?.state === 'open';
    const state = stateOf(sink, event);
    if (event.action === 'resolve' ? isOpen : !isOpen || before.digest !== state.digest)
      put(db, sink, { event, state });
  }
}

/** Tells once of a change that was seen or validated. */
export function enqueueChange(db: Db, sinks: readonly Sink[], event: AlertEvent): void {
  for (const sink of sinks)
    if (sink.takesChanges && !wasEnqueued(db, sink.id, event.key)) enqueue(db, sink.id, event, event.atMs);
}
