import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const PUT_OFFERING = `INSERT INTO zone_offering (region, zone, instance_type, last_seen_ms) VALUES (@region, @zone, @instanceType, @seenMs)
  ON CONFLICT DO UPDATE SET last_seen_ms = excluded.last_seen_ms`;
const END_OFFERINGS = 'DELETE FROM zone_offering WHERE region = ? AND last_seen_ms < ?';
const OFFERINGS = 'SELECT region, zone, instance_type AS instanceType FROM zone_offering';
const PUT_REQUEST = `INSERT INTO spot_request (region, id, instance_type, zone, instance_id, state, status_code, created_ms, status_ms, last_seen_ms)
  VALUES (@region, @id, @instanceType, @zone, @instanceId, @state, @statusCode, @createdMs, @statusMs, @seenMs)
  ON CONFLICT DO UPDATE SET zone = coalesce(excluded.zone, zone), instance_id = coalesce(excluded.instance_id, instance_id),
    state = excluded.state, status_code = excluded.status_code, status_ms = excluded.status_ms,
    last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const REQUESTS = `SELECT region, id, instance_type AS instanceType, zone, instance_id AS instanceId, state, status_code AS statusCode,
    created_ms AS createdMs, status_ms AS statusMs, last_seen_ms AS lastSeenMs
  FROM spot_request WHERE created_ms < @untilMs AND last_seen_ms >= @sinceMs ORDER BY region, id`;
const PUT_INTERRUPTION = `INSERT INTO spot_interruption (region, machine, instance_type, zone, at_ms, reason)
  VALUES (@region, @machine, @instanceType, @zone, @atMs, @reason)
  ON CONFLICT DO UPDATE SET at_ms = min(at_ms, excluded.at_ms)`;
const INTERRUPTIONS = `SELECT region, machine, instance_type AS instanceType, zone, at_ms AS atMs, reason
  FROM spot_interruption WHERE at_ms >= @sinceMs AND at_ms < @untilMs ORDER BY at_ms, machine`;

export interface ZoneOffering {
  region: string;
  zone: string;
  instanceType: string;
}

const RequestRow = z.object({
  region: z.string(),
  id: z.string(),
  instanceType: z.string(),
  zone: z.string().nullable(),
  instanceId: z.string().nullable(),
  state: z.string(),
  statusCode: z.string(),
  createdMs: z.number(),
  statusMs: z.number(),
  lastSeenMs: z.number(),
});
export type SpotRequest = z.infer<typeof RequestRow>;

const InterruptionRow = z.object({
  region: z.string(),
  machine: z.string(),
  instanceType: z.string(),
  zone: z.string(),
  atMs: z.number(),
  reason: z.string(),
});
export type SpotInterruption = z.infer<typeof InterruptionRow>;

/** Call these inside the transaction of the page that the rows came with. */
export function putOfferings(db: Db, offerings: readonly ZoneOffering[], seenMs: number): void {
  for (const offering of offerings) prepared(db, PUT_OFFERING).run({ ...offering, seenMs });
}

export function putSpotRequests(db: Db, requests: readonly Omit<SpotRequest, 'lastSeenMs'>[], seenMs: number): void {
  for (const request of requests) prepared(db, PUT_REQUEST).run({ ...request, seenMs });
}

/** A machine is taken back once; of several that say so the earliest time counts. */
export function putInterruption(db: Db, interruption: SpotInterruption): void {
  prepared(db, PUT_INTERRUPTION).run(interruption);
}

/** After a complete list: what is not in it any more is not offered any more. */
export function endUnseenOfferings(db: Db, region: string, seenMs: number): void {
  prepared(db, END_OFFERINGS).run(region, seenMs);
}

export function zoneOfferings(db: Db): ZoneOffering[] {
  const Row = z.object({ region: z.string(), zone: z.string(), instanceType: z.string() });
  return z.array(Row).parse(prepared(db, OFFERINGS).all());
}

/** Requests that were there in the window. */
export function spotRequests(db: Db, window: Window): SpotRequest[] {
  return z.array(RequestRow).parse(prepared(db, REQUESTS).all({ ...window }));
}

export function spotInterruptions(db: Db, window: Window): SpotInterruption[] {
  return z.array(InterruptionRow).parse(prepared(db, INTERRUPTIONS).all({ ...window }));
}
