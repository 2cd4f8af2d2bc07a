import { readFileSync } from 'node:fs';
import { Distribution } from '../../src/model/distribution.js';
import { HOUR_MS } from '../../src/model/window.js';
import type { SizingHour } from '../../src/recommend/folds.js';

export type Shape = 'level-change' | 'daily-peak' | 'steady';

/** Recorded CPU use (test/fixtures/usage) as shares of a machine, one per 5 minutes. */
export function recordedLoad(shape: Shape): number[] {
  const lines = readFileSync(`test/fixtures/usage/${shape}.csv`, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => Number(line) / 100);
}

/** The first `days` of a series of 5-minute samples, as the hours that sizing reads. */
export function sizingHours(samples: readonly number[], days: number, sinceMs = 0): SizingHour[] {
  return Array.from({ length: days * 24 }, (_, hour) => {
    const values = samples.slice(hour * 12, hour * 12 + 12);
    return { hourMs: sinceMs + hour * HOUR_MS, cpu: Distribution.of(values), memoryMaxBytes: null };
  });
}
