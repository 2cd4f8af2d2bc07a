import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../src/bench/limits.js';
import { UsageError } from '../../src/model/errors.js';

describe('limits', () => {
  it.each([
    ['cost +3 %', 'cost', 'relative', 3],
    ['time+5%', 'time', 'relative', 5],
    ['time < 90 s', 'time', 'budget', 90],
    ['time <= 2min', 'time', 'budget', 120],
    ['cost < $0.50', 'cost', 'budget', 0.5],
    ['peakRss <= 2 GiB', 'peakRss', 'budget', 2 ** 31],
    ['failedTasks < 1', 'failedTasks', 'budget', 1],
  ])('reads %s', (text, metric, kind, value) => {
    expect(parseLimit(text)).toMatchObject({ metric, kind, value });
  });

  it.each(['time', 'speed +3 %', 'time < 3 GiB', 'cost + 3', '+3 %', ''])(
    'refuses %j in one line with a hint',
    (text) => {
      expect(() => parseLimit(text)).toThrow(UsageError);
      expect(() => parseLimit(text)).toThrow(`'${text}'`);
    },
  );
});
