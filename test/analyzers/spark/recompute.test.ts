import { describe, expect, it } from 'vitest';
import { recompute } from '../../../src/analyzers/spark/recompute.js';
import { CACHE, evenTasks, findings, job, judge, type NodeSpec, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/recompute', () => {
  it('finds the plan that four actions compute again', async () => {
    const found = findings(recompute, await recorded('recompute'));
    expect(found.map(({ title }) => title)).toEqual(['The same sub-plan is computed 4 times']);
    expect(found[0]?.impact.secondsPerRun).toBeGreaterThan(10);
    expect(patchOf(found[0])).toContain('.persist()');
  });

  it.each(['cached', 'healthy', 'fewTasksFixed', 'spill', 'spillFixed', 'skewSplit'] as const)(
    'finds none in %s',
    async (name) => {
      expect(judge(recompute, await recorded(name)).map(({ state }) => state)).not.toContain('finding');
    },
  );

  it('does not apply to a stream', async () => {
    expect(judge(recompute, await recorded('stream'))[0]?.state).toBe('not-applicable');
  });

  /** Two executions with the same plan below an exchange, but for ids; the second costs `seconds` on all four slots. */
  const twice = (seconds: number, other = 0, filter = 'Filter a#7 > 1') => {
    const plan = (id: number, ids: number): NodeSpec[] => [
      { name: 'Exchange', description: `Exchange hashpartitioning(a#${ids}, 8), [plan_id=${ids}]` },
      { name: 'Filter', description: id ? filter : 'Filter a#9 > 1', stageIds: [id] },
    ];
    const stages = [
      stage({ stageId: 0, tasks: evenTasks(4, 10, 0) }),
      stage({ stageId: 1, tasks: evenTasks(4, seconds, 10) }),
      ...(other ? [stage({ stageId: 2, tasks: evenTasks(4, other, 30) })] : []),
    ];
    const jobs = [0, 1].map((id) =>
      job({ id, sqlExecutionId: id, stageIds: [id], submittedMs: id * 10_000, completedMs: 90_000 }),
    );
    return run({ stages, jobs, sqlExecutions: [sql(0, plan(0, 9)), sql(1, plan(1, 7))] });
  };

  it('leaves to spark/cache-unused what a cache had lost', () => {
    const own = twice(10);
    const [first, second] = own.stages;
    if (!first || !second) throw new Error('two stages');
    const reads = (i: number) => ({ inputBytes: i > 1 ? 100 : 0 });
    const cachedRdds = [{ ...CACHE, stageIds: [0, 1] }];
    const refilled = stage({ stageId: 1, tasks: evenTasks(4, 10, 10, reads) });
    expect(findings(recompute, { ...own, cachedRdds })).toHaveLength(1);
    expect(findings(recompute, { ...own, cachedRdds, stages: [first, refilled] })).toEqual([]);
  });

  it.each([
    { seconds: 4.99, other: 0, filter: 'Filter a#7 > 1', fires: false, why: 'less than 5 s to save' },
    { seconds: 5, other: 0, filter: 'Filter a#7 > 1', fires: true, why: '5 s to save' },
    { seconds: 5, other: 36, filter: 'Filter a#7 > 1', fires: false, why: 'less than a tenth of the task time' },
    { seconds: 5, other: 0, filter: 'Filter a#7 > 2', fires: false, why: 'another plan' },
  ])('$why: $fires', ({ seconds, other, filter, fires }) => {
    expect(findings(recompute, twice(seconds, other, filter)).length > 0).toBe(fires);
  });
});
