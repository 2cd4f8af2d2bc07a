import { describe, expect, it } from 'vitest';
import { idleExecutor } from '../../../src/analyzers/idle/executor.js';
import { evenTasks, executor, findings, judge, recorded, run, stage } from '../spark/runs.js';

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

  it('applies to a local cluster, which has executors', () => {
    const made = run({ conf: { 'spark.master': 'local-cluster[2,2,1024]' }, executors: [executor({ id: '1' })] });
    expect(findings(idleExecutor, made)).toHaveLength(1);
  });

  it('does not apply to local mode', () => {
    const local = { conf: { 'spark.master': 'local[2]' }, executors: [executor({ id: 'driver' })] };
    expect(judge(idleExecutor, run(local))[0]?.state).toBe('not-applicable');
  });
});
