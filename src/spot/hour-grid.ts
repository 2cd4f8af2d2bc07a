import { IANAZone } from 'luxon';
import { DAY_MS, HOUR_MS, HOURS_PER_DAY, MINUTE_MS, type Window } from '../model/window.js';
import type { Piece } from './step-function.js';

/** All zones in use today differ from UTC by a multiple of this, so an hour of any of them begins on such a mark. */
const MARK_MS = 15 * MINUTE_MS;

/** A stretch of the window within one hour of one local day; at most an hour long. */
interface HourSlot {
  sinceMs: number;
  untilMs: number;
  /** 0 to 23 on the clock of the zone. */
  hour: number;
  /** Local days since 1970. */
  day: number;
}

/** The window cut at the full hours of a zone's clock. When a clock goes back, an hour has two slots; forward, none. */
export interface HourGrid {
  readonly timeZone: string;
  readonly slots: readonly HourSlot[];
}

/** A zone's offset from UTC at ascending times. Asking the zone is slow, and no zone changes twice within a day. */
function offsetsOf(zone: IANAZone): (timeMs: number) => number {
  let [day, atStart, atEnd] = [Number.NaN, 0, 0];
  return (timeMs) => {
    const of = Math.floor(timeMs / DAY_MS);
    if (of !== day) {
      atStart = of === day + 1 ? atEnd : zone.offset(of * DAY_MS);
      atEnd = zone.offset((of + 1) * DAY_MS);
      day = of;
    }
    return (atStart === atEnd ? atStart : zone.offset(timeMs)) * MINUTE_MS;
  };
}

export function hourGrid(window: Window, timeZone: string): HourGrid {
  const offsetMs = offsetsOf(IANAZone.create(timeZone));
  const slots: HourSlot[] = [];
  let last: HourSlot | undefined;
  for (let mark = Math.floor(window.sinceMs / MARK_MS) * MARK_MS; mark < window.untilMs; mark += MARK_MS) {
    const local = mark + offsetMs(mark);
    const day = Math.floor(local / DAY_MS);
    const hour = Math.floor((local - day * DAY_MS) / HOUR_MS);
    const untilMs = Math.min(mark + MARK_MS, window.untilMs);
    const goesOn = last?.hour === hour && last.day === day && mark - last.sinceMs < HOUR_MS;
    if (last && goesOn) last.untilMs = untilMs;
    else {
      last = { sinceMs: Math.max(mark, window.sinceMs), untilMs, hour, day };
      slots.push(last);
    }
  }
  return { timeZone, slots };
}

/** Covered time and price × time per slot of a grid. */
export interface SlotSums {
  readonly coveredMs: Float64Array;
  readonly usdMs: Float64Array;
}

/** Exact integrals of the step function over each slot: both lists are in order, so one pass does. */
export function integrate(pieces: readonly Piece[], { slots }: HourGrid): SlotSums {
  const coveredMs = new Float64Array(slots.length);
  const usdMs = new Float64Array(slots.length);
  let first = 0;
  for (const piece of pieces) {
    while (first < slots.length && (slots[first]?.untilMs ?? 0) <= piece.sinceMs) first++;
    for (let i = first; i < slots.length; i++) {
      const slot = slots[i];
      if (!slot || slot.sinceMs >= piece.untilMs) break;
      const length = Math.min(slot.untilMs, piece.untilMs) - Math.max(slot.sinceMs, piece.sinceMs);
      coveredMs[i] = (coveredMs[i] ?? 0) + length;
      usdMs[i] = (usdMs[i] ?? 0) + length * piece.usdPerHour;
    }
  }
  return { coveredMs, usdMs };
}

/** Mean price per hour of the day, weighted by covered time; null where an hour is not covered at all. */
export function hourlyMeans({ slots }: HourGrid, { coveredMs, usdMs }: SlotSums): (number | null)[] {
  const covered = new Float64Array(HOURS_PER_DAY);
  const usd = new Float64Array(HOURS_PER_DAY);
  for (const [i, { hour }] of slots.entries()) {
    covered[hour] = (covered[hour] ?? 0) + (coveredMs[i] ?? 0);
    usd[hour] = (usd[hour] ?? 0) + (usdMs[i] ?? 0);
  }
  return Array.from(usd, (sum, hour) => (covered[hour] ? sum / (covered[hour] ?? 0) : null));
}
