import { describe, expect, it } from 'vitest';
import { type Load, NO_LOAD } from '../../src/model/load.js';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { dailyLoad } from '../../src/recommend/daily-load.js';

const cores = (cpuCores: number): Load => ({ ...NO_LOAD, cpuCores });

/** Days of hours, each with the cores that were held. */
function daily(days: number, coresOf: (day: number, hour: number) => number) {
  const hours = Array.from({ length: days * 24 }, (_, i) => {
    const load = cores(coresOf(Math.floor(i / 24), i % 24));
    return { hourMs: Math.floor(i / 24) * DAY_MS + (i % 24) * HOUR_MS, load, largest: load };
  });
  return dailyLoad(hours).map(({ highest, recurring, allDay }) => ({
    highest: highest.cpuCores,
    comes: recurring.cpuCores - allDay.cpuCores,
  }));
}

describe('load by hour of the day', () => {
  it('tells what comes each night from what is there all day', () => {
    const load = daily(4, (_, hour) => (hour === 2 ? 7 : 1));
    expect(load[2]).toEqual({ highest: 7, comes: 6 });
    expect(load[3]).toEqual({ highest: 1, comes: 0 });
  });

  it.each([
    ['once', [3], 0],
    ['twice', [3, 10], 6],
    ['on working days', [0, 1, 2, 3, 4, 7, 8, 9, 10, 11], 6],
  ])('takes what came %s of 14 days for what comes again or not', (_, days, comes) => {
    const load = daily(14, (day, hour) => (hour === 2 && days.includes(day) ? 7 : 1));
    expect(load[2]).toEqual({ highest: 7, comes });
  });

  it('does not take for a guest what was there for days and has moved', () => {
    expect(daily(4, (day) => (day < 3 ? 7 : 1)).map(({ comes }) => comes)).toEqual(Array(24).fill(0));
  });

  it('knows nothing of hours that were not measured', () => {
    expect(dailyLoad([])[5]).toEqual({ highest: NO_LOAD, recurring: NO_LOAD, allDay: NO_LOAD, largest: NO_LOAD });
  });
});
