import { describe, expect, it } from 'vitest';
import { jobFailed } from '../../../src/analyzers/spark/job-failed.js';
import { evenTasks, findings, job, judge, recorded, run, stage } from './runs.js';

describe('spark/job-failed', () => {
  it('names the Python error at the bottom, not the JVM line at the top', async () => {
    const [found] = findings(jobFailed, await recorded('jobFailed'));
    expect(found?.title).toContain('RuntimeError: cannot parse record 12346');
    expect(found?.severity).toBe('critical');
    expect(found?.subject.stageId).toBe(2);
  });

  it('names the loss of executors where that failed the job', async () => {
    expect(findings(jobFailed, await recorded('executorOom'))[0]?.title).toContain('ExitOnOutOfMemoryError');
  });

  it.each(['healthy', 'stream', 'shuffleLost'] as const)('finds none in %s', async (name) => {
    expect(findings(jobFailed, await recorded(name))).toEqual([]);
  });

  it.each([
    { error: 'Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times', fires: true },
    { error: '[SPARK_JOB_CANCELLED] Job 3 cancelled part of cancelled job group', fires: false },
    { error: 'Job 3 cancelled because SparkContext was shut down', fires: false },
  ])('$error: $fires', ({ error, fires }) => {
    const jobs = [job({ id: 3, submittedMs: 10_000, completedMs: 20_000, result: 'failed', error })];
    expect(findings(jobFailed, run({ stages: [stage({ tasks: evenTasks(4, 10) })], jobs })).length > 0).toBe(fires);
  });

  it('does not apply without a job', () => {
    expect(judge(jobFailed, run())[0]?.state).toBe('not-applicable');
  });
});
