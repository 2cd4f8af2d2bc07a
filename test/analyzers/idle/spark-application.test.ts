import { describe, expect, it } from 'vitest';
import { idleSparkApplication } from '../../../src/analyzers/idle/spark-application.js';
import { evenTasks, findings, job, judge, recorded, run, stage } from '../spark/runs.js';

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

  it('finds an application that never had a job', () => {
    expect(findings(idleSparkApplication, run({ seconds: 2 * HOUR }))).toHaveLength(1);
  });
});
