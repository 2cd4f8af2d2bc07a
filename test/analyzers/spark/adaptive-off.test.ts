import { describe, expect, it } from 'vitest';
import { adaptiveOff } from '../../../src/analyzers/spark/adaptive-off.js';
import { evenTasks, findings, judge, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/adaptive-off', () => {
  it('finds the skewed join that it would have split', async () => {
    const [found] = findings(adaptiveOff, await recorded('skew'));
    expect(found?.subject.stageId).toBe(2);
    expect(patchOf(found)).toContain('spark.sql.adaptive.skewJoin.enabled=true');
  });

  it.each(['skewSplit', 'healthy', 'noBroadcast'] as const)('finds no need in %s', async (name) => {
    expect(findings(adaptiveOff, await recorded(name))).toEqual([]);
  });

  const tiny = (count: number, conf: Record<string, string>, sparkVersion = '3.5.9') =>
    run({
      conf,
      application: { sparkVersion },
      stages: [stage({ tasks: evenTasks(count, 0.1, 10, () => ({ shuffleReadBytes: 10 })) })],
      sqlExecutions: [sql(0, [{ name: 'HashAggregate', stageIds: [0] }])],
    });
  const off = { 'spark.sql.adaptive.enabled': 'false' };

  it.each([
    { count: 501, conf: off, version: '3.5.9', fires: true },
    { count: 500, conf: off, version: '3.5.9', fires: false },
    { count: 501, conf: {}, version: '3.5.9', fires: false },
    { count: 501, conf: {}, version: '3.1.2', fires: true },
    { count: 501, conf: { 'spark.sql.adaptive.coalescePartitions.enabled': 'false' }, version: '3.5.9', fires: true },
  ])('$count small partitions in Spark $version with $conf: $fires', ({ count, conf, version, fires }) => {
    expect(findings(adaptiveOff, tiny(count, conf as Record<string, string>, version)).length > 0).toBe(fires);
  });

  it('does not apply without SQL', () => {
    expect(judge(adaptiveOff, run())[0]?.state).toBe('not-applicable');
  });
});
