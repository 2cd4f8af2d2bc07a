import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/window.js';
import { hourGrid, hourlyMeans, integrate } from '../../src/spot/hour-grid.js';
import { coveredPieces, meanPrice } from '../../src/spot/step-function.js';
import { steps } from './fixture.js';

/** The day on which New York's clocks go forward. */
const START = Date.parse('2021-03-14T00:00:00Z');
const DAY = { sinceMs: START, untilMs: START + DAY_MS };
const at = (hours: number) => START + hours * HOUR_MS;
const SERIES = steps([
  [at(-1), 1],
  [at(6), 2],
  [at(18), 4],
]);

function meansIn(timeZone: string, window = DAY) {
  const grid = hourGrid(window, timeZone);
  return hourlyMeans(grid, integrate(coveredPieces(SERIES, window), grid));
}

function lengthOf(hour: number, timeZone: string, window = DAY): number {
  const slots = hourGrid(window, timeZone).slots.filter((slot) => slot.hour === hour);
  return slots.reduce((sum, slot) => sum + slot.untilMs - slot.sinceMs, 0);
}

describe('hours of the day', () => {
  it('are exact means of the step function in UTC', () => {
    expect(meansIn('UTC').slice(0, 8)).toEqual([1, 1, 1, 1, 1, 1, 2, 2]);
  });

  it('have no 02:xx on the day the clock goes forward, and the next day goes on', () => {
    expect(meansIn('America/New_York')[2]).toBeNull();
    expect(lengthOf(2, 'America/New_York')).toBe(0);
    expect(lengthOf(19, 'America/New_York')).toBe(2 * HOUR_MS);
  });

  it('have 01:xx twice on the day the clock goes back', () => {
    const sinceMs = Date.parse('2021-11-07T04:00:00Z');
    const window = { sinceMs, untilMs: sinceMs + 25 * HOUR_MS };
    expect(lengthOf(1, 'America/New_York', window)).toBe(2 * HOUR_MS);
    expect(hourGrid(window, 'America/New_York').slots).toHaveLength(25);
  });

  it('are cut at half hours where the zone is off by one', () => {
    const kolkata = meansIn('Asia/Kolkata');
    expect([kolkata[11], kolkata[12], kolkata[23]]).toEqual([1.5, 2, 3]);
  });

  it('are cut at quarters in Kathmandu', () => {
    const first = hourGrid(DAY, 'Asia/Kathmandu').slots[0];
    expect(first).toMatchObject({ hour: 5, untilMs: START + 15 * MINUTE_MS });
  });

  it.each([
    'America/New_York',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Africa/Casablanca',
    'Pacific/Chatham',
    'Pacific/Apia',
  ])('are those of the clock the whole year long: %s', (timeZone) => {
    const window = { sinceMs: Date.parse('2011-01-01T00:00:00Z'), untilMs: Date.parse('2012-01-05T00:00:00Z') };
    const wrong = hourGrid(window, timeZone).slots.filter(({ sinceMs, untilMs, hour, day }) => {
      const [first, last] = [sinceMs, untilMs - 1].map((ms) => DateTime.fromMillis(ms, { zone: timeZone }));
      const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
      return first?.hour !== hour || last?.hour !== hour || first.toISODate() !== date;
    });
    expect(wrong).toEqual([]);
  });

  it('add up to the mean of the window, in any zone', () => {
    const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 1, max: 60 * 60 }), (timeZone, minutes) => {
        const window = { sinceMs: START + 7 * MINUTE_MS, untilMs: START + (7 + minutes) * MINUTE_MS };
        const pieces = coveredPieces(SERIES, window);
        const { coveredMs, usdMs } = integrate(pieces, hourGrid(window, timeZone));
        const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
        expect(sum(usdMs) / sum(coveredMs)).toBeCloseTo(meanPrice(pieces, window)?.mean ?? Number.NaN, 10);
      }),
    );
  });
});
