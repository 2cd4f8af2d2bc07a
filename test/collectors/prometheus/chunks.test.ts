import { describe, expect, it } from 'vitest';
import { chunkAt, HoleFinder, readWindow, settledHour } from '../../../src/collectors/prometheus/chunks.js';
import { cpuCores, resolutionOf } from '../../../src/collectors/prometheus/queries.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/model/window.js';

describe('chunkAt', () => {
  it('takes six hours of a small cluster and fewer of a large one, but always one', () => {
    const hours = (containers: number) => (chunkAt(0, 100 * HOUR_MS, containers, 300).toMs - 0) / HOUR_MS;
    expect(hours(0)).toBe(6);
    expect(hours(100)).toBe(6);
    expect(hours(10_000)).toBe(3);
    expect(hours(1_000_000)).toBe(1);
  });

  it('ends with the window, and knows which hours are over', () => {
    const untilMs = 2 * HOUR_MS + 20 * MINUTE_MS;
    const chunk = chunkAt(0, untilMs, 1, 300);
    expect(chunk).toEqual({ fromMs: 0, toMs: untilMs, completeMs: 2 * HOUR_MS });
    expect(settledHour(chunk, untilMs)).toBe(2 * HOUR_MS);
    expect(settledHour(chunkAt(0, 2 * HOUR_MS, 1, 300), 2 * HOUR_MS)).toBe(HOUR_MS);
  });
});

describe('HoleFinder', () => {
  it('names a stretch of more than three steps, not less, and not the time before the first sample', () => {
    const finder = new HoleFinder(undefined);
    finder.add([1_000_000, 1_300_000, 2_200_000], 300);
    finder.add([4_000_000], 300);
    const why = 'Prometheus holds no container metrics';
    expect(finder.end(4_300_000, 300)).toEqual([{ sinceMs: 2_200_000, untilMs: 4_000_000, why }]);
  });

  it('counts from where data was before, and to the end', () => {
    const finder = new HoleFinder(0);
    finder.add([HOUR_MS], 300);
    expect(finder.end(2 * HOUR_MS, 300)).toHaveLength(2);
  });
});

describe('readWindow', () => {
  const window = { sinceMs: 10.5 * HOUR_MS, untilMs: 20 * HOUR_MS };

  it('begins at a whole hour on the first run and at the cursor later', () => {
    expect(readWindow(window, false, undefined)?.sinceMs).toBe(10 * HOUR_MS);
    expect(readWindow(window, false, String(18 * HOUR_MS))?.sinceMs).toBe(18 * HOUR_MS);
  });

  it('begins where the user says, whatever the cursor', () => {
    expect(readWindow(window, true, String(18 * HOUR_MS))?.sinceMs).toBe(10 * HOUR_MS);
  });

  it('has nothing to read where the cursor is past the window', () => {
    expect(readWindow(window, false, String(20 * HOUR_MS))).toBeUndefined();
  });
});

describe('resolutionOf', () => {
  it.each([
    [300, 30, 300],
    [300, 300, 300],
    [60, 300, 300],
    [420, 60, 450],
    [300, 901, 1200],
    [300, 7200, 3600],
  ])('asks for %i s with scrapes every %i s: a step of %i s', (asked, scrapes, step) => {
    expect(resolutionOf(asked, scrapes).stepSeconds).toBe(step);
  });

  it('takes a rate over the step where scrapes are dense, else the rate between the last two', () => {
    expect(cpuCores({ stepSeconds: 300, scrapeSeconds: 30 })).toMatch(/[^i]rate\(.*\[300s\]/);
    expect(cpuCores({ stepSeconds: 300, scrapeSeconds: 277 })).toMatch(/irate\(.*\[831s\]\).* < 300/);
  });
});
