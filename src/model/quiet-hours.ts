import { DateTime } from 'luxon';

/** Minutes of the day: [from, to), over midnight where `to` is not after `from`. */
export interface QuietHours {
  fromMinute: number;
  toMinute: number;
}

/** Reads `22:00-07:00`; undefined if the text is no such span. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const match = /^(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)$/.exec(text.trim());
  if (!match) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const isClock = (hour: number, minute: number) => (hour < 24 && minute < 60) || (hour === 24 && minute === 0);
  if (!isClock(fromHour, fromMinute) || !isClock(toHour, toMinute)) return undefined;
  return { fromMinute: fromHour * 60 + fromMinute, toMinute: toHour * 60 + toMinute };
}

/** Whether the clock of the zone is within the span at that time; an empty text has no quiet hours. */
export function isQuiet(text: string, timeMs: number, timeZone: string): boolean {
  const hours = parseQuietHours(text);
  if (!hours || hours.fromMinute === hours.toMinute) return false;
  const { hour, minute } = DateTime.fromMillis(timeMs, { zone: timeZone });
  const now = hour * 60 + minute;
  const { fromMinute: from, toMinute: to } = hours;
  return from < to ? now >= from && now < to : now >= from || now < to;
}
