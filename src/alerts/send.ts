import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../model/errors.js';
import { limited } from '../model/limited.js';
import { shown } from '../reports/text.js';
import type { Clock } from './deliver.js';
import type { Post, Sink } from './sinks/sink.js';

/** What came of one attempt. `retry`: not known to be taken, the same event goes again. */
export type Outcome =
  | { kind: 'accepted' }
  | { kind: 'refused'; why: string }
  | { kind: 'retry'; why: string; afterMs?: number };

/** Statuses that say "later"; go-pagerduty and Alertmanager treat them so too. Every other 4xx is final. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);
const LONGEST_ANSWER = 300;
/** PagerDuty asks for "a few minutes" after 429, where it does not say how long. */
const AFTER_429_MS = 60_000;

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) return Math.round(seconds * 1000);
  return response.status === 429 ? AFTER_429_MS : undefined;
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${messageOf(error)}${cause}`;
}

/** Posts one event. */
export async function send(post: Post, sink: Sink, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  const { url, headers, body } = post;
  let response: Response;
  let text: string;
  try {
    const limit = limited(timeoutMs, signal);
    response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: limit });
    // Its status alone says that it was taken: a cut body does not change that.
    text = await response.text().catch(() => '');
  } catch (error) {
    return { kind: 'retry', why: sink.redact(reasonOf(error, timeoutMs)) };
  }
  if (sink.accepts(response.status)) return { kind: 'accepted' };
  const said = shown(sink.redact(text.slice(0, 4 * LONGEST_ANSWER)), LONGEST_ANSWER);
  const why = `answered ${response.status}${said ? `: ${said}` : ''}`;
  const isFinal = response.status >= 400 && response.status < 500 && !LATER.has(response.status);
  if (isFinal) return { kind: 'refused', why };
  const afterMs = retryAfterMs(response);
  return { kind: 'retry', why, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** The machine's own. */
export const realClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined),
};
