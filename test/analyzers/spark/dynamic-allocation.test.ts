import { describe, expect, it } from 'vitest';
import { dynamicAllocation } from '../../../src/analyzers/spark/dynamic-allocation.js';
import { evenTasks, executor, findings, job, judge, patchOf, recorded, run, stage } from './runs.js';

const ON: Record<string, string> = { 'spark.dynamicAllocation.enabled': 'true' };

describe('spark/dynamic-allocation', () => {
  it('finds nothing to say of a run whose executors come and go', async () => {
    expect(judge(dynamicAllocation, await recorded('dynamic'))[0]?.state).toBe('ok');
  });

  it('finds nothing to say of a run of even load without it', async () => {
    expect(judge(dynamicAllocation, await recorded('healthy'))[0]?.state).toBe('ok');
  });

  const paused = (pause: number) => {
    const stages = [
      stage({ stageId: 0, tasks: evenTasks(4, 100, 0) }),
      stage({ stageId: 1, tasks: evenTasks(4, 100, 100 + pause) }),
    ];
    const jobs = [
      job({ id: 0, submittedMs: 0, completedMs: 100_000 }),
      job({ id: 1, submittedMs: (100 + pause) * 1000, completedMs: (200 + pause) * 1000 }),
    ];
    return run({ seconds: 200 + pause, stages, jobs });
  };

  it.each([
    // 60 s of the pause are the idle timeout: (pause − 60) / (200 + pause) is a fifth at 125 s.
    { pause: 124, fires: false },
    { pause: 125, fires: true },
  ])('off with a pause of $pause s: $fires', ({ pause, fires }) => {
    expect(findings(dynamicAllocation, paused(pause)).length > 0).toBe(fires);
  });

  it.each<{ conf: Record<string, string>; fires: boolean }>([
    { conf: { 'spark.dynamicAllocation.shuffleTracking.enabled': 'false' }, fires: true },
    { conf: { 'spark.dynamicAllocation.shuffleTracking.enabled': 'true' }, fires: false },
    {
      conf: { 'spark.dynamicAllocation.shuffleTracking.enabled': 'false', 'spark.shuffle.service.enabled': 'true' },
      fires: false,
    },
  ])('on with $conf: $fires', ({ conf, fires }) => {
    const stages = [stage({ tasks: evenTasks(8, 10) })];
    expect(findings(dynamicAllocation, run({ conf: { ...ON, ...conf }, stages })).length > 0).toBe(fires);
  });

  it('finds a maximum that is always reached, and bounds that are equal', () => {
    const stages = [stage({ tasks: evenTasks(8, 10) })];
    const most = findings(
      dynamicAllocation,
      run({ conf: { ...ON, 'spark.dynamicAllocation.maxExecutors': '2' }, stages }),
    );
    expect(patchOf(most[0])).toContain('spark.dynamicAllocation.maxExecutors=4');
    const pinned = { ...ON, 'spark.dynamicAllocation.minExecutors': '3', 'spark.dynamicAllocation.maxExecutors': '3' };
    expect(findings(dynamicAllocation, run({ conf: pinned, stages }))[0]?.title).toContain('both bounds are 3');
  });

  it('does not apply to local mode', () => {
    const local = run({
      conf: { 'spark.master': 'local[4]' },
      stages: [stage({ tasks: evenTasks(8, 10) })],
      executors: [executor({ id: 'driver', cores: 4 })],
    });
    expect(judge(dynamicAllocation, local)[0]?.state).toBe('not-applicable');
  });
});
