import { describe, expect, it } from 'vitest';
import { dailySchedule, scheduleZone, withHour } from '../../src/spot/cron.js';

describe('a schedule', () => {
  it.each([
    ['30 2 * * *', { minute: 30, hour: 2 }],
    ['0 2 * * 1-5', { minute: 0, hour: 2 }],
    ['@daily', { minute: 0, hour: 0 }],
    ['15 30 2 * * *', { minute: 30, hour: 2 }],
    ['CRON_TZ=Europe/Berlin 5 4 * * *', { minute: 5, hour: 4 }],
    ['0 */2 * * *', undefined],
    ['0 2,14 * * *', undefined],
    ['@hourly', undefined],
    ['@every 24h', undefined],
    ['0 24 * * *', undefined],
    ['', undefined],
  ])('%s starts at one time of the day: %o', (schedule, daily) => {
    expect(dailySchedule(schedule)).toEqual(daily);
  });

  it.each([
    ['30 2 * * 1-5', '30 4 * * 1-5'],
    ['@daily', '0 4 * * *'],
    ['CRON_TZ=Europe/Berlin 5 2 * * *', 'CRON_TZ=Europe/Berlin 5 4 * * *'],
  ])('%s at another hour is %s', (schedule, moved) => {
    expect(withHour(schedule, 4)).toBe(moved);
  });

  it('may name its zone', () => {
    expect(scheduleZone('TZ=Asia/Kolkata 0 2 * * *')).toBe('Asia/Kolkata');
    expect(scheduleZone('0 2 * * *')).toBeUndefined();
  });
});
