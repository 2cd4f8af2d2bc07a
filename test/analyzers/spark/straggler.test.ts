import { describe, expect, it } from 'vitest';
import { straggler } from '../../../src/analyzers/spark/straggler.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/straggler', () => {
  it('finds the task that sleeps among equal ones', async () => {
    const [found] = findings(straggler, await recorded('straggler'));
    expect(found?.subject.stageId).toBe(0);
    expect(found?.impact.secondsPerRun).toBeGreaterThan(5);
  });

  it('finds a task that was beaten by its copy, though its own end was never logged', async () => {
    const [found] = findings(straggler, await recorded('speculated'));
    expect(found?.title).toContain('speculative copy won');
    expect(patchOf(found)).not.toContain('spark.speculation=true');
  });

  it.each(['gc', 'recompute', 'fewTasks', 'noPruning', 'stream', 'executorOom'] as const)(
    'finds none in %s',
    async (name) => {
      expect(findings(straggler, await recorded(name))).toEqual([]);
    },
  );

  /** One task of the third wave is slow and runs on alone: three of four slots idle. */
  const oneSlow = (seconds: number, records = 100) => {
    const tasks = [
      ...evenTasks(11, 10, 10, () => ({ inputRecords: 100 })),
      { at: 30, seconds, executor: '2', metrics: { inputRecords: records } },
    ];
    return run({ seconds: 200, stages: [stage({ tasks })] });
  };

  it.each([
    { seconds: 29.9, fires: false, why: 'just below three times the others' },
    { seconds: 30, fires: true, why: 'three times the others' },
  ])('$why: $fires', ({ seconds, fires }) => {
    expect(findings(straggler, oneSlow(seconds)).length > 0).toBe(fires);
  });

  it.each([
    { share: 0.0749, fires: true },
    { share: 0.0751, fires: false },
  ])('15 s lost of 200 s against a least share of $share: $fires', ({ share, fires }) => {
    expect(findings(straggler, oneSlow(30), { leastWallShare: share }).length > 0).toBe(fires);
  });

  it('calls a task with more data no straggler', () => {
    expect(findings(straggler, oneSlow(60, 200))).toEqual([]);
  });

  it('compares the first task of a cold slot with other first tasks only', () => {
    const tasks = evenTasks(4, 30, 10).concat(evenTasks(4, 2, 40));
    expect(findings(straggler, run({ stages: [stage({ tasks })] }))).toEqual([]);
  });

  it('finds a host that is slow for all its tasks', () => {
    const onHost = (id: string, seconds: number) =>
      Array.from({ length: 10 }, (_, i) => ({ at: 10 + Math.floor(i / 2) * seconds, seconds, executor: id }));
    const slow = run({
      stages: [stage({ tasks: [...onHost('1', 3), ...onHost('2', 12)] })],
      executors: [executor({ id: '1' }), executor({ id: '2' })],
    });
    const [found] = findings(straggler, slow);
    expect(found?.title).toContain('tasks on host-2 run 4 times as long');
  });

  it('does not apply to stages of one or two tasks', () => {
    expect(judge(straggler, run({ stages: [stage({ tasks: evenTasks(2, 10) })] }))[0]?.state).toBe('not-applicable');
  });
});
