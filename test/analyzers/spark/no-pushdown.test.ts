import { describe, expect, it } from 'vitest';
import { noPushdown } from '../../../src/analyzers/spark/no-pushdown.js';
import { evenTasks, findings, judge, metrics, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/no-pushdown', () => {
  it('finds the filter by a UDF over Parquet', async () => {
    const [found] = findings(noPushdown, await recorded('noPushdown'));
    expect(found?.subject.stageId).toBe(1);
    expect(found?.title).toContain('5,000 of 3,200,000 rows are kept');
    expect(patchOf(found)).toContain('a UDF cannot be pushed');
  });

  it.each(['pushdown', 'noPruning', 'pruning', 'smallFiles'] as const)('finds none in %s', async (name) => {
    expect(findings(noPushdown, await recorded(name))).toEqual([]);
  });

  const filtered = (
    kept: number,
    { format = 'Parquet', pushed = '[]', partition = '[]', condition = '(abs(a#1) > 5)' } = {},
  ) =>
    run({
      stages: [stage({ tasks: evenTasks(4, 10) })],
      sqlExecutions: [
        sql(0, [
          {
            name: 'Filter',
            description: `Filter ${condition}`,
            stageIds: [0],
            metrics: metrics({ 'number of output rows': kept }),
          },
          { name: 'ColumnarToRow' },
          {
            name: `Scan ${format.toLowerCase()} `,
            stageIds: [0],
            metadata: { Format: format, PushedFilters: pushed, PartitionFilters: partition },
            metrics: metrics({ 'number of output rows': 1000 }),
          },
        ]),
      ],
    });

  it.each([
    { kept: 500, options: {}, fires: true, why: 'half of the rows are kept' },
    { kept: 501, options: {}, fires: false, why: 'more than half are kept' },
    { kept: 1, options: { format: 'JSON' }, fires: false, why: 'JSON takes no filters' },
    { kept: 1, options: { pushed: '[IsNotNull(a)]' }, fires: true, why: 'only IsNotNull is pushed' },
    { kept: 1, options: { pushed: '[IsNotNull(a), GreaterThan(a,5)]' }, fires: false, why: 'a comparison is pushed' },
    { kept: 1, options: { partition: '[(day#3 >= 27)]' }, fires: false, why: 'partitions are filtered' },
    { kept: 1, options: { condition: 'isnotnull(a#1)' }, fires: false, why: 'nothing but isnotnull is asked' },
  ])('$why: $fires', ({ kept, options, fires }) => {
    expect(findings(noPushdown, filtered(kept, options)).length > 0).toBe(fires);
  });

  it('does not apply to a read without a filter', () => {
    expect(judge(noPushdown, run())[0]?.state).toBe('not-applicable');
  });
});
