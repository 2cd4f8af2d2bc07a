import { describe, expect, it } from 'vitest';
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

  it('lacks data where no executor is named', () => {
    expect(judge(executorLost, run({ executors: [] })).map(({ state }) => state)).toEqual(['insufficient-data']);
  });
});
