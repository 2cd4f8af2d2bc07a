import { describe, expect, it } from 'vitest';
import { incompleteLog } from '../../../src/analyzers/spark/incomplete-log.js';
import { findings, judge, patchOf, recorded, run } from './runs.js';

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

  it('finds a recorded run whole', async () => {
    expect(judge(incompleteLog, await recorded('healthy'))[0]?.state).toBe('ok');
  });
});
