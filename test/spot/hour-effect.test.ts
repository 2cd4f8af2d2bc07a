import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/model/window.js';
import { hourEffect } from '../../src/spot/hour-effect.js';
import { hourGrid, integrate } from '../../src/spot/hour-grid.js';
import { coveredPieces, type PriceSteps } from '../../src/spot/step-function.js';
import { readRecords, steps, WINDOW } from './fixture.js';

const PLANTED = readRecords('planted-hours.csv.gz');

function stepsOf(instanceType: string, zone = 'us-east-1a', records = PLANTED): PriceSteps {
  const own = records.filter((record) => record.instanceType === instanceType && record.zone === zone);
  return steps(own.map(({ atMs, usdPerHour }) => [atMs, usdPerHour] as const).sort(([a], [b]) => a - b));
}

function effectOf(series: PriceSteps, timeZone = 'UTC', runHours = 1, window = WINDOW) {
  const grid = hourGrid(window, timeZone);
  const sums = integrate(coveredPieces(series, window), grid);
  return hourEffect(grid, sums, { runHours, minSavingPercent: 2, maxP: 0.05 });
}

describe('whether the start hour matters', () => {
  it('finds hours planted in New York across its clock change, with their size', () => {
    const effect = effectOf(stepsOf('x9a.4xlarge'), 'America/New_York');
    expect(effect).toMatchObject({ matters: true, hours: [2, 3, 4, 5], p: 0.001 });
    expect(effect.savingPercent).toBeCloseTo(6, 0);
  });

  it('finds them in UTC too, where the hour they share with the time before the change is left out', () => {
    expect(effectOf(stepsOf('x9a.4xlarge'))).toMatchObject({ matters: true, hours: [6, 7, 8, 9] });
  });

  it('finds 3 % over six hours', () => {
    const effect = effectOf(stepsOf('x9b.4xlarge'));
    expect(effect).toMatchObject({ matters: true, hours: [12, 13, 14, 15, 16, 17] });
    expect(effect.savingPercent).toBeCloseTo(3, 0);
  });

  it('refuses noise, as chance', () => {
    const effect = effectOf(stepsOf('x9c.4xlarge'));
    expect(effect).toMatchObject({ matters: false, hours: [] });
    expect(effect.p).toBeGreaterThan(0.05);
  });

  it('refuses 0.8 %, which is real but too little', () => {
    const effect = effectOf(stepsOf('x9d.4xlarge'));
    expect(effect).toMatchObject({ matters: false, hours: [], p: 0.001 });
    expect(effect.savingPercent).toBeCloseTo(0.8, 1);
  });

  it.each(['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d', 'us-east-1f'])(
    'refuses real prices of %s',
    (zone) => {
      const effect = effectOf(stepsOf('r5.4xlarge', zone, readRecords('spot.csv.gz')));
      expect(effect.matters).toBe(false);
      expect(effect.savingPercent).toBeLessThan(0.7);
    },
  );

  it('prices a run over its length: with a longer one, starting earlier is as good', () => {
    expect(effectOf(stepsOf('x9a.4xlarge'), 'America/New_York', 2.5).hours).toEqual([1, 2, 3, 4]);
  });

  it('does not take a price that rises every day for a cheap midnight', () => {
    const rising = steps(Array.from({ length: 89 * 24 }, (_, i) => [WINDOW.sinceMs + i * HOUR_MS, 1 * 1.002 ** i]));
    const effect = effectOf(rising);
    expect(effect.matters).toBe(false);
  });

  it('does not take one day of low prices for an hour', () => {
    const dip = WINDOW.sinceMs + 40 * DAY_MS + 3 * HOUR_MS;
    const flat = Array.from({ length: 89 * 24 }, (_, i) => [WINDOW.sinceMs + i * HOUR_MS, 1] as const);
    const dipped = flat.map(([time, price]) => [time, time >= dip && time < dip + 4 * HOUR_MS ? 0.01 : price] as const);
    const effect = effectOf(steps(dipped));
    expect(effect.p).toBeGreaterThan(0.05);
  });

  it('says nothing about fewer than seven days', () => {
    const window = { sinceMs: WINDOW.sinceMs, untilMs: WINDOW.sinceMs + 6 * DAY_MS };
    expect(effectOf(stepsOf('x9a.4xlarge'), 'UTC', 1, window)).toMatchObject({
      matters: false,
      p: null,
      savingPercent: null,
    });
  });

  it('gives the same p each time', () => {
    expect(effectOf(stepsOf('x9c.4xlarge')).p).toBe(effectOf(stepsOf('x9c.4xlarge')).p);
  });
});
