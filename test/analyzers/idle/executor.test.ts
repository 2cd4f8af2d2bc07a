import { describe, expect, it } from 'vitest';
import { idleExecutor } from '../../../src/analyzers/idle/executor.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from '../spark/runs.js';

describe('idle/executor', () => {
  it('finds executors that wait for the driver, and where', async () => {
    const [found] = findings(idleExecutor, await recorded('driverBound'));
    expect(found?.evidence.find(({ metric }) => metric === 'where')?.value).toMatch(/^between job/);
  });

  it('finds none in a run that keeps them busy', async () => {
    expect(judge(idleExecutor, await recorded('recompute'))[0]?.state).toBe('ok');
  });

  // One executor works from 10 s to 110 s, the other for a part of that.
  const partly = (seconds: number) =>
    run({
      seconds: 110,
      stages: [
        stage({
          tasks: [
            { at: 10, seconds: 100, executor: '1' },
            { at: 10, seconds, executor: '2' },
          ],
        }),
      ],
    });

  it.each([
    { seconds: 60, fires: false },
    { seconds: 59.9, fires: true },
  ])('the second works for $seconds of 100 s: $fires', ({ seconds, fires }) => {
    expect(findings(idleExecutor, partly(seconds)).length > 0).toBe(fires);
  });

  it('leaves start-up apart', () => {
    const late = run({ seconds: 110, stages: [stage({ tasks: evenTasks(4, 10, 100) })] });
    expect(judge(idleExecutor, late)[0]?.state).toBe('ok');
  });

  it('finds executors that are held without any job', () => {
    const [found] = findings(idleExecutor, run({ executors: [executor({ id: '1', addedMs: 30_000 })] }));
    expect(found?.title).toBe('Executors are without a task for 100 % of their lives');
    expect(found?.evidence[0]).toMatchObject({ value: 70, unit: 's' });
  });

  // Four tasks on two slots of each executor, the driver alone for `gap` seconds, and four tasks again.
  const waiting = (gap: number, conf = {}) =>
    run({
      conf,
      seconds: 40 + gap,
      stages: [stage({ tasks: evenTasks(4, 10) }), stage({ stageId: 1, tasks: evenTasks(4, 10, 20 + gap) })],
    });
  const ON = { 'spark.dynamicAllocation.enabled': 'true' };

  it.each([
    { gap: 60, conf: {}, timeout: undefined },
    { gap: 61, conf: {}, timeout: '60s' },
    { gap: 30, conf: ON, timeout: undefined },
    { gap: 31, conf: ON, timeout: '30s' },
    { gap: 61, conf: { ...ON, 'spark.dynamicAllocation.executorIdleTimeout': '20s' }, timeout: undefined },
  ])('a timeout is advised where it gives back: $gap s idle, $conf: $timeout', ({ gap, conf, timeout }) => {
    const [found] = findings(idleExecutor, waiting(gap, conf));
    const patch = patchOf(found);
    expect(/executorIdleTimeout=(\w+)/.exec(patch)?.[1]).toBe(timeout);
    expect(patch.includes('Start fewer executors')).toBe(timeout === undefined);
    expect(patch).toContain('Shorten the driver’s own work');
    expect(found?.evidence[3]).toMatchObject({ value: gap, unit: 's' });
  });

  it('points to the straggler that the others wait for, not to the driver', () => {
    const slow = { at: 10, seconds: 50, executor: '2' };
    const [found] = findings(
      idleExecutor,
      run({ seconds: 60, stages: [stage({ tasks: [...evenTasks(20, 2), slow] })] }),
    );
    expect(patchOf(found)).toMatch(/^Executors wait for the end of slow tasks: see spark\/(straggler|data-skew)$/);
    expect(found?.evidence.find(({ metric }) => metric === 'where')?.value).toMatch(/^some executors idle/);
  });

  it('applies to a local cluster, which has executors', () => {
    const made = run({ conf: { 'spark.master': 'local-cluster[2,2,1024]' }, executors: [executor({ id: '1' })] });
    expect(findings(idleExecutor, made)).toHaveLength(1);
  });

  it('does not apply to local mode', () => {
    const local = { conf: { 'spark.master': 'local[2]' }, executors: [executor({ id: 'driver' })] };
    expect(judge(idleExecutor, run(local))[0]?.state).toBe('not-applicable');
  });
});
