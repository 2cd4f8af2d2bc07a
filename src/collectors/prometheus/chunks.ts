import type { Gap } from '../../model/sources.js';
import { HOUR_MS, hourOf, SECOND_MS, type Window } from '../../model/window.js';

const MAX_HOURS = 6;
/** Points of one answer that are held at once: about 50 MB. */
const MAX_POINTS = 400_000;
/** Scrapes and remote writes may be late by this much; an hour is complete only then. */
const SETTLE_MS = 5 * 60 * SECOND_MS;

/** Consecutive hours that are read and written together, `[fromMs, toMs)`. */
export interface Chunk {
  fromMs: number;
  toMs: number;
  /** The end of the last hour in it that is over. */
  completeMs: number;
}

/** The chunk that begins at an hour: as many hours as the number of containers allows. */
export function chunkAt(fromMs: number, untilMs: number, containers: number, stepSeconds: number): Chunk {
  const pointsPerHour = Math.max(1, containers) * (3600 / stepSeconds);
  const hours = Math.min(MAX_HOURS, Math.max(1, Math.floor(MAX_POINTS / pointsPerHour)));
  const toMs = Math.min(fromMs + hours * HOUR_MS, untilMs);
  return { fromMs, toMs, completeMs: Math.max(fromMs, hourOf(toMs)) };
}

/** Where the next run goes on: the end of the last hour that will not change any more. */
export function settledHour(chunk: Chunk, untilMs: number): number {
  return Math.min(chunk.completeMs, hourOf(untilMs - SETTLE_MS));
}

/** Finds times without any sample between the first and the end: each missing stretch of more than two steps. */
export class HoleFinder {
  readonly gaps: Gap[] = [];
  #lastMs: number | undefined;

  /** `lastMs`: when data was last there before what is read now; undefined if never. */
  constructor(lastMs: number | undefined) {
    this.#lastMs = lastMs;
  }

  /** Times at which there was any sample, in any order, all later than those before. */
  add(times: Iterable<number>, stepSeconds: number): void {
    for (const time of [...new Set(times)].sort((a, b) => a - b)) this.#reach(time, stepSeconds);
  }

  end(untilMs: number, stepSeconds: number): Gap[] {
    this.#reach(untilMs, stepSeconds);
    return this.gaps;
  }

  #reach(timeMs: number, stepSeconds: number): void {
    const last = this.#lastMs;
    this.#lastMs = timeMs;
    if (last === undefined || timeMs - last <= 3 * stepSeconds * SECOND_MS) return;
    this.gaps.push({ sinceMs: last, untilMs: timeMs, why: 'Prometheus holds no container metrics' });
  }
}

/** The hours to read: from the cursor unless the user named a start. Undefined if there is nothing new. */
export function readWindow(window: Window, sinceGiven: boolean, cursor: string | undefined): Window | undefined {
  const cursorMs = cursor === undefined ? Number.NaN : Number(cursor);
  const sinceMs = sinceGiven || !Number.isFinite(cursorMs) ? hourOf(window.sinceMs) : cursorMs;
  return sinceMs < window.untilMs ? { sinceMs, untilMs: window.untilMs } : undefined;
}
