import { describe, expect, it } from 'vitest';
import type { SparkRunRow } from '../../src/model/report.js';
import { sparkTimeChart } from '../../src/reports/charts/spark-time.js';
import { sampleReport } from './sample.js';

/** A run of parts of so many seconds each, named p0, p1 … in the order of time. */
function rowOf(appId: string, ...seconds: number[]): SparkRunRow {
  return {
    appId,
    name: appId,
    family: appId,
    startedAt: null,
    wallSeconds: seconds.reduce((sum, each) => sum + each, 0),
    parts: seconds.map((each, i) => ({ part: `p${i}`, seconds: each })),
  };
}

function chartOf(...sparkRuns: SparkRunRow[]) {
  const chart = sparkTimeChart({ ...sampleReport(), sparkRuns });
  if (!chart) throw new Error('no chart');
  return chart;
}

describe('where the time of runs went', () => {
  it('tells the largest parts in their order, and only what is small together', () => {
    const { table, answer } = chartOf(rowOf('a', 10, 1, 10, 2, 10, 10, 10, 10, 40, 10));

    expect(table.head.slice(4)).toEqual(['p0', 'p2', 'p4', 'p5', 'p6', 'p7', 'p8', 'other']);
    expect(table.rows[0]?.at(-1)).toBe('13 s');
    expect(answer).toMatch(/: 35 % of it was p8\.$/);
  });

  it('keeps what is large in one run of several', () => {
    const { table } = chartOf(rowOf('a', 20, 20, 20, 20, 20, 20, 20, 1, 1), rowOf('b', 1, 1, 1, 1, 1, 1, 1, 1, 40));
    expect(table.head).toContain('p8');
  });

  it('needs no other where there is a colour for each', () => {
    expect(chartOf(rowOf('a', 1, 2, 3, 4, 5, 6, 7, 8)).table.head).not.toContain('other');
  });
});
