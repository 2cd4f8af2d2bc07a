import { messageOf } from '../model/errors.js';
import { MINUTE_MS, SECOND_MS } from '../model/window.js';
import type { Db } from '../store/open.js';
import {
  noteAttempt,
  noteLater,
  noteRefused,
  noteSent,
  recentAttempts,
  type WaitingEvent,
  waitingEvents,
} from '../store/outbox.js';
import { AlertEvent } from './event.js';
import { type Outcome, send } from './send.js';
import type { Sink } from './sinks/sink.js';

/** Receivers allow about 120 events a minute; other tools use the same key. */
const MOST_PER_MINUTE = 100;
const BACK_OFF_MS = [SECOND_MS, 5 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS] as const;
const LONGEST_BACK_OFF_MS = 15 * MINUTE_MS;

export interface Clock {
  now(): number;
  /** Ends early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface DeliverOptions {
  clock: Clock;
  timeoutMs: number;
  budgetMs: number;
  signal: AbortSignal;
  /** Nothing begins in quiet hours; what is over is told. */
  isQuiet(nowMs: number): boolean;
}

export interface Delivery {
  sent: number;
  /** Not taken yet: the next run goes on. */
  waiting: number;
  /** Held back by quiet hours. */
  held: number;
  /** Never taken: the receiver says that the event is wrong. */
  refused: number;
  /** What receivers said of what was not taken. */
  errors: string[];
}

function backOff(attempts: number): number {
  const base = BACK_OFF_MS[Math.min(attempts, BACK_OFF_MS.length - 1)] ?? MINUTE_MS;
  // So that many clusters that failed together do not come back together.
  return Math.round(base * (1 + Math.random() / 4));
}

/** A clock that was wrong may have left a time far ahead: that is no reason to wait. */
function isDue({ nextMs }: WaitingEvent, nowMs: number): boolean {
  return nextMs <= nowMs || nextMs > nowMs + LONGEST_BACK_OFF_MS;
}

class Courier {
  readonly done: Delivery = { sent: 0, waiting: 0, held: 0, refused: 0, errors: [] };
  private readonly times: number[];

  constructor(
    private readonly db: Db,
    private readonly sink: Sink,
    private readonly options: DeliverOptions,
  ) {
    this.times = recentAttempts(db, sink.id, options.clock.now() - MINUTE_MS);
  }

  private held({ event }: WaitingEvent): boolean {
    return AlertEvent.parse(event).action !== 'resolve' && this.options.isQuiet(this.options.clock.now());
  }

  /** Delivers what is due until nothing is left, or time is up. */
  async run(): Promise<Delivery> {
    const { clock, budgetMs, signal } = this.options;
    const endMs = clock.now() + budgetMs;
    while (!signal.aborted && clock.now() < endMs) {
      const rows = waitingEvents(this.db, this.sink.id).filter((row) => !this.held(row));
      const due = rows.find((row) => isDue(row, clock.now()));
      if (due) {
        if (!(await this.waitForRate(endMs))) break;
        await this.attempt(due);
        continue;
      }
      const nextMs = Math.min(...rows.map((row) => row.nextMs));
      if (rows.length === 0 || nextMs >= endMs) break;
      await clock.sleep(nextMs - clock.now(), signal);
    }
    return this.finish();
  }

  private async waitForRate(endMs: number): Promise<boolean> {
    const { clock, signal } = this.options;
    const oldest = this.times.at(-MOST_PER_MINUTE);
    const freeMs = oldest === undefined ? 0 : oldest + MINUTE_MS;
    if (freeMs > endMs) return false;
    if (freeMs > clock.now()) await clock.sleep(freeMs - clock.now(), signal);
    return !signal.aborted;
  }

  private async attempt(row: WaitingEvent): Promise<void> {
    const { clock, timeoutMs, signal } = this.options;
    const nowMs = clock.now();
    noteAttempt(this.db, row.id, nowMs);
    this.times.push(nowMs);
    const post = this.sink.post(AlertEvent.parse(row.event), nowMs);
    const outcome = await send(post, this.sink, timeoutMs, signal).catch(
      (error: unknown): Outcome => ({ kind: 'retry', why: this.sink.redact(messageOf(error)) }),
    );
    this.note(row, outcome);
  }

  private note({ id, attempts }: WaitingEvent, outcome: Outcome): void {
    const nowMs = this.options.clock.now();
    if (outcome.kind === 'accepted') {
      noteSent(this.db, id, nowMs);
      this.done.sent++;
    } else if (outcome.kind === 'refused') {
      noteRefused(this.db, id, outcome.why);
      this.done.refused++;
      this.done.errors.push(`${this.sink.id}: ${outcome.why}`);
    } else {
      const waitMs = Math.min(Math.max(outcome.afterMs ?? 0, backOff(attempts)), LONGEST_BACK_OFF_MS);
      noteLater(this.db, id, nowMs + waitMs, outcome.why);
    }
  }

  private finish(): Delivery {
    for (const row of waitingEvents(this.db, this.sink.id)) {
      if (this.held(row)) this.done.held++;
      else {
        this.done.waiting++;
        if (row.error) this.done.errors.push(`${this.sink.id}: ${row.error}`);
      }
    }
    return this.done;
  }
}

/** Delivers what waits in the outbox, receiver by receiver at once, in order within each key. */
export async function deliver(db: Db, sinks: readonly Sink[], options: DeliverOptions): Promise<Delivery> {
  const all = await Promise.all(sinks.map((sink) => new Courier(db, sink, options).run()));
  const sum = (count: (one: Delivery) => number) => all.reduce((total, one) => total + count(one), 0);
  return {
    sent: sum((one) => one.sent),
    waiting: sum((one) => one.waiting),
    held: sum((one) => one.held),
    refused: sum((one) => one.refused),
    errors: [...new Set(all.flatMap((one) => one.errors))],
  };
}
