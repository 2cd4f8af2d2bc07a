import { describe, expect, it } from 'vitest';
import { driverBound } from '../../../src/analyzers/spark/driver-bound.js';
import { evenTasks, findings, job, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/driver-bound', () => {
  it('finds executors that wait for the driver, and between which jobs', async () => {
    const [found] = findings(driverBound, await recorded('driverBound'));
    expect(found?.impact.secondsPerRun).toBeCloseTo(13.8, 0);
    expect(found?.evidence.find(({ metric }) => metric === 'where')?.value).toMatch(/^between job \d/);
  });

  it.each(['healthy', 'fewTasks', 'executorLost', 'recompute'] as const)('finds none in %s', async (name) => {
    expect(findings(driverBound, await recorded(name))).toEqual([]);
  });

  it('does not apply to a stream, which waits for its next batch', async () => {
    expect(judge(driverBound, await recorded('stream')).map(({ state }) => state)).toEqual(['not-applicable']);
  });

  const twoJobs = (pause: number) => {
    const first = stage({ stageId: 0, tasks: evenTasks(4, 35, 10) });
    const second = stage({ stageId: 1, tasks: evenTasks(4, 35, 45 + pause) });
    const jobs = [
      job({ id: 0, submittedMs: 10_000, completedMs: 45_000 }),
      job({ id: 1, submittedMs: (45 + pause) * 1000, completedMs: (80 + pause) * 1000 }),
    ];
    return run({ seconds: 150, stages: [first, second], jobs });
  };

  it.each([
    { pause: 29.9, fires: false },
    { pause: 30, fires: true },
    { pause: 30.1, fires: true },
  ])('$pause s of 70 s and the pause: $fires', ({ pause, fires }) => {
    expect(findings(driverBound, twoJobs(pause)).length > 0).toBe(fires);
  });

  it('gives executors back only where the pause is longer than the idle timeout', () => {
    expect(patchOf(findings(driverBound, twoJobs(40))[0])).not.toContain('dynamicAllocation');
    expect(patchOf(findings(driverBound, twoJobs(61))[0])).toContain('spark.dynamicAllocation.enabled=true');
  });

  it('counts no time without executors', () => {
    const paused = twoJobs(40);
    const executors = paused.executors.map((executor) => ({ ...executor, removedMs: 46_000 }));
    expect(findings(driverBound, { ...paused, executors })).toEqual([]);
  });
});
