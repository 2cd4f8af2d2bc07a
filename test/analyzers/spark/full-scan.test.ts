import { describe, expect, it } from 'vitest';
import { fullScan } from '../../../src/analyzers/spark/full-scan.js';
import { evenTasks, findings, judge, metrics, recorded, run, sql, stage } from './runs.js';

describe('spark/full-scan', () => {
  it('finds the table whose 30 partitions are all opened', async () => {
    const [found] = findings(fullScan, await recorded('noPruning'));
    expect(found?.title).toContain('all 30 partitions');
    expect(found?.severity).toBe('warning');
  });

  it('finds none in its twin, and does not apply to a table without partitions', async () => {
    expect(judge(fullScan, await recorded('pruning'))[0]?.state).toBe('ok');
    expect(judge(fullScan, await recorded('smallFiles'))[0]?.state).toBe('not-applicable');
  });

  const scanning = (partitions: number, partitionFilters: string, filter: string | undefined) =>
    run({
      stages: [stage({ tasks: evenTasks(4, 10) })],
      sqlExecutions: [
        sql(0, [
          { name: filter ? 'Filter' : 'Project', description: `Filter ${filter ?? ''}`, stageIds: [0] },
          {
            name: 'Scan parquet ',
            stageIds: [0],
            metadata: { Format: 'Parquet', PartitionFilters: partitionFilters, PushedFilters: '[]' },
            metrics: metrics({ 'number of partitions read': partitions }),
          },
        ]),
      ],
    });

  it.each([
    { partitions: 1, filters: '[]', severity: undefined },
    { partitions: 2, filters: '[]', severity: 'warning' },
    { partitions: 2, filters: '[isnotnull(day#1)]', severity: 'warning' },
    { partitions: 2, filters: '[isnotnull(day#1), (day#1 > 3)]', severity: undefined },
    { partitions: 2, filters: '[dynamicpruningexpression(day#1 IN dynamicpruning#2)]', severity: undefined },
  ])('$partitions partitions with the filters $filters: $severity', ({ partitions, filters, severity }) => {
    expect(findings(fullScan, scanning(partitions, filters, '(ts#2 > 5)'))[0]?.severity).toBe(severity);
  });

  it('only informs where nothing is filtered: the whole table may be wanted', () => {
    expect(findings(fullScan, scanning(30, '[]', undefined))[0]).toMatchObject({
      severity: 'info',
      impact: { secondsPerRun: null },
    });
  });

  it.each([
    { skipped: 0, fires: true },
    { skipped: 1, fires: false },
    { skipped: null, fires: false },
  ])('Iceberg with $skipped files skipped under a filter: $fires', ({ skipped, fires }) => {
    const scan = {
      name: 'BatchScan lake.events',
      description: 'BatchScan lake.events[a#1] lake.events (branch=null) [filters=a > 5, groupedBy=] IcebergScan',
      stageIds: [0],
      metrics: metrics({ 'number of result data files': 200, 'number of skipped data files': skipped }),
    };
    const made = run({ stages: [stage({ tasks: evenTasks(4, 10) })], sqlExecutions: [sql(0, [scan])] });
    expect(findings(fullScan, made).length > 0).toBe(fires);
  });
});
