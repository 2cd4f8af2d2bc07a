import { z } from 'zod';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const STATES = `SELECT sink, key, cluster, family, state, digest, members FROM alert_state WHERE sink = ? AND cluster = ?`;
const PUT_STATE = `INSERT INTO alert_state (sink, key, cluster, family, state, digest, members)
  VALUES (@sink, @key, @cluster, @family, @state, @digest, @members)
  ON CONFLICT DO UPDATE SET state = excluded.state, digest = excluded.digest, members = excluded.members`;
const ADD = `INSERT INTO outbox (sink, key, event, state, created_ms) VALUES (@sink, @key, @event, 'waiting', @createdMs)`;
const SUPERSEDE = `UPDATE outbox SET state = 'superseded' WHERE sink = ? AND key = ? AND state = 'waiting'`;
const EXISTS = `SELECT EXISTS (SELECT 1 FROM outbox WHERE sink = ? AND key = ?)`;
const WAITING = `SELECT id, sink, key, event, created_ms AS createdMs, attempts, next_ms AS nextMs, error FROM outbox
  WHERE sink = ? AND state = 'waiting' ORDER BY id`;
const ATTEMPT = `UPDATE outbox SET attempts = attempts + 1, attempted_ms = @nowMs WHERE id = @id`;
const SENT = `UPDATE outbox SET state = 'sent', sent_ms = @nowMs, error = NULL WHERE id = @id`;
const REFUSED = `UPDATE outbox SET state = 'refused', error = @error WHERE id = @id`;
const LATER = `UPDATE outbox SET next_ms = @nextMs, error = @error WHERE id = @id`;
const RECENT = `SELECT attempted_ms FROM outbox WHERE sink = ? AND attempted_ms > ? ORDER BY attempted_ms`;
const HISTORY = `SELECT id, sink, key, state, attempts, error FROM outbox ORDER BY id`;

const StateRow = z.object({
  sink: z.string(),
  key: z.string(),
  cluster: z.string(),
  family: z.string(),
  state: z.enum(['open', 'resolved']),
  digest: z.string(),
  members: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
});
export type AlertState = z.infer<typeof StateRow>;

const WaitingRow = z.object({
  id: z.number(),
  sink: z.string(),
  key: z.string(),
  event: z.string().transform((text): unknown => JSON.parse(text)),
  createdMs: z.number(),
  attempts: z.number(),
  nextMs: z.number(),
  error: z.string().nullable(),
});
export type WaitingEvent = z.infer<typeof WaitingRow>;

const HistoryRow = z.object({
  id: z.number(),
  sink: z.string(),
  key: z.string(),
  state: z.enum(['waiting', 'sent', 'refused', 'superseded']),
  attempts: z.number(),
  error: z.string().nullable(),
});

/** What a receiver was last meant to know of the groups of a cluster. */
export function alertStates(db: Db, sink: string, cluster: string): AlertState[] {
  return z.array(StateRow).parse(prepared(db, STATES).all(sink, cluster));
}

export function putAlertState(db: Db, state: AlertState): void {
  prepared(db, PUT_STATE).run({ ...state, members: JSON.stringify(state.members) });
}

/** Adds an event; what still waits for the same key is older and is not sent any more. */
export function enqueue(db: Db, sink: string, event: { key: string }, createdMs: number): void {
  prepared(db, SUPERSEDE).run(sink, event.key);
  prepared(db, ADD).run({ sink, key: event.key, event: JSON.stringify(event), createdMs });
}

export function wasEnqueued(db: Db, sink: string, key: string): boolean {
  return prepared(db, EXISTS).pluck().get(sink, key) === 1;
}

/** What waits for a receiver, oldest first: at most one event per key. */
export function waitingEvents(db: Db, sink: string): WaitingEvent[] {
  return z.array(WaitingRow).parse(prepared(db, WAITING).all(sink));
}

/** Notes an attempt before it is made, so that a crash leaves a trace of it. */
export function noteAttempt(db: Db, id: number, nowMs: number): void {
  prepared(db, ATTEMPT).run({ id, nowMs });
}

export function noteSent(db: Db, id: number, nowMs: number): void {
  prepared(db, SENT).run({ id, nowMs });
}

export function noteRefused(db: Db, id: number, error: string): void {
  prepared(db, REFUSED).run({ id, error });
}

export function noteLater(db: Db, id: number, nextMs: number, error: string): void {
  prepared(db, LATER).run({ id, nextMs, error });
}

/** When a receiver was last written to, after a time. */
export function recentAttempts(db: Db, sink: string, afterMs: number): number[] {
  return z.array(z.number()).parse(prepared(db, RECENT).pluck().all(sink, afterMs));
}

export function outboxHistory(db: Db): z.infer<typeof HistoryRow>[] {
  return z.array(HistoryRow).parse(prepared(db, HISTORY).all());
}
