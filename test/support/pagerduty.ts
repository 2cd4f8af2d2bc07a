import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type FakeServer, sendJson, startServer } from './http.js';

const Link = z.object({ href: z.url(), text: z.string().optional() });
const Payload = z.object({
  summary: z.string().min(1).max(1024),
  source: z.string().min(1),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  timestamp: z.iso.datetime(),
  custom_details: z.record(z.string(), z.unknown()),
});
const Trigger = z.object({
  routing_key: z.string(),
  event_action: z.literal('trigger'),
  dedup_key: z.string().min(1).max(255),
  payload: Payload,
  links: z.array(Link).optional(),
});
const Resolve = z.object({
  routing_key: z.string(),
  event_action: z.literal('resolve'),
  dedup_key: z.string().min(1).max(255),
});
const Event = z.discriminatedUnion('event_action', [Trigger, Resolve]);
const Change = z.object({
  routing_key: z.string(),
  payload: Payload.omit({ severity: true }),
  links: z.array(Link).optional(),
});
export type PagerEvent = z.infer<typeof Event>;
export type PagerTrigger = z.infer<typeof Trigger>;

/** What happens to one request; by default it is taken and answered with 202. */
export type Answer =
  | { kind: 'accept' }
  | { kind: 'status'; status: number; retryAfter?: number }
  /** Neither taken nor answered. */
  | { kind: 'never' }
  /** Taken, but the answer comes too late. */
  | { kind: 'slow'; ms: number }
  /** Taken, and the connection is cut before the answer. */
  | { kind: 'cut' };

export interface PagerAlert {
  key: string;
  isOpen: boolean;
  /** Triggers that were collapsed into it since it opened. */
  triggers: PagerTrigger[];
  opened: number;
}

export interface PagerDuty extends FakeServer {
  readonly alerts: Map<string, PagerAlert>;
  readonly changes: z.infer<typeof Change>[];
  /** Every event that was taken, in order. */
  readonly taken: PagerEvent[];
  /** Every body that came, taken or not. */
  readonly bodies: string[];
  answer: (count: number, event: PagerEvent | undefined) => Answer;
  open(): PagerAlert[];
}

export const ROUTING_KEY = 'R0UT1NGK3Y0123456789abcdefABCDEF';

function take(pager: PagerDuty, event: PagerEvent): void {
  pager.taken.push(event);
  const alert = pager.alerts.get(event.dedup_key);
  if (event.event_action === 'resolve') {
    // What is not open cannot be resolved: the real one drops it.
    if (alert?.isOpen) alert.isOpen = false;
    return;
  }
  if (alert?.isOpen) alert.triggers.push(event);
  else
    pager.alerts.set(event.dedup_key, {
      key: event.dedup_key,
      isOpen: true,
      triggers: [event],
      opened: (alert?.opened ?? 0) + 1,
    });
}

const ACCEPTED = { status: 'success', message: 'Event processed' };

function invalid(response: ServerResponse, errors: string[]): void {
  sendJson(response, 400, { status: 'invalid event', message: 'Event object is invalid', errors });
}

function parse(url: string | undefined, body: string) {
  const json: unknown = JSON.parse(body);
  return url === '/v2/change/enqueue'
    ? { change: Change.safeParse(json), event: undefined }
    : { change: undefined, event: Event.safeParse(json) };
}

function onRequest(pager: PagerDuty, request: IncomingMessage, response: ServerResponse, body: string): void {
  pager.bodies.push(body);
  const { change, event } = parse(request.url, body);
  const parsed = change ?? event;
  if (Buffer.byteLength(body) > 512_000) sendJson(response, 413, {});
  else if (!parsed?.success)
    invalid(response, parsed?.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? []);
  else if (parsed.data.routing_key !== ROUTING_KEY)
    invalid(response, [`Invalid routing key ${parsed.data.routing_key}`]);
  else respond(pager, response, change?.data, event?.data);
}

function respond(
  pager: PagerDuty,
  response: ServerResponse,
  change: z.infer<typeof Change> | undefined,
  event: PagerEvent | undefined,
): void {
  const answer = pager.answer(pager.bodies.length, event);
  if (answer.kind === 'never') return;
  if (answer.kind === 'status') {
    if (answer.retryAfter !== undefined) response.setHeader('retry-after', String(answer.retryAfter));
    sendJson(response, answer.status, { status: 'error', message: `no, ${ROUTING_KEY}` });
    return;
  }
  if (event) take(pager, event);
  if (change) pager.changes.push(change);
  if (answer.kind === 'cut') response.destroy();
  else if (answer.kind === 'slow') setTimeout(() => sendJson(response, 202, ACCEPTED), answer.ms).unref();
  else sendJson(response, 202, ACCEPTED);
}

/** A stand-in for PagerDuty's Events API v2 on loopback that collapses by key as the real one does. */
export async function startPagerDuty(): Promise<PagerDuty> {
  const state = {
    alerts: new Map<string, PagerAlert>(),
    changes: [],
    taken: [],
    bodies: [],
    answer: (): Answer => ({ kind: 'accept' }),
    open: (): PagerAlert[] => [...state.alerts.values()].filter((alert) => alert.isOpen),
  };
  const holder: { pager?: PagerDuty } = {};
  const server = await startServer((request, response, body) => {
    if (holder.pager) onRequest(holder.pager, request, response, body);
  });
  holder.pager = Object.assign(state, server);
  return holder.pager;
}
