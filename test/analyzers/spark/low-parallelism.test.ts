import { describe, expect, it } from 'vitest';
import { lowParallelism } from '../../../src/analyzers/spark/low-parallelism.js';
import { evenTasks, findings, judge, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/low-parallelism', () => {
  it('finds the stages of one task on four slots', async () => {
    const found = findings(lowParallelism, await recorded('fewTasks'));
    expect(found.map(({ subject }) => subject.stageId)).toEqual([0, 1]);
    expect(found[0]?.impact.secondsPerRun).toBeCloseTo(18.1, 0);
  });

  it.each(['fewTasksFixed', 'healthy', 'skew', 'dynamic'] as const)('finds none in %s', async (name) => {
    expect(findings(lowParallelism, await recorded(name))).toEqual([]);
  });

  it.each([
    { tasks: 3, seconds: 10, fires: true },
    { tasks: 3, seconds: 9.99, fires: false },
    { tasks: 4, seconds: 10, fires: false },
  ])('$tasks tasks for $seconds s on four slots: $fires', ({ tasks, seconds, fires }) => {
    const stages = [stage({ tasks: evenTasks(tasks, seconds) })];
    expect(findings(lowParallelism, run({ stages })).length > 0).toBe(fires);
  });

  it('blames no stage whose slots are used by another one', () => {
    const few = stage({ stageId: 0, tasks: evenTasks(1, 20) });
    const beside = stage({
      stageId: 1,
      tasks: [1, 2, 3].map((i) => ({ at: 10, seconds: 20, executor: i < 2 ? '1' : '2' })),
    });
    expect(findings(lowParallelism, run({ stages: [few, beside] }), { leastSeconds: 15 })).toEqual([]);
  });

  describe('of a stage that reads a shuffle', () => {
    const stages = [stage({ stageId: 1, tasks: evenTasks(2, 30, 10, () => ({ shuffleReadBytes: 80 * 2 ** 20 })) })];
    const readsFrom = (description: string, modifiedConf = {}) => [
      sql(
        0,
        [
          { name: 'HashAggregate', stageIds: [1] },
          { name: 'Exchange', description, stageIds: [0, 1] },
          { name: 'Range', stageIds: [0] },
        ],
        { modifiedConf },
      ),
    ];
    const patchFor = (description: string, conf: Record<string, string>, modifiedConf = {}) =>
      patchOf(findings(lowParallelism, run({ stages, conf, sqlExecutions: readsFrom(description, modifiedConf) }))[0]);
    const BY_SETTING = 'Exchange hashpartitioning(k#1, 2), ENSURE_REQUIREMENTS, [plan_id=1]';
    const FEW = { 'spark.sql.shuffle.partitions': '2', 'spark.sql.adaptive.enabled': 'false' };

    it('names the setting', () => {
      expect(patchFor(BY_SETTING, FEW)).toBe('spark.sql.shuffle.partitions=8');
    });

    it('says where the code sets it', () => {
      expect(
        patchFor(BY_SETTING, { 'spark.sql.adaptive.enabled': 'false' }, { 'spark.sql.shuffle.partitions': '2' }),
      ).toBe('The code sets spark.sql.shuffle.partitions=2: set it to 8 there');
    });

    it('lowers the size that adaptive execution aims at, never the number of partitions', () => {
      expect(
        patchFor(BY_SETTING, { 'spark.sql.shuffle.partitions': '200', 'spark.sql.adaptive.enabled': 'true' }),
      ).toBe('spark.sql.adaptive.advisoryPartitionSizeInBytes=20m');
    });

    it('asks for another query where that wants one partition', () => {
      expect(patchFor('Exchange SinglePartition, ENSURE_REQUIREMENTS, [plan_id=1]', FEW)).toMatch(
        /^Partition the window/,
      );
    });

    it.each(['Exchange hashpartitioning(k#1, 2), REPARTITION_BY_NUM, [plan_id=1]', ''])(
      'asks for another number in the code where that decides: %s',
      (description) => {
        const own = description ? readsFrom(description) : [];
        expect(patchOf(findings(lowParallelism, run({ stages, conf: FEW, sqlExecutions: own }))[0])).toMatch(
          /^repartition\(8\)/,
        );
      },
    );
  });

  it('lacks data without executors', () => {
    expect(judge(lowParallelism, run({ executors: [] }))[0]?.state).toBe('insufficient-data');
  });
});
