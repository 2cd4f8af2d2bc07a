import { describe, expect, it } from 'vitest';
import { missingBroadcast } from '../../../src/analyzers/spark/missing-broadcast.js';
import { evenTasks, findings, judge, metrics, type NodeSpec, patchOf, recorded, run, sql, stage } from './runs.js';

const MIB = 2 ** 20;

describe('spark/missing-broadcast', () => {
  it('finds the table of 50 rows that is shuffled for a join', async () => {
    const [found] = findings(missingBroadcast, await recorded('noBroadcast'));
    expect(found?.subject.stageId).toBe(2);
    expect(found?.evidence[0]).toMatchObject({ metric: 'small side', value: 1600, unit: 'bytes' });
    expect(patchOf(found)).toContain('spark.sql.autoBroadcastJoinThreshold=10m');
  });

  it('does not apply to its twin, which broadcasts', async () => {
    expect(judge(missingBroadcast, await recorded('broadcast'))[0]?.state).toBe('not-applicable');
  });

  const joined = (left: number | null, right: number | null, type = 'Inner', conf = {}) => {
    const exchange = (id: number, bytes: number | null): NodeSpec => ({
      id,
      parentId: 0,
      name: 'Exchange',
      metrics: metrics({ 'data size': bytes }),
    });
    const join: NodeSpec = { name: 'SortMergeJoin', description: `SortMergeJoin [a#1], [b#2], ${type}`, stageIds: [0] };
    const plan = sql(0, [join, exchange(1, left), exchange(2, right)]);
    return run({ conf, stages: [stage({ tasks: evenTasks(4, 10) })], sqlExecutions: [plan] });
  };

  it.each([
    { left: 10 * MIB - 1, right: 1e9, conf: {}, fires: true, why: 'just below the default threshold' },
    { left: 10 * MIB, right: 1e9, conf: {}, fires: false, why: 'at it' },
    {
      left: 10 * MIB - 1,
      right: 1e9,
      conf: { 'spark.sql.autoBroadcastJoinThreshold': '-1' },
      fires: true,
      why: 'switched off',
    },
    {
      left: 30 * MIB,
      right: 1e9,
      conf: { 'spark.sql.autoBroadcastJoinThreshold': '50m' },
      fires: true,
      why: 'below a raised threshold',
    },
    { left: 99 * MIB, right: 11 * 1024 * MIB, conf: {}, fires: true, why: 'below 100 MiB against more than 10 GiB' },
    { left: 99 * MIB, right: 9 * 1024 * MIB, conf: {}, fires: false, why: 'below 100 MiB against less' },
    { left: null, right: null, conf: {}, fires: false, why: 'sizes unknown' },
  ])('$why: $fires', ({ left, right, conf, fires }) => {
    expect(findings(missingBroadcast, joined(left, right, 'Inner', conf)).length > 0).toBe(fires);
  });

  it.each([
    { type: 'LeftOuter', fires: false },
    { type: 'LeftSemi', fires: false },
    { type: 'RightOuter', fires: true },
    { type: 'FullOuter', fires: false },
  ])('the small left side of $type can be broadcast: $fires', ({ type, fires }) => {
    expect(findings(missingBroadcast, joined(1000, 1e9, type)).length > 0).toBe(fires);
  });

  it('sees that the code of the query switched it off', () => {
    const log = joined(MIB, 1e9);
    const key = 'spark.sql.autoBroadcastJoinThreshold';
    const sqlExecutions = log.sqlExecutions.map((plan) => ({ ...plan, modifiedConf: { [key]: '-1' } }));
    const [found] = findings(missingBroadcast, { ...log, sqlExecutions });
    expect(found?.evidence).toContainEqual(expect.objectContaining({ metric: key, value: 'off (-1)' }));
    expect(patchOf(found)).toContain(`The code sets ${key}=-1: set it to 10m there`);
  });
});
