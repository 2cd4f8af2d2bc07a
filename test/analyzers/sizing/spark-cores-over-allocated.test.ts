import { describe, expect, it } from 'vitest';
import { sparkCoresOverAllocated } from '../../../src/analyzers/sizing/spark-cores-over-allocated.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from '../spark/runs.js';

describe('sizing/spark-cores-over-allocated', () => {
  it('finds executors that mostly wait for the driver', async () => {
    expect(findings(sparkCoresOverAllocated, await recorded('driverBound'))).toHaveLength(1);
  });

  it('finds none in a run that fills its slots', async () => {
    expect(judge(sparkCoresOverAllocated, await recorded('recompute'))[0]?.state).toBe('ok');
  });

  // Four slots for 100 s.
  const using = (seconds: number) => run({ stages: [stage({ tasks: evenTasks(4, seconds, 0) })] });

  it.each([
    { seconds: 49.9, fires: true },
    { seconds: 50, fires: false },
  ])('$seconds of 100 s: $fires', ({ seconds, fires }) => {
    expect(findings(sparkCoresOverAllocated, using(seconds)).length > 0).toBe(fires);
  });

  it('names the executors that would do, and the cores they free', () => {
    const [found] = findings(sparkCoresOverAllocated, using(20));
    expect(patchOf(found)).toBe('spark.executor.instances=1');
    expect(found?.impact.freedCpuCores).toBe(2);
  });

  it('does not apply to local mode', () => {
    const local = { conf: { 'spark.master': 'local[2]' }, executors: [executor({ id: 'driver' })] };
    expect(judge(sparkCoresOverAllocated, run(local))[0]?.state).toBe('not-applicable');
  });
});
