import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/model/window.js';
import { type DayCost, expectedOn, monthForecast, trendOf } from '../../src/pricing/forecast.js';

/** A Saturday. */
const MAY = Date.parse('2021-05-01T00:00:00Z');

function days(count: number, usdOf: (day: number) => number, hours = 24): DayCost[] {
  return Array.from({ length: count }, (_, i) => ({ dayMs: MAY + i * DAY_MS, usd: (usdOf(i) * hours) / 24, hours }));
}
const isWeekend = (day: number) => day % 7 < 2;

describe('monthForecast', () => {
  it('knows weekends from working days', () => {
    const forecast = monthForecast(
      days(21, (day) => (isWeekend(day) ? 10 : 100)),
      MAY + 21 * DAY_MS - 1,
    );
    // May 2021 has ten days of weekend and 21 others.
    expect(forecast).toMatchObject({ month: '2021-05', days: 21 });
    expect(forecast?.usd).toBeCloseTo(10 * 10 + 21 * 100, 6);
    expect(forecast?.low).toBeCloseTo(forecast?.usd ?? 0, 6);
  });

  it('fills the hours that were not measured with the usual cost, and no others', () => {
    const all = days(10, () => 24);
    const holed = all.map((day, i) => (i === 4 ? { ...day, usd: 3, hours: 3 } : day));
    expect(monthForecast(holed, MAY + 10 * DAY_MS)?.usd).toBeCloseTo(31 * 24, 6);
  });

  it('has an interval that is wider the more days vary, and never below what is known', () => {
    const steady = monthForecast(
      days(10, (day) => 100 + (day % 2)),
      MAY + 10 * DAY_MS,
    );
    const wild = monthForecast(
      days(10, (day) => 100 + 80 * (day % 2)),
      MAY + 10 * DAY_MS,
    );
    const width = (forecast: typeof wild) => (forecast?.high ?? 0) - (forecast?.low ?? 0);
    expect(width(wild)).toBeGreaterThan(10 * width(steady));
    expect(wild?.low).toBeGreaterThanOrEqual(wild?.knownUsd ?? 0);
  });

  it.each([2, 3])('needs three days: %d', (count) => {
    expect(
      monthForecast(
        days(count, () => 1),
        MAY,
      ) === undefined,
    ).toBe(count < 3);
  });
});

describe('expectedOn', () => {
  it('is no opinion of the day itself', () => {
    const all = days(15, () => 5).map((day, i) => (i === 14 ? { ...day, usd: 500 } : day));
    expect(expectedOn(MAY + 14 * DAY_MS, all)).toBe(5);
  });
});

describe('trendOf', () => {
  it('compares the last week with the one before', () => {
    const trend = trendOf(
      days(14, (day) => (day < 7 ? 10 : 15)),
      MAY + 14 * DAY_MS,
    );
    expect(trend?.changePercent).toBeCloseTo(50, 9);
  });

  it('needs three days on either side', () => {
    expect(
      trendOf(
        days(9, () => 1),
        MAY + 9 * DAY_MS,
      ),
    ).toBeUndefined();
  });
});
