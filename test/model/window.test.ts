import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/model/errors.js';
import {
  DAY_MS,
  formatTime,
  formatWindow,
  HOUR_MS,
  hourOf,
  isoTime,
  isTime,
  MINUTE_MS,
  parseDurationMs,
  parseTimeMs,
  parseWindow,
} from '../../src/model/window.js';

const NOW = Date.parse('2021-05-31T00:00:00Z');

describe('parseDurationMs', () => {
  it.each([
    ['90m', 90 * MINUTE_MS],
    ['36h', 36 * HOUR_MS],
    ['1.5h', 90 * MINUTE_MS],
    ['7d', 7 * DAY_MS],
    ['2w', 14 * DAY_MS],
  ])('%s', (text, lengthMs) => {
    expect(parseDurationMs(text)).toBe(lengthMs);
  });

  it.each(['', '7', 'd', '7 d', '7y', '-7d', '7D', '7d7h'])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('parseTimeMs', () => {
  it.each([
    ['now', NOW],
    ['1h', NOW - HOUR_MS],
    ['2021-05-01', Date.parse('2021-05-01T00:00:00Z')],
    ['2021-05', Date.parse('2021-05-01T00:00:00Z')],
    ['2021-05-01T06:30:00Z', Date.parse('2021-05-01T06:30:00Z')],
    ['2021-05-01T06:30', Date.parse('2021-05-01T06:30:00Z')],
    ['2021-05-01T06:30:00+02:00', Date.parse('2021-05-01T04:30:00Z')],
  ])('%s', (text, timeMs) => {
    expect(parseTimeMs(text, NOW, '--since')).toBe(timeMs);
    expect(isTime(text)).toBe(true);
  });

  it.each(['', '14', '7', '06', '12:00', 'yesterday', '2021-13-01', '2021-02-30', '7days', '1622419200000'])(
    '%j names the option and what it takes',
    (text) => {
      expect(isTime(text)).toBe(false);
      expect(() => parseTimeMs(text, NOW, '--since')).toThrow(
        expect.objectContaining({
          exitCode: 2,
          message: `--since '${text}' is no time`,
          hint: expect.stringContaining('7d'),
        }),
      );
    },
  );
});

describe('parseWindow', () => {
  it('counts a length back from the end of the window, not from now', () => {
    const window = parseWindow({ since: '7d', until: '2021-05-20' }, '14d', NOW);
    expect(formatWindow(window)).toBe('2021-05-13 00:00 to 2021-05-20 00:00 UTC');
  });

  it('takes the default where nothing is given', () => {
    expect(parseWindow({}, '14d', NOW)).toEqual({ sinceMs: NOW - 14 * DAY_MS, untilMs: NOW });
  });

  it.each([
    { since: '2021-05-20', until: '2021-05-20' },
    { since: '2021-05-21', until: '2021-05-20' },
    { since: '0h' },
  ])('refuses the empty window of %j', (options) => {
    expect(() => parseWindow(options, '14d', NOW)).toThrow(UsageError);
  });
});

describe('times in text', () => {
  it('are UTC, or of the named zone', () => {
    expect(isoTime(NOW)).toBe('2021-05-31T00:00:00Z');
    expect(isoTime(NOW + 5)).toBe('2021-05-31T00:00:00.005Z');
    expect(formatTime(NOW)).toBe('2021-05-31 00:00 UTC');
    expect(formatTime(NOW, 'America/New_York')).toBe('2021-05-30 20:00 America/New_York');
  });

  it('an hour begins where it begins in UTC', () => {
    expect(hourOf(NOW)).toBe(NOW);
    expect(hourOf(NOW - 1)).toBe(NOW - HOUR_MS);
  });
});
