import { describe, expect, it } from 'vitest';
import { conjuncts, scansOf } from '../../../src/analyzers/derived/spark-scan.js';
import { recorded } from '../spark/runs.js';

describe('the conditions of a filter', () => {
  it.each([
    ['(a > 1)', ['a > 1']],
    ['(isnotnull(a) AND (a > 1))', ['isnotnull(a)', 'a > 1']],
    ['((a > 1) AND (b < 2)) AND c', ['a > 1', 'b < 2', 'c']],
    ['((a > 1) OR (b AND c))', ['(a > 1) OR (b AND c)']],
    ['f(a AND b)', ['f(a AND b)']],
    ['((a', ['((a']],
  ])('%s', (text, parts) => {
    expect(conjuncts(text)).toEqual(parts);
  });
});

describe('scans of a recorded run', () => {
  it('tell files, rows, partitions and filters', async () => {
    const [scan] = scansOf(await recorded('noPruning'));
    expect(scan).toMatchObject({
      location: 'file:/data/tables/by_day',
      files: 30,
      partitions: 30,
      rows: 180_000,
      partitionFilters: [],
      pushed: ['GreaterThanOrEqual(ts,2332800)'],
    });
    expect(scan?.stage?.stageId).toBe(1);
  });

  it('name the function of a filter that no source takes', async () => {
    const [scan] = scansOf(await recorded('noPushdown'));
    expect(scan?.udfs[0]).toContain('<lambda>(id');
  });
});
