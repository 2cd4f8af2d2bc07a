import { describe, expect, it } from 'vitest';
import { Distribution } from '../../src/model/distribution.js';
import { HOUR_MS } from '../../src/model/window.js';
import { cpuSeries, withCurrent } from '../../src/recommend/backtest-series.js';
import { foldsOf } from '../../src/recommend/folds.js';
import { sizeCpu } from '../../src/recommend/size-cpu.js';
import { sizeMemory } from '../../src/recommend/size-memory.js';

function hours(count: number) {
  return Array.from({ length: count }, (_, hour) => ({
    hourMs: hour * HOUR_MS,
    cpu: Distribution.of(Array.from({ length: 12 }, () => (hour === 100 ? 3 : 1))),
    memoryMaxBytes: 1e9 + hour,
  }));
}

describe('the series of a backtest', () => {
  it('spans the whole history in few points, and keeps the highest', () => {
    const folds = foldsOf(hours(30 * 24));
    const { points } = cpuSeries(2, folds);
    expect(points.length).toBeLessThanOrEqual(60);
    expect(points[0]?.[0]).toBe(0);
    expect(points.at(-1)?.[1]).toBe(30 * 24 * HOUR_MS);
    expect(Math.max(...points.map(([, , value]) => value))).toBeGreaterThan(2.9);
    points.slice(1).forEach(([since], i) => {
      expect(since).toBeGreaterThanOrEqual(points[i]?.[1] ?? Number.NaN);
    });
  });

  it('comes with what was chosen before the exam, and what is set today', () => {
    const folds = foldsOf(hours(8 * 24));
    const cpu = sizeCpu(folds, { risk: 'balanced' })?.backtest;
    const memory = sizeMemory(folds)?.backtest;
    expect(cpu?.series).toMatchObject({ unit: 'cores', chosen: cpu?.figures.chosenCores, current: null });
    expect(memory?.series).toMatchObject({ unit: 'bytes', chosen: memory?.figures.chosenBytes });
    expect(cpu && withCurrent(cpu, 4).series?.current).toBe(4);
  });
});
