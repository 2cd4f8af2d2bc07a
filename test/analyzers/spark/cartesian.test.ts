import { describe, expect, it } from 'vitest';
import { cartesian } from '../../../src/analyzers/spark/cartesian.js';
import { evenTasks, findings, judge, metrics, recorded, run, sql, stage } from './runs.js';

describe('spark/cartesian', () => {
  it('finds a cross join on its stage', async () => {
    const [found] = findings(cartesian, await recorded('cartesian'));
    expect(found?.subject.stageId).toBe(0);
    expect(found?.evidence[2]?.value).toContain('CartesianProduct');
  });

  it.each(['healthy', 'skew', 'broadcast'] as const)('finds none in %s', async (name) => {
    expect(judge(cartesian, await recorded(name))[0]?.state).toBe('ok');
  });

  it.each([
    { rows: 1, fires: false },
    { rows: 2, fires: true },
    { rows: null, fires: true },
  ])('a nested-loop join with a broadcast of $rows rows: $fires', ({ rows, fires }) => {
    const plan = sql(0, [
      { name: 'BroadcastNestedLoopJoin', stageIds: [0] },
      { name: 'BroadcastExchange', metrics: metrics({ 'number of output rows': rows }) },
    ]);
    const made = run({ stages: [stage({ tasks: evenTasks(4, 10) })], sqlExecutions: [plan] });
    expect(findings(cartesian, made).length > 0).toBe(fires);
  });

  it('does not apply without SQL', () => {
    expect(judge(cartesian, run())[0]?.state).toBe('not-applicable');
  });
});
