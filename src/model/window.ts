import { DateTime } from 'luxon';
import { UsageError } from './errors.js';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const HOURS_PER_DAY = 24;
export const DAY_MS = HOURS_PER_DAY * HOUR_MS;

/** Hours in a month, the industry's convention: 8,760 / 12. */
export const HOURS_PER_MONTH = 730;

/** The half-open range of time `[sinceMs, untilMs)` that an answer covers, in epoch milliseconds UTC. */
export interface Window {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const UNITS: Record<string, number> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };

/** Milliseconds of a length such as `90m`, `36h`, `7d`, `2w`; undefined if the text is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text.trim());
  const unit = match?.[2] && UNITS[match[2]];
  return match && unit ? Number(match[1]) * unit : undefined;
}

/** Epoch milliseconds of `now`, an ISO 8601 time (UTC unless it names an offset) or a length before `nowMs`. */
export function parseTimeMs(text: string, nowMs: number, option: string): number {
  if (text === 'now') return nowMs;
  const length = parseDurationMs(text);
  if (length !== undefined) return nowMs - length;
  const time = readIsoMs(text);
  if (time === undefined) {
    throw new UsageError(`${option} '${text}' is no time`, {
      hint: 'Give a length back from now (90m, 36h, 7d, 2w) or an ISO 8601 time (2026-05-01, 2026-05-01T06:00:00Z).',
    });
  }
  return time;
}

/** Only with a date: a bare `14` is a forgotten unit and not two o'clock today, as luxon would have it. */
function readIsoMs(text: string): number | undefined {
  const time = /^\d{4}-?\d\d/.test(text) ? DateTime.fromISO(text, { zone: 'utc' }) : undefined;
  return time?.isValid ? time.toMillis() : undefined;
}

/** Whether `parseTimeMs` understands the text. */
export function isTime(text: string): boolean {
  return text === 'now' || parseDurationMs(text) !== undefined || readIsoMs(text) !== undefined;
}

/**
 * The window that `--since` and `--until` name. A length given as `--since` counts back from `--until`.
 * @throws UsageError if a time cannot be read or the window is empty.
 */
export function parseWindow(options: { since?: string; until?: string }, defaultSince: string, nowMs: number): Window {
  const untilMs = parseTimeMs(options.until ?? 'now', nowMs, '--until');
  const sinceMs = parseTimeMs(options.since ?? defaultSince, untilMs, '--since');
  if (sinceMs >= untilMs) {
    throw new UsageError(`the window is empty: ${formatTime(sinceMs)} is not before ${formatTime(untilMs)}`, {
      hint: 'Give a --since that lies before --until.',
    });
  }
  return { sinceMs, untilMs };
}

export function windowHours(window: Window): number {
  return (window.untilMs - window.sinceMs) / HOUR_MS;
}

/** The start of the UTC hour that holds `timeMs`. */
export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** `02:00`, of an hour of the day. */
export function clockHour(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

/** `2021-05-31 00:00 UTC`, or in the named zone. */
export function formatTime(timeMs: number, zone = 'utc'): string {
  const time = DateTime.fromMillis(timeMs, { zone });
  return `${time.toFormat('yyyy-MM-dd HH:mm')} ${zone === 'utc' || zone === 'UTC' ? 'UTC' : zone}`;
}

export function formatWindow(window: Window): string {
  return `${formatTime(window.sinceMs).replace(' UTC', '')} to ${formatTime(window.untilMs)}`;
}
