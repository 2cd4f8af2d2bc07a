import { DateTime } from 'luxon';
import { DAY_MS, HOUR_MS } from '../model/window.js';
import { medianOf } from '../statistics/ranks.js';

/** What a UTC day cost in the hours of it that were measured. */
export interface DayCost {
  dayMs: number;
  usd: number;
  hours: number;
}

export interface Forecast {
  /** `2021-05`. */
  month: string;
  usd: number;
  /** 95 % interval. */
  low: number;
  high: number;
  /** What was measured of the month. */
  knownUsd: number;
  /** Days of measured time that it rests on. */
  days: number;
}

export interface Trend {
  usdPerDayBefore: number;
  usdPerDayAfter: number;
  changePercent: number;
  /** Days on each side. */
  days: [before: number, after: number];
}

const HOURS_OF_DAY = 24;
/** A day says what a day costs from so many measured hours on. */
const ENOUGH_HOURS = 12;
/** Fewer days than this say nothing of a month. */
export const LEAST_DAYS = 3;
/** A weekday of its own needs so many of it. */
const LEAST_OF_WEEKDAY = 2;
const TREND_DAYS = 7;

export const perDay = ({ usd, hours }: DayCost): number => (usd / hours) * HOURS_OF_DAY;
export const weekdayOf = (dayMs: number): number => new Date(dayMs).getUTCDay();

/** The days that say what a day costs. */
export function fullDays<T extends DayCost>(days: readonly T[]): T[] {
  return days.filter(({ hours }) => hours >= ENOUGH_HOURS);
}

/** What a day of this weekday costs: the median of its like, of all days where there are too few; the day itself is left out. */
export function expectedOn(dayMs: number, days: readonly DayCost[]): number | undefined {
  const others = days.filter((day) => day.dayMs !== dayMs);
  const alike = others.filter((day) => weekdayOf(day.dayMs) === weekdayOf(dayMs));
  const from = alike.length >= LEAST_OF_WEEKDAY ? alike : others;
  return from.length > 0 ? medianOf(from.map(perDay)) : undefined;
}

/**
 * What the calendar month (UTC) that holds `atMs` will have cost: what was measured, and for each hour that was not the
 * usual cost of its weekday. The interval is that of the sum of independent days. Undefined with too few days.
 */
export function monthForecast(all: readonly DayCost[], atMs: number): Forecast | undefined {
  const days = fullDays(all);
  if (days.length < LEAST_DAYS) return undefined;
  const at = DateTime.fromMillis(atMs, { zone: 'utc' });
  const [from, to] = [at.startOf('month').toMillis(), at.startOf('month').plus({ months: 1 }).toMillis()];
  const known = new Map(all.map((day) => [day.dayMs, day]));
  let [usd, knownUsd, openDays] = [0, 0, 0];
  for (let dayMs = from; dayMs < to; dayMs += DAY_MS) {
    const day = known.get(dayMs);
    const open = 1 - Math.min(1, (day?.hours ?? 0) / HOURS_OF_DAY);
    knownUsd += day?.usd ?? 0;
    openDays += open;
    usd += (day?.usd ?? 0) + open * (expectedOn(dayMs, days) ?? 0);
  }
  const errors = days.map((day) => perDay(day) - (expectedOn(day.dayMs, days) ?? perDay(day)));
  const sd = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / (days.length - 1));
  const margin = 1.96 * sd * Math.sqrt(openDays + openDays ** 2 / days.length);
  const low = Math.max(knownUsd, usd - margin);
  return { month: at.toFormat('yyyy-MM'), usd, low, high: usd + margin, knownUsd, days: days.length };
}

/** The last seven days against the seven before; undefined with fewer than three on a side. */
export function trendOf(all: readonly DayCost[], untilMs: number): Trend | undefined {
  const days = fullDays(all);
  const between = (from: number, to: number) => days.filter(({ dayMs }) => dayMs >= from && dayMs < to);
  const endMs = Math.ceil((untilMs - HOUR_MS) / DAY_MS) * DAY_MS;
  const after = between(endMs - TREND_DAYS * DAY_MS, endMs);
  const before = between(endMs - 2 * TREND_DAYS * DAY_MS, endMs - TREND_DAYS * DAY_MS);
  if (after.length < LEAST_DAYS || before.length < LEAST_DAYS) return undefined;
  const mean = (side: readonly DayCost[]) =>
    (side.reduce((sum, { usd }) => sum + usd, 0) / side.reduce((sum, { hours }) => sum + hours, 0)) * HOURS_OF_DAY;
  const [was, is] = [mean(before), mean(after)];
  return {
    usdPerDayBefore: was,
    usdPerDayAfter: is,
    changePercent: was > 0 ? (is / was - 1) * 100 : 0,
    days: [before.length, after.length],
  };
}
