import { describe, expect, it } from 'vitest';
import { lowParallelism } from '../../../src/analyzers/spark/low-parallelism.js';
import { evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

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

  it('names the setting for a stage that reads a shuffle', () => {
    const stages = [stage({ tasks: evenTasks(2, 30, 10, () => ({ shuffleReadBytes: 10 })) })];
    expect(patchOf(findings(lowParallelism, run({ stages }))[0])).toContain('spark.sql.shuffle.partitions=8');
  });

  it('lacks data without executors', () => {
    expect(judge(lowParallelism, run({ executors: [] }))[0]?.state).toBe('insufficient-data');
  });
});
