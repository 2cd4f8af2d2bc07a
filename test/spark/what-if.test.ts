import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallMs } from '../../src/analyzers/derived/spark-run.js';
import { type Batch, lengthOn } from '../../src/spark/schedule.js';
import { whatIf } from '../../src/spark/what-if.js';
import { evenTasks, job, LOGS, type LogName, recorded, run, stage } from '../analyzers/spark/runs.js';

function batch(taskMs: number[], after: number[] = [], delayMs = 0, closingMs = 0): Batch {
  return { after, delayMs, taskMs: Float64Array.from(taskMs), closingMs };
}

describe('list scheduling', () => {
  it.each([
    { slots: 1, batches: [batch([1, 2, 3])], length: 6 },
    { slots: 2, batches: [batch([1, 2, 3])], length: 4 },
    { slots: 9, batches: [batch([1, 2, 3])], length: 3 },
    { slots: 2, batches: [batch([4]), batch([1, 1], [0])], length: 5 },
    { slots: 2, batches: [batch([4]), batch([1, 1])], length: 4 },
    { slots: 2, batches: [batch([4], [], 10, 5), batch([1], [0], 2)], length: 10 + 4 + 5 + 2 + 1 },
    { slots: 2, batches: [batch([]), batch([3], [0])], length: 3 },
    { slots: 2, batches: [], length: 0 },
  ])('$batches on $slots slots', ({ slots, batches, length }) => {
    expect(lengthOn(slots, batches)).toBe(length);
  });

  it('stays between the bounds of Graham: work / slots and critical path, and their sum', () => {
    const tasks = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(tasks, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 8 }), (lists, slots) => {
        const chain = lists.map((list, i) => batch(list, i > 0 && i % 2 === 0 ? [i - 1] : []));
        const work = lists.flat().reduce((sum, ms) => sum + ms, 0) / slots;
        const path = lengthOn(10_000, chain);
        const length = lengthOn(slots, chain);
        expect(length).toBeGreaterThanOrEqual(Math.max(work, path) - 1e-6);
        expect(length).toBeLessThanOrEqual(work + path + 1e-6);
      }),
    );
  });
});

