import { describe, expect, it } from 'vitest';
import { causeOf, lossesOf, memoryOf, redoneWork } from '../../../src/analyzers/derived/spark-losses.js';
import { evenTasks, executor, recorded, run, stage } from '../spark/runs.js';

describe('why an executor went away', () => {
  it.each([
    ['Executor killed by driver.', 'idle'],
    ['Executor decommission: spark scale down', 'idle'],
    ['Command exited with code 3', 'out of memory'],
    ['Command exited with code 137', 'exit code'],
    ['The executor with id 5 exited with exit code 137(SIGKILL, possible container OOM).', 'out of memory'],
    ['The executor with id 5 exited with exit code 52(JVM OOM).', 'out of memory'],
    ['The API gave the following container statuses: terminated, reason OOMKilled', 'out of memory'],
    ['The API gave the following brief reason: Evicted', 'evicted'],
    ['Preempted in order to admit critical pod', 'preempted'],
    ['Executor decommission: worker decommissioned', 'decommissioned'],
    ['Executor heartbeat timed out after 130000 ms', 'no heartbeat'],
    ['The executor with id 7 was deleted by a user or the framework.', 'deleted'],
    ['', 'unknown'],
  ])('%s: %s', (reason, cause) => {
    expect(causeOf(reason)).toBe(cause);
  });

  it.each([
    ['Command exited with code 52', 'heap'],
    ['The executor with id 5 exited with exit code 52(JVM OOM).', 'heap'],
    ['The executor with id 5 exited with exit code 137(SIGKILL, possible container OOM).', 'container'],
    ['The API gave the following container statuses: terminated, reason OOMKilled', 'container'],
    ['Command exited with code 137', 'container'],
    ['Spot interruption, exit code 137', null],
    ['Command exited with code 1', null],
  ])('%s: memory of the %s', (reason, memory) => {
    expect(memoryOf(reason)).toBe(memory);
  });

  it('takes executors that go with the application as no loss', () => {
    const stages = [stage({ tasks: evenTasks(4, 10) })];
    const gone = (seconds: number) =>
      run({
        stages,
        executors: [executor({ id: '1', removedMs: seconds * 1000, removalReason: 'Command exited with code 143' })],
      });
    expect(lossesOf(gone(15))).toHaveLength(1);
    expect(lossesOf(gone(30))).toEqual([]);
  });
});

describe('work redone', () => {
  it('is that of lost tasks and of stages written again', async () => {
    const redone = redoneWork(await recorded('shuffleLost'));
    expect(redone.stages.map(({ stageId, attempt }) => `${stageId}.${attempt}`)).toContain('0.1');
    expect(redone.taskMs).toBeGreaterThan(18_000);
  });

  it('is none without a loss', async () => {
    expect(redoneWork(await recorded('retries')).taskMs).toBe(0);
  });
});
