import { describe, expect, it } from 'vitest';
import { criticalPath } from '../../src/spark/critical-path.js';
import { stageRows } from '../../src/spark/stage-rows.js';
import { evenTasks, job, LOGS, type LogName, recorded, run, stage } from '../analyzers/spark/runs.js';

describe('the critical path', () => {
  it('goes from the stage that ended last back through what it waited for longest', () => {
    const log = run({
      seconds: 100,
      stages: [
        stage({ stageId: 0, tasks: evenTasks(4, 10, 0) }),
        stage({ stageId: 1, tasks: evenTasks(4, 30, 0) }),
        stage({ stageId: 2, tasks: evenTasks(4, 20, 40), parentIds: [0, 1] }),
        stage({ stageId: 3, tasks: evenTasks(4, 5, 40), parentIds: [0] }),
      ],
    });
    const ids = [...criticalPath(log)].map(({ stageId }) => stageId).sort();
    expect(ids).toEqual([1, 2]);
    expect(stageRows(log).map(({ stageId, critical }) => [stageId, critical])).toEqual([
      [0, false],
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  it('has a part in each of jobs that follow each other', () => {
    const log = run({
      seconds: 100,
      stages: [stage({ stageId: 0, tasks: evenTasks(4, 10, 0) }), stage({ stageId: 1, tasks: evenTasks(4, 10, 50) })],
      jobs: [
        job({ id: 0, stageIds: [0], submittedMs: 0, completedMs: 12_000 }),
        job({ id: 1, stageIds: [1], submittedMs: 50_000, completedMs: 62_000 }),
      ],
    });
    expect(criticalPath(log).size).toBe(2);
  });

  describe('with two jobs at once', () => {
    const pathOf = (secondFromS: number) =>
      [
        ...criticalPath(
          run({
            seconds: 100,
            stages: [
              stage({ stageId: 0, tasks: evenTasks(4, 30, 0) }),
              stage({ stageId: 1, tasks: evenTasks(4, 20, secondFromS), submittedMs: 1000 }),
            ],
            jobs: [
              job({ id: 0, stageIds: [0], submittedMs: 0, completedMs: 31_000 }),
              job({ id: 1, stageIds: [1], submittedMs: 1000, completedMs: 90_000 }),
            ],
          }),
        ),
      ].map(({ stageId }) => stageId);

    it('has the stage that held the slots', () => {
      expect(pathOf(30)).toEqual([1, 0]);
    });

    it('has none that only ran at the same time, or had ended well before', () => {
      expect(pathOf(20)).toEqual([1]);
      expect(pathOf(40)).toEqual([1]);
    });
  });

  it.each(Object.keys(LOGS) as LogName[])(
    'of the recorded run %s lies within it, one stage after the other in each job',
    async (name) => {
      const log = await recorded(name);
      const rows = stageRows(log);
      const wall = (log.application.endMs ?? log.application.lastEventMs) - log.application.startMs;
      expect(criticalPath(log).size).toBeGreaterThan(0);
      for (const { startSeconds, seconds } of rows) {
        expect(startSeconds).toBeGreaterThanOrEqual(0);
        expect(startSeconds + seconds).toBeLessThanOrEqual(wall / 1000 + 1);
      }
      expect(rows.map(({ startSeconds }) => startSeconds)).toEqual(
        rows.map(({ startSeconds }) => startSeconds).sort((a, b) => a - b),
      );
    },
  );
});
