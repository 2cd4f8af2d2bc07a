import { describe, expect, it } from 'vitest';
import { windowOf } from '../../../src/analyzers/derived/spark-run.js';
import { executorLost } from '../../../src/analyzers/spark/executor-lost.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/executor-lost', () => {
  it('finds an executor that was killed, with the exit code and the work redone', async () => {
    const [found] = findings(executorLost, await recorded('executorLost'));
    expect(found?.title).toBe('1 of 3 executors lost: exit code 137');
    expect(found?.evidence[0]?.value).toContain('SIGKILL');
    expect(found?.impact.secondsPerRun).toBeGreaterThan(1);
  });

  it('finds the shuffle that had to be written again', async () => {
    const [found] = findings(executorLost, await recorded('shuffleLost'));
    expect(found?.evidence.find(({ metric }) => metric === 'stages with work redone')?.value).toContain(
      'stage 0 attempt 1',
    );
  });

  it('is critical where memory ran out, and asks for more', async () => {
    const [found] = findings(executorLost, await recorded('executorOom'));
    expect(found?.severity).toBe('critical');
    expect(patchOf(found)).toContain('spark.executor.memory=768m');
  });

  it.each(['dynamic', 'healthy', 'stream'] as const)('finds none in %s', async (name) => {
    expect(judge(executorLost, await recorded(name)).map(({ state }) => state)).toEqual(['ok']);
  });

  it('advises decommissioning where spot took the executor', () => {
    const lost = executor({ id: '2', removedMs: 20_000, removalReason: 'Executor decommission: spot interruption' });
    const stages = [stage({ tasks: evenTasks(8, 10) })];
    const [found] = findings(executorLost, run({ stages, executors: [executor({ id: '1' }), lost] }));
    expect(found?.title).toContain('preempted');
    expect(patchOf(found)).toContain('spark.storage.decommission.shuffleBlocks.enabled=true');
  });

  const died = (removalReason: string, rest = {}) => executor({ id: '2', removedMs: 20_000, removalReason, ...rest });
  const NEVER = { addedMs: null, tasks: 0, cores: 0 };
  const losing = (lost: ReturnType<typeof died>, conf = {}) =>
    run({ conf, stages: [stage({ tasks: evenTasks(8, 10) })], executors: [executor({ id: '1' }), lost] });

  it.each([
    [{ 'spark.kubernetes.memoryOverheadFactor': '0.4' }, '2458m'],
    [{ 'spark.executor.memoryOverheadFactor': '0.5' }, '3072m'],
    [{ 'spark.executor.memoryOverhead': '2g' }, '3072m'],
    [{}, '614m'],
  ])('raises what is beside the heap where the container was killed: %o', (conf, overhead) => {
    const lost = died('The executor with id 2 exited with exit code 137(SIGKILL, possible container OOM).');
    const [found] = findings(executorLost, losing(lost, { 'spark.executor.memory': '4g', ...conf }));
    expect(patchOf(found)).toBe(`spark.executor.memoryOverhead=${overhead}`);
  });

  it('has no overhead to raise on a standalone master', () => {
    const made = losing(died('Command exited with code 137'), { 'spark.master': 'spark://host:7077' });
    expect(patchOf(findings(executorLost, made)[0])).toMatch(/^See in the kernel log/);
  });

  it('raises the heap alone where the heap ran out', () => {
    const [found] = findings(
      executorLost,
      losing(died('Command exited with code 52'), { 'spark.executor.memory': '4g' }),
    );
    expect(patchOf(found)).toBe('spark.executor.memory=6144m');
  });

  it('loses no more time than there was after the first loss', async () => {
    const log = await recorded('executorOom');
    const firstMs = Math.min(...log.executors.map(({ removedMs }) => removedMs ?? Number.POSITIVE_INFINITY));
    const [found] = findings(executorLost, log);
    expect(found?.impact.secondsPerRun).toBeLessThanOrEqual((windowOf(log).untilMs - firstMs) / 1000);
  });

  it('tells executors that never came up apart, which took nothing with them', () => {
    const [found] = findings(executorLost, losing(died('exited with exit code 1(Unexpected).', NEVER)));
    expect(found?.title).toBe('1 executor never came up: exit code 1');
    expect(found?.impact.secondsPerRun).toBeNull();
    expect(patchOf(found)).toContain('before it registered');
  });

  it('tells them where none came up at all', () => {
    const none = run({ executors: [died('exited with exit code 1(Unexpected).', NEVER)] });
    expect(findings(executorLost, none)[0]?.title).toBe('1 executor never came up: exit code 1');
  });

  it('lacks data where no executor is named', () => {
    expect(judge(executorLost, run({ executors: [] })).map(({ state }) => state)).toEqual(['insufficient-data']);
  });
});
