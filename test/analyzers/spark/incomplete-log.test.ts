import { describe, expect, it } from 'vitest';
import { incompleteLog } from '../../../src/analyzers/spark/incomplete-log.js';
import { findings, job, judge, patchOf, recorded, run } from './runs.js';

function logOf(facts: object) {
  const whole = run();
  return { ...whole, application: { ...whole.application, log: { ...whole.application.log, ...facts } } };
}

describe('spark/incomplete-log', () => {
  it('finds dropped events, and more room for the queue', () => {
    const [found] = findings(incompleteLog, logOf({ missingTasks: 3, damage: ['3 tasks without an end'] }));
    expect(found?.title).toContain('3 tasks');
    expect(patchOf(found)).toContain('eventqueue.capacity=50000');
  });

  it('finds damage in the middle', () => {
    expect(findings(incompleteLog, logOf({ damagedLines: 1, damage: ['line 7 is no event'] }))).toHaveLength(1);
  });

  it('takes the torn end of a running application as normal', () => {
    const torn = logOf({ inProgress: true, tornLastLine: true, truncated: true });
    expect(judge(incompleteLog, torn)[0]?.state).toBe('ok');
  });

  it('says of a whole log that its run was stopped', () => {
    const error = 'Job 0 cancelled because SparkContext was shut down';
    const jobs = [job({ id: 0, completedMs: 20_000, result: 'failed', error })];
    const [judged] = judge(incompleteLog, { ...logOf({}), jobs });
    expect(judged).toMatchObject({ state: 'ok', title: expect.stringContaining('it was stopped, job 0 incomplete') });
  });

  it('finds a recorded run whole', async () => {
    expect(judge(incompleteLog, await recorded('healthy'))[0]?.state).toBe('ok');
  });
});
