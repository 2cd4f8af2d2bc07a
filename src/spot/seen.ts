import { HOURS_PER_MONTH } from '../model/window.js';
import type { Interruptions } from './advisor.js';

/** What spot machines of this account and cluster did in one hour of the day. */
export interface SeenHour {
  /** Instance-hours that ran. */
  runningHours: number;
  /** Hours that requests waited because there was no capacity. */
  waitingHours: number;
  interruptions: number;
}

/** What was seen of one type in one zone. */
export interface SeenSpot extends SeenHour {
  /** 24, on the clock of `timeZone`. */
  byHour: SeenHour[];
  timeZone: string;
}

/** Share of the wanted time in which there was a machine, 0 to 1; null where none was wanted. */
export function availability({ runningHours, waitingHours }: SeenHour): number | null {
  const wanted = runningHours + waitingHours;
  return wanted > 0 ? runningHours / wanted : null;
}

const Z_95 = 1.959964;

/** 95 % interval of a count's mean, Byar's approximation of the exact Poisson limits (within 2 % from 1 on). */
export function poissonInterval(count: number): [number, number] {
  const edge = (n: number, sign: 1 | -1) => n * (1 - 1 / (9 * n) + (sign * Z_95) / (3 * Math.sqrt(n))) ** 3;
  return [count === 0 ? 0 : edge(count, -1), edge(count + 1, 1)];
}

/** Share of machines that are taken back in a month at so many interruptions per node-hour, 0 to 1. */
export const monthlyShare = (perNodeHour: number): number => 1 - Math.exp(-perNodeHour * HOURS_PER_MONTH);

/** The 95 % interval of the monthly share that was seen, in per cent; null where nothing ran. */
export function seenMonthlyPercent({ interruptions, runningHours }: SeenHour): [number, number] | null {
  if (runningHours <= 0) return null;
  const [low, high] = poissonInterval(interruptions);
  return [monthlyShare(low / runningHours) * 100, monthlyShare(high / runningHours) * 100];
}

/**
 * Interruptions per node-hour: what was seen here, with the Spot Advisor's figure counting as much as one machine's
 * month (a gamma prior), so that a few hours without an interruption do not promise none. Null: neither is known.
 */
export function ratePerNodeHour(seen: SeenHour | undefined, advisor: Interruptions | undefined): number | null {
  const { interruptions, runningHours } = seen ?? { interruptions: 0, runningHours: 0 };
  if (advisor) return (interruptions + advisor.perNodeHour * HOURS_PER_MONTH) / (runningHours + HOURS_PER_MONTH);
  return runningHours >= HOURS_PER_MONTH ? Math.max(interruptions, 1) / runningHours : null;
}

/** `seen here: 2 interruptions in 640 instance-hours`. */
export function seenText({ interruptions, runningHours }: SeenHour): string {
  const count = `${interruptions} ${interruptions === 1 ? 'interruption' : 'interruptions'}`;
  return `seen here: ${count} in ${Math.round(runningHours).toLocaleString('en-US')} instance-hours`;
}
