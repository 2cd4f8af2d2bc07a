import { describe, expect, it } from 'vitest';
import { HOURS_PER_MONTH } from '../../src/model/window.js';
import { hourlyRate } from '../../src/spot/advisor.js';
import {
  availability,
  monthlyShare,
  poissonInterval,
  ratePerNodeHour,
  seenMonthlyPercent,
} from '../../src/spot/seen.js';

const hour = (runningHours: number, interruptions: number, waitingHours = 0) => ({
  runningHours,
  interruptions,
  waitingHours,
});
const advisor = { bucket: 1, label: '5-10%', fromPercent: 5, perNodeHour: hourlyRate(0.1), asOf: '2025-07-28' };

describe('poissonInterval', () => {
  // Exact limits by chi-square quantiles (Garwood 1936).
  it.each([
    [0, 0, 3.689],
    [1, 0.0253, 5.572],
    [2, 0.2422, 7.225],
    [5, 1.6235, 11.668],
    [10, 4.7954, 18.39],
    [100, 81.364, 121.627],
  ])('of %s is near the exact one', (count, low, high) => {
    const [from, to] = poissonInterval(count);
    expect(Math.abs(from - low)).toBeLessThan(0.02 + low * 0.02);
    expect(Math.abs(to / high - 1)).toBeLessThan(0.02);
  });
});

describe('ratePerNodeHour', () => {
  it('is the Spot Advisor’s where nothing was seen', () => {
    expect(ratePerNodeHour(undefined, advisor)).toBeCloseTo(advisor.perNodeHour, 12);
  });

  it('moves to what was seen as hours add up, and never to none at once', () => {
    const at = (hours: number) => ratePerNodeHour(hour(hours, 0), advisor) ?? Number.NaN;
    expect(at(24)).toBeGreaterThan(advisor.perNodeHour * 0.95);
    expect(at(HOURS_PER_MONTH)).toBeCloseTo(advisor.perNodeHour / 2, 12);
    expect(at(100 * HOURS_PER_MONTH)).toBeLessThan(advisor.perNodeHour / 100);
    expect(ratePerNodeHour(hour(100_000, 1000), advisor)).toBeCloseTo(0.01, 3);
  });

  it('without the Spot Advisor is known after a month, and not zero', () => {
    expect(ratePerNodeHour(hour(700, 0), undefined)).toBeNull();
    expect(ratePerNodeHour(hour(730, 0), undefined)).toBeCloseTo(1 / 730, 12);
  });
});

it('a month at the rate of a monthly share is that share', () => {
  expect(monthlyShare(hourlyRate(0.15))).toBeCloseTo(0.15, 12);
  expect(seenMonthlyPercent(hour(0, 0))).toBeNull();
  const [low, high] = seenMonthlyPercent(hour(7300, 1)) ?? [Number.NaN, Number.NaN];
  expect(low).toBeGreaterThan(0);
  expect(low).toBeLessThan((1 - Math.exp(-0.1)) * 100);
  expect(high).toBeGreaterThan((1 - Math.exp(-0.1)) * 100);
});

it('availability is the share of the wanted time that ran; nothing wanted is not known', () => {
  expect(availability(hour(30, 0, 10))).toBe(0.75);
  expect(availability(hour(0, 0))).toBeNull();
});