describe('the what-if', () => {
  it('is 10 % off or less at the run’s own shape, over recorded runs', async () => {
    const errors = await Promise.all(
      (Object.keys(LOGS) as LogName[]).map(async (name) => whatIf(await recorded(name))?.error ?? 0),
    );
    expect(errors.sort((a, b) => a - b)[errors.length >> 1]).toBeLessThan(0.02);
    expect(errors.filter((error) => error > 0.15)).toEqual([]);
  });

  it('never predicts more time on more executors of one stage, nor less than driver and critical path', async () => {
    const log = await recorded('fewTasksFixed');
    const found = whatIf(log);
    const own = found?.shapes.find(({ isOwn }) => isOwn);
    const sameSize = found?.shapes.filter(({ cores }) => cores === own?.cores) ?? [];
    const times = sameSize.map((shape) => shape.wallMs);
    expect(times.length).toBeGreaterThan(4);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(found?.leastMs ?? Number.POSITIVE_INFINITY);
    expect(found?.ownMs).toBeCloseTo(wallMs(log), -3);
  });

  it('finds no gain in more executors where one task does the work', async () => {
    const found = whatIf(await recorded('fewTasks'));
    expect(new Set(found?.shapes.map((shape) => shape.wallMs)).size).toBe(1);
    const best = found?.shapes.filter(({ isPareto }) => isPareto);
    expect(best?.map(({ executors, cores }) => [executors, cores])).toEqual([[1, 1]]);
  });

  it('halves sleep-bound work on twice the slots, keeps the driver’s time, and names the knee', () => {
    // 64 tasks of 10 s on 4 slots between 20 s of start-up and 20 s of stop.
    const log = run({ seconds: 200, stages: [stage({ tasks: evenTasks(64, 10, 20) })] });
    const found = whatIf(log);
    const at = (executors: number) => found?.shapes.find((shape) => shape.executors === executors)?.wallMs;
    expect(at(2)).toBe(200_000);
    expect(at(4)).toBe(120_000);
    expect(at(8)).toBe(80_000);
    expect(found?.knee?.executors).toBeGreaterThan(2);
  });

  describe('the best trade', () => {
    it('takes more executors only for a gain in proportion to their cost, and fewer for a loss in proportion', async () => {
      for (const name of Object.keys(LOGS) as LogName[]) {
        const found = whatIf(await recorded(name));
        const own = found?.shapes.find(({ isOwn }) => isOwn);
        if (!own || !found?.knee || found.knee.isOwn) continue;
        const { wallMs: ms, coreMs } = found.knee;
        expect((ms / own.wallMs) * (coreMs / own.coreMs), name).toBeLessThan(0.9);
      }
    });

    it('is fewer executors where they lose no time', async () => {
      expect(whatIf(await recorded('fewTasks'))?.knee).toMatchObject({ executors: 1, cores: 1 });
    });
  });

  it('tells of executors of half and twice the cores, with as much memory for a task, and no gain but in their number', async () => {
    const log = await recorded('fewTasksFixed');
    const shapes = whatIf(log)?.shapes ?? [];
    const own = shapes.find(({ isOwn }) => isOwn);
    expect(new Set(shapes.map(({ cores }) => cores))).toEqual(new Set([1, 2, 4]));
    for (const shape of shapes) {
      const same = shapes.filter(({ slots }) => slots === shape.slots);
      expect(new Set(same.map(({ wallMs, coreMs, isPareto }) => `${wallMs} ${coreMs} ${isPareto}`)).size).toBe(1);
      expect(shape.slots).toBe(shape.executors * shape.cores);
    }
    const memoryOf = (cores: number) => shapes.find((shape) => shape.cores === cores)?.memoryBytes ?? 0;
    const overhead = 384 * 2 ** 20;
    expect(memoryOf(4) - overhead).toBeCloseTo(2 * ((own?.memoryBytes ?? 0) - overhead));
    expect(memoryOf(1) - overhead).toBeCloseTo(((own?.memoryBytes ?? 0) - overhead) / 2);
  });

  it('leaves executors with GPUs as large as they were', async () => {
    const log = await recorded('fewTasksFixed');
    const gpus = log.executors.map((executor) => ({ ...executor, resources: { gpu: ['0'] } }));
    expect(new Set(whatIf({ ...log, executors: gpus })?.shapes.map(({ cores }) => cores)).size).toBe(1);
  });

  it('keeps the order of jobs that overlap', () => {
    const stages = [
      stage({ stageId: 0, tasks: evenTasks(4, 10, 0) }),
      stage({ stageId: 1, tasks: evenTasks(4, 10, 10) }),
    ];
    const jobs = [
      job({ id: 0, stageIds: [0], submittedMs: 0, completedMs: 10_000 }),
      job({ id: 1, stageIds: [1], submittedMs: 5_000, completedMs: 20_000 }),
    ];
    expect(whatIf(run({ seconds: 20, stages, jobs }))?.ownMs).toBe(20_000);
  });

  it.each([
    { what: 'the job', seconds: 40, jobEnd: 30 },
    { what: 'the application', seconds: 30, jobEnd: 31 },
  ])('counts once what ends after $what has ended', ({ seconds, jobEnd }) => {
    // The driver stops: the stage and the tasks that were killed end a little after.
    const tasks = [...evenTasks(4, 10, 10), ...evenTasks(4, 11, 20).map((task) => ({ ...task, outcome: 2 }))];
    const jobs = [job({ id: 0, stageIds: [0], submittedMs: 10_000, completedMs: jobEnd * 1000, result: 'failed' })];
    expect(whatIf(run({ seconds, stages: [stage({ tasks, completedMs: 32_000 })], jobs }))?.ownMs).toBe(seconds * 1000);
  });

  it('has nothing to replay without a task', () => {
    expect(whatIf(run())).toBeUndefined();
  });
});
