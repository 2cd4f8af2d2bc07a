import { describe, expect, it } from 'vitest';
import { windowOf } from '../../../src/analyzers/derived/spark-run.js';
import { sparkRuns } from '../../../src/analyzers/derived/spark-runs.js';
import { idleSparkApplication } from '../../../src/analyzers/idle/spark-application.js';
import { evaluateGiven, givenInput } from '../../../src/analyzers/run.js';
import { Config } from '../../../src/config/schema.js';
import { type PodLife, UNKNOWN } from '../../../src/store/pod-life.js';
import { evenTasks, executor, findings, job, judge, recorded, run, stage } from '../spark/runs.js';

const HOUR = 3600;

describe('idle/spark-application', () => {
  it('finds none in a recorded run', async () => {
    expect(judge(idleSparkApplication, await recorded('driverBound'))[0]?.state).toBe('ok');
  });

  const paused = (seconds: number, finished = true) =>
    run({
      seconds: 100 + seconds,
      application: { finished, endMs: finished ? (100 + seconds) * 1000 : null },
      stages: [stage({ tasks: evenTasks(4, 90) })],
      jobs: [job({ id: 0, submittedMs: 10_000, completedMs: 100_000 })],
    });

  it.each([
    { seconds: HOUR, fires: false },
    { seconds: HOUR + 1, fires: true },
  ])('$seconds s after the last job: $fires', ({ seconds, fires }) => {
    expect(findings(idleSparkApplication, paused(seconds)).length > 0).toBe(fires);
  });

  it('says whether the driver is still up', () => {
    expect(findings(idleSparkApplication, paused(2 * HOUR, false))[0]?.title).toBe(
      'No job for 2.0 h while the driver is up',
    );
    expect(findings(idleSparkApplication, paused(2 * HOUR))[0]?.title).toBe('No job for 2.0 h while the driver was up');
  });

  describe('whose log has not ended', () => {
    const silent = run({
      seconds: 100,
      application: { finished: false, endMs: null },
      executors: [executor({ id: '1' }), executor({ id: '2', removedMs: 50_000 })],
      stages: [stage({ tasks: evenTasks(4, 90) })],
      jobs: [job({ id: 0, submittedMs: 10_000, completedMs: 100_000 })],
    });
    const driver = (seconds: number, hasEnded = false): PodLife => ({
      ...UNKNOWN,
      namespace: 'etl',
      name: 'notebook-driver',
      role: 'driver',
      createdMs: 0,
      endMs: (100 + seconds) * 1000,
      hasEnded,
      logs: [],
    });
    const found = (pod: PodLife, log = silent) => judge(idleSparkApplication, log, {}, [pod])[0];

    it('is idle as long as its driver pod was seen after the last job', () => {
      expect(found(driver(HOUR))?.state).toBe('ok');
      expect(found(driver(3 * HOUR))).toMatchObject({
        state: 'finding',
        title: 'No job for 3.0 h while the driver is up',
        evidence: expect.arrayContaining([
          expect.objectContaining({ metric: 'executors held meanwhile', value: 1 }),
          expect.objectContaining({ metric: 'driver pod seen after the newest event', value: 3 * HOUR }),
        ]),
      });
    });

    it('was up until the end of its driver pod', () => {
      expect(found(driver(3 * HOUR, true))?.title).toBe('No job for 3.0 h while the driver was up');
    });

    it('is not idle where its log ends within a job', () => {
      const jobs = [...silent.jobs, job({ id: 1, submittedMs: 90_000, completedMs: null })];
      expect(found(driver(3 * HOUR), { ...silent, jobs })?.state).toBe('ok');
    });

    it('is judged up to when logs were read last', () => {
      const items = (logsReadMs: number) => [{ cluster: '', log: silent, logsReadMs, pods: () => [driver(3 * HOUR)] }];
      const titles = (logsReadMs: number) =>
        evaluateGiven(
          [idleSparkApplication],
          givenInput(Config.parse({}), windowOf(silent), new Map([[sparkRuns, items(logsReadMs)]])),
        );
      expect(titles(HOUR * 1000)[0]?.state).toBe('ok');
      expect(titles(2 * HOUR * 1000 + 100_000)[0]?.title).toBe('No job for 2.0 h while the driver is up');
    });

    it('is not judged by pods of executors', () => {
      expect(found({ ...driver(3 * HOUR), role: 'executor' })?.state).toBe('ok');
    });
  });

  it('finds an application that never had a job', () => {
    expect(findings(idleSparkApplication, run({ seconds: 2 * HOUR }))).toHaveLength(1);
  });
});
