import { describe, expect, it } from 'vitest';
import { tinyTasks } from '../../../src/analyzers/spark/tiny-tasks.js';
import { evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/tiny-tasks', () => {
  const many = (count: number, seconds: number) =>
    run({
      seconds: 400,
      stages: [
        stage({ stageId: 7, tasks: evenTasks(count, seconds, 10, () => ({ shuffleReadBytes: 1000, runMs: 20 })) }),
      ],
    });

  it.each([
    { count: 500, seconds: 0.1, fires: false },
    { count: 501, seconds: 0.1, fires: true },
    { count: 501, seconds: 0.199, fires: true },
    { count: 501, seconds: 0.2, fires: false },
  ])('$count tasks of $seconds s: $fires', ({ count, seconds, fires }) => {
    expect(findings(tinyTasks, many(count, seconds)).map(({ subject }) => subject.stageId)).toEqual(fires ? [7] : []);
  });

  it('takes as many tasks as fill the slots, and the time around their work as lost', () => {
    const [found] = findings(tinyTasks, many(800, 0.1));
    expect(patchOf(found)).toContain('spark.sql.shuffle.partitions=8');
    // 800 tasks of 100 ms on 4 slots take 20 s; 80 of 100 ms are not their own work.
    expect(found?.impact.secondsPerRun).toBeCloseTo(16, 1);
  });

  it('writes its numbers as its evidence does', () => {
    const [found] = findings(tinyTasks, many(3000, 0.1));
    expect(found?.title).toContain('3,000 tasks of');
    expect(found?.recommendation?.summary).toMatch(/^Use about 8 tasks instead of 3,000$/);
  });

  it('loses no more than the time of the stage', () => {
    // One slot of four works at a time: the others wait for the scheduler.
    const tasks = Array.from({ length: 600 }, (_, i) => ({
      at: 10 + i * 0.1,
      seconds: 0.1,
      metrics: { shuffleReadBytes: 1, runMs: 0 },
    }));
    const log = run({ seconds: 100, stages: [stage({ tasks })] });
    const [found] = findings(tinyTasks, log);
    expect(found?.impact.secondsPerRun).toBeGreaterThan(59);
    expect(found?.impact.secondsPerRun).toBeLessThanOrEqual(60.1);
  });

  it.each(['healthy', 'smallFiles', 'stream'] as const)('finds none in %s', async (name) => {
    expect(judge(tinyTasks, await recorded(name))[0]?.state).toBe('ok');
  });
});
