import { describe, expect, it } from 'vitest';
import { failedTasks } from '../../../src/analyzers/spark/failed-tasks.js';
import { TASK_KILLED } from '../../../src/model/spark.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/failed-tasks', () => {
  it('finds tasks that are retried, with their error', async () => {
    const [found] = findings(failedTasks, await recorded('retries'));
    expect(found?.title).toMatch(/^5 tasks failed/);
    expect(patchOf(found)).toContain('flaky partition');
  });

  it('finds fetch failures and the stage retries after them', async () => {
    const [found] = findings(failedTasks, await recorded('shuffleLost'));
    expect(found?.title).toContain('2 stage retries');
    expect(found?.subject.stageId).toBeUndefined();
  });

  it('does not advise retries of a fetch from an executor that is gone', async () => {
    const [found] = findings(failedTasks, await recorded('shuffleLost'));
    expect(patchOf(found)).not.toContain('spark.shuffle.io');
    expect(patchOf(found)).toContain('spark/executor-lost');
  });

  const refetching = (text: string, executors = [executor({ id: '1' }), executor({ id: '2' })]) => {
    const first = stage({
      failedTasks: 1,
      tasks: evenTasks(4, 10),
      endReasons: { FetchFailed: 1 },
      endErrors: { FetchFailed: text },
    });
    return run({ stages: [first, stage({ attempt: 1, tasks: evenTasks(4, 10, 20) })], executors });
  };
  const lost = (removalReason: string) => [executor({ id: '2', removedMs: 15_000, removalReason })];

  it.each([
    ['the host lived on', 'Connection reset by peer', undefined, 'spark.shuffle.io.maxRetries=10'],
    ['Spark says that it is dead', 'ExecutorDeadException: the remote executor is dead', undefined, 'decommission'],
    ['a node was taken', 'Connection refused', lost('spot interruption'), 'decommission'],
    ['nobody knows who killed it', 'Connection refused', lost('Command exited with code 137'), 'decommission'],
    ['the heap ran out', 'Connection refused', lost('Command exited with code 52'), 'mend what ended it'],
  ])('%s: advises what helps', (_what, text, executors, advised) => {
    const patch = patchOf(findings(failedTasks, refetching(text, executors))[0]);
    expect(patch).toContain(advised);
    expect(patch.includes('spark.shuffle.io')).toBe(advised.startsWith('spark.shuffle.io'));
    expect(patch.includes('decommission')).toBe(advised === 'decommission');
  });

  it('points to the loss where tasks went with their executor', () => {
    const tasks = evenTasks(4, 10).map((task) => ({ ...task, outcome: 1 }));
    const endErrors = { ExecutorLostFailure: 'Command exited with code 52' };
    const made = run({ stages: [stage({ tasks, endErrors })], executors: lost('Command exited with code 52') });
    expect(patchOf(findings(failedTasks, made)[0])).toBe(
      'Tasks were lost with their executor: see spark/executor-lost for the reason',
    );
  });

  it.each(['healthy', 'stream', 'straggler'] as const)('finds none in %s', async (name) => {
    expect(findings(failedTasks, await recorded(name))).toEqual([]);
  });

  const failing = (count: number, seconds: number) => {
    const failed = Array.from({ length: count }, (_, i) => ({ index: i, at: 10, seconds, executor: '1', outcome: 1 }));
    const won = evenTasks(10, 10, 20).map((task, index) => ({ ...task, index, attempt: index < count ? 1 : 0 }));
    return run({ stages: [stage({ tasks: [...failed, ...won] })] });
  };

  it.each([
    { count: 3, seconds: 1, fires: false },
    { count: 4, seconds: 1, fires: true },
    { count: 1, seconds: 5.2, fires: false },
    { count: 1, seconds: 5.3, fires: true },
  ])('$count failures of $seconds s beside 100 s of work: $fires', ({ count, seconds, fires }) => {
    expect(findings(failedTasks, failing(count, seconds)).length > 0).toBe(fires);
  });

  it('says of cancelled work that it was killed, and by what', () => {
    const tasks = evenTasks(8, 10).map((task) => ({ ...task, outcome: TASK_KILLED }));
    const endErrors = { TaskKilled: 'Stage cancelled: Job 0 cancelled by the user' };
    const [found] = findings(failedTasks, run({ stages: [stage({ tasks, endErrors })] }));
    expect(found?.title).toBe('8 tasks killed: 100 % of the task time lost');
    expect(patchOf(found)).toContain('cancelled by the user');
  });

  it('takes a stage retry alone as enough', () => {
    const stages = [stage({ tasks: evenTasks(4, 10) }), stage({ attempt: 1, tasks: evenTasks(1, 2, 20) })];
    expect(findings(failedTasks, run({ stages }))).toHaveLength(1);
    expect(judge(failedTasks, run({ stages: stages.slice(0, 1) }))[0]?.state).toBe('ok');
  });
});
