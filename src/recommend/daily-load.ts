import { type Load, least, loadOf, most, NO_LOAD } from '../model/load.js';
import { DAY_MS, HOUR_MS, HOURS_PER_DAY } from '../model/window.js';

/** What the pods of a node held in an hour. */
export interface HeldHour {
  hourMs: number;
  load: Load;
  /** The largest of them, figure by figure. */
  largest: Load;
}

/** What a node held at an hour of the UTC day, over the days of a window. */
export interface HourLoad {
  highest: Load;
  /** What comes again: held on the second fullest of the days, for what came once is no habit; and all of that day. */
  recurring: Load;
  allDay: Load;
  largest: Load;
}

interface DayHour extends HeldHour {
  allDay: Load;
}

function withDays(hours: readonly HeldHour[]): DayHour[] {
  const dayOf = ({ hourMs }: HeldHour) => Math.floor(hourMs / DAY_MS);
  const floors = new Map<number, Load>();
  for (const hour of hours) floors.set(dayOf(hour), least(hour.load, floors.get(dayOf(hour)) ?? hour.load));
  return hours.map((hour) => ({ ...hour, allDay: floors.get(dayOf(hour)) ?? NO_LOAD }));
}

function hourLoad(days: readonly DayHour[]): HourLoad {
  const second = (figure: keyof Load) => {
    const over = ({ load, allDay }: DayHour) => load[figure] - allDay[figure];
    return [...days].sort((a, b) => over(b) - over(a))[1];
  };
  return {
    highest: days.reduce((all, { load }) => most(all, load), NO_LOAD),
    recurring: loadOf((figure) => second(figure)?.load[figure] ?? 0),
    allDay: loadOf((figure) => second(figure)?.allDay[figure] ?? 0),
    largest: days.reduce((all, { largest }) => most(all, largest), NO_LOAD),
  };
}

/** A node's load by hour of the UTC day. */
export function dailyLoad(hours: readonly HeldHour[]): HourLoad[] {
  const all = withDays(hours);
  return Array.from({ length: HOURS_PER_DAY }, (_, hour) =>
    hourLoad(all.filter(({ hourMs }) => Math.floor(hourMs / HOUR_MS) % HOURS_PER_DAY === hour)),
  );
}
