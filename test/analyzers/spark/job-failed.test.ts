import { describe, expect, it } from 'vitest';
import { jobFailed } from '../../../src/analyzers/spark/job-failed.js';
import type { SparkJob } from '../../../src/model/spark.js';
import { evenTasks, findings, job, judge, type RunSpec, recorded, run, stage } from './runs.js';

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
  ])('$error: $fires', ({ error, fires }) => {
    const jobs = [job({ id: 3, submittedMs: 10_000, completedMs: 20_000, result: 'failed', error })];
    expect(findings(jobFailed, run({ stages: [stage({ tasks: evenTasks(4, 10) })], jobs })).length > 0).toBe(fires);
  });

  describe('a run whose driver was stopped', () => {
    const shutDown = 'Job 3 cancelled because SparkContext was shut down';
    const cutOff = (given: Partial<SparkJob> = {}, rest: RunSpec = {}) => {
      const work = stage({ stageId: 4, numTasks: 9, status: 'failed', tasks: evenTasks(4, 10) });
      const open = job({
        id: 3,
        stageIds: [4],
        submittedMs: 10_000,
        completedMs: 20_000,
        result: 'failed',
        error: shutDown,
      });
      return run({ stages: [work], jobs: [{ ...open, ...given }], ...rest });
    };

    it('did not finish its jobs', () => {
      const [found] = findings(jobFailed, cutOff());
      expect(found?.title).toBe('Stopped before it finished: job 3 (stage 4) incomplete');
      expect(found?.subject.stageId).toBe(4);
      expect(found?.evidence[1]).toMatchObject({ metric: 'stage 4, partitions done', value: '4 of 9' });
      expect(found?.impact.secondsPerRun).toBeNull();
    });

    it('did not either where the log has no end of the job', () => {
      const work = stage({ stageId: 4, status: 'running', completedMs: null, tasks: evenTasks(4, 10) });
      const open = cutOff({ completedMs: null, result: 'running', error: null }, { stages: [work] });
      expect(findings(jobFailed, open)[0]?.title).toContain('job 3 (stage 4) incomplete');
      // Only the end of the job was dropped.
      const whole = cutOff(
        { completedMs: null, result: 'running', error: null },
        { stages: [{ ...work, status: 'complete' }] },
      );
      expect(findings(jobFailed, whole)).toEqual([]);
    });

    it('is well where it goes on, or was a stream', () => {
      const streamingQueries = [{ queryId: 'q', runId: 'r', name: null, startedMs: 0, terminated: true, error: null }];
      expect(findings(jobFailed, cutOff({}, { streamingQueries }))).toEqual([]);
      expect(
        findings(
          jobFailed,
          cutOff({ completedMs: null, result: 'running', error: null }, { application: { finished: false } }),
        ),
      ).toEqual([]);
    });

    it('is told of the failed job first where one failed before', () => {
      const failed = job({
        id: 2,
        submittedMs: 0,
        completedMs: 5_000,
        result: 'failed',
        error: 'Job aborted due to stage failure',
      });
      const both = cutOff();
      expect(findings(jobFailed, { ...both, jobs: [failed, ...both.jobs] })[0]?.title).toMatch(/^Job 2 failed/);
    });
  });

  it('does not apply without a job', () => {
    expect(judge(jobFailed, run())[0]?.state).toBe('not-applicable');
  });
});
