import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallMs } from '../../../src/analyzers/derived/spark-run.js';
import { stageTime, timelineOf } from '../../../src/analyzers/derived/spark-timeline.js';
import { evenTasks, executor, job, LOGS, type LogName, recorded, run, stage } from '../spark/runs.js';

function total(parts: Record<string, number>): number {
  return Object.values(parts).reduce((sum, ms) => sum + ms, 0);
}

describe('the timeline of a run', () => {
  it.each(Object.keys(LOGS) as LogName[])('has parts that add up to the wall time: %s', async (name) => {
    const log = await recorded(name);
    const { parts } = timelineOf(log);
    expect(total(parts)).toBeCloseTo(wallMs(log), 3);
    expect(Math.min(...Object.values(parts))).toBeGreaterThanOrEqual(0);
  });

  it('adds up whatever tasks, executors and jobs there are', () => {
    const task = fc.record({
      at: fc.integer({ min: 0, max: 90 }),
      seconds: fc.integer({ min: 0, max: 30 }),
      executor: fc.constantFrom('1', '2', '3'),
      outcome: fc.constantFrom(0, 1, 2),
    });
    const life = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.option(fc.integer({ min: 0, max: 100 })));
    fc.assert(
      fc.property(
        fc.array(fc.array(task, { minLength: 1 }), { maxLength: 4 }),
        fc.array(life, { maxLength: 3 }),
        (stages, lives) => {
          const made = run({
            stages: stages.map((tasks, stageId) => stage({ stageId, tasks })),
            executors: lives.map(([added, removed], i) =>
              executor({
                id: String(i + 1),
                addedMs: added * 1000,
                removedMs: removed === null ? null : removed * 1000,
              }),
            ),
          });
          expect(total(timelineOf(made).parts)).toBeCloseTo(100_000, 3);
        },
      ),
    );
  });

  it('calls time before the first executor and job start-up, and after the last job stop', () => {
    const { parts } = timelineOf(run({ stages: [stage({ tasks: evenTasks(4, 50, 20) })] }));
    expect(parts).toMatchObject({ 'start-up': 20_000, compute: 50_000, stop: 30_000 });
  });

  it('tells computing from waiting by the tasks’ CPU time, where it was logged', () => {
    const with4of10 = stage({ tasks: evenTasks(4, 10, 0, () => ({ cpuNs: 4e9, gcMs: 1000 })) });
    const { parts } = timelineOf(run({ stages: [with4of10] }));
    expect(parts).toMatchObject({ compute: 4_000, 'tasks waiting': 5_000, 'garbage collection': 1_000 });
    const without = stage({ tasks: evenTasks(4, 10, 0) });
    expect(timelineOf(run({ stages: [without] })).parts).toMatchObject({ compute: 10_000, 'tasks waiting': 0 });
  });

  it('tells the driver between jobs from the driver within a job, and from missing executors', () => {
    const stages = [
      stage({ stageId: 0, tasks: evenTasks(4, 10, 0) }),
      stage({ stageId: 1, tasks: evenTasks(4, 10, 60) }),
    ];
    const jobs = [
      job({ id: 0, submittedMs: 0, completedMs: 15_000 }),
      job({ id: 1, submittedMs: 40_000, completedMs: 70_000 }),
    ];
    const executors = [
      executor({ id: '1', removedMs: 50_000 }),
      executor({ id: '2', removedMs: 50_000 }),
      executor({ id: '3', addedMs: 55_000, cores: 4 }),
    ];
    const { parts } = timelineOf(run({ seconds: 70, stages, jobs, executors }));
    expect(parts).toMatchObject({
      'driver within jobs': 5_000 + 10_000 + 5_000,
      'driver between jobs': 25_000,
      'waiting for executors': 5_000,
    });
  });

  it('splits time with several stages by their running tasks', () => {
    const one = stage({ stageId: 0, tasks: evenTasks(1, 40, 10) });
    const three = stage({ stageId: 1, tasks: [1, 2, 3].map(() => ({ at: 10, seconds: 40, executor: '2' })) });
    const made = run({ stages: [one, three] });
    expect(stageTime(made, one).wallMs).toBeCloseTo(10_000, 6);
    expect(stageTime(made, three).wallMs).toBeCloseTo(30_000, 6);
  });

  it('names why slots idle: too few tasks, a skewed one, one still to be launched', () => {
    const few = stage({ tasks: evenTasks(1, 40) });
    expect(timelineOf(run({ stages: [few] })).parts['idle: few tasks']).toBeCloseTo(30_000, 6);
    const tasks = evenTasks(8, 1, 10, () => ({ inputRecords: 10 })).concat({
      at: 12,
      seconds: 40,
      executor: '1',
      metrics: { inputRecords: 900 },
    });
    expect(timelineOf(run({ stages: [stage({ tasks })] })).parts['idle: skew']).toBeCloseTo(30_000, 6);
    const late = stage({ tasks: [...evenTasks(4, 10), ...evenTasks(3, 10, 30), { at: 20, seconds: 10 }] });
    expect(timelineOf(run({ stages: [late] })).parts['idle: scheduling']).toBeCloseTo(7_500, 6);
  });
});
