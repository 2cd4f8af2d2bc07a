import { describe, expect, it } from 'vitest';
import { shuffleHeavy } from '../../../src/analyzers/spark/shuffle-heavy.js';
import { evenTasks, findings, judge, recorded, run, stage } from './runs.js';

describe('spark/shuffle-heavy', () => {
  // 40 tasks of 1 s on four slots are 10 s of 100 s.
  const shuffling = (waitMs: number, count = 40) =>
    run({
      stages: [
        stage({ tasks: evenTasks(count, 1, 10, () => ({ shuffleFetchWaitMs: waitMs, shuffleReadBytes: 1000 })) }),
      ],
    });

  it.each([
    { waitMs: 299, count: 40, fires: false },
    { waitMs: 300, count: 40, fires: true },
    { waitMs: 300, count: 16, fires: false },
  ])('$waitMs ms of 1 s in $count tasks: $fires', ({ waitMs, count, fires }) => {
    expect(findings(shuffleHeavy, shuffling(waitMs, count)).length > 0).toBe(fires);
  });

  it('counts writing too, and the share of the wall time as lost', () => {
    const stages = [stage({ tasks: evenTasks(40, 1, 10, () => ({ shuffleWriteNs: 5e8, shuffleWriteBytes: 1000 })) })];
    const [found] = findings(shuffleHeavy, run({ stages }));
    expect(found?.title).toContain('writing');
    expect(found?.impact.secondsPerRun).toBeCloseTo(5, 5);
  });

  it('finds none in a healthy run, and does not apply where nothing is shuffled', async () => {
    expect(judge(shuffleHeavy, await recorded('healthy'))[0]?.state).toBe('ok');
    expect(judge(shuffleHeavy, await recorded('fewTasks'))[0]?.state).toBe('not-applicable');
  });
});
