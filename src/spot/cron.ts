/** The part of a cron expression that a change of the start hour touches. */
export interface DailySchedule {
  minute: number;
  hour: number;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

function fieldsOf(schedule: string): string[] {
  const text = schedule.trim().replace(/^(CRON_)?TZ=\S+\s+/, '');
  const fields = (MACROS[text] ?? text).split(/\s+/);
  // Six fields: seconds first, as the Spark operator's robfig/cron allows.
  return fields.length === 6 ? fields.slice(1) : fields;
}

/** Minute and hour of a schedule that starts at one time of the day; undefined for any other. */
export function dailySchedule(schedule: string): DailySchedule | undefined {
  const fields = fieldsOf(schedule);
  const [minute = '', hour = ''] = fields;
  if (fields.length !== 5 || !/^\d{1,2}$/.test(minute) || !/^\d{1,2}$/.test(hour)) return undefined;
  if (Number(minute) > 59 || Number(hour) > 23) return undefined;
  return { minute: Number(minute), hour: Number(hour) };
}

/** The zone that the expression itself names (`CRON_TZ=Europe/Berlin 0 2 * * *`). */
export function scheduleZone(schedule: string): string | undefined {
  return /^(?:CRON_)?TZ=(\S+)\s/.exec(schedule.trim())?.[1];
}

/** The same schedule at another hour. */
export function withHour(schedule: string, hour: number): string {
  const prefix = /^(CRON_)?TZ=\S+\s+/.exec(schedule.trim())?.[0] ?? '';
  const [minute = '0', , ...rest] = fieldsOf(schedule);
  return `${prefix}${[minute, hour, ...rest].join(' ')}`;
}
