import { describe, expect, it } from 'vitest';
import { gcPressure } from '../../../src/analyzers/spark/gc-pressure.js';
import { evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/gc-pressure', () => {
  it('finds executors that collect garbage, as critical above a fifth of the run time', async () => {
    const [found] = findings(gcPressure, await recorded('gc'));
    expect(found?.severity).toBe('critical');
    expect(patchOf(found)).toContain('spark.executor.memory=900m');
  });

  it.each(['driverBound', 'largeFiles', 'healthy'] as const)(
    'finds none in %s: cold JVMs collect much of little',
    async (name) => {
      expect(findings(gcPressure, await recorded(name))).toEqual([]);
    },
  );

  // 40 tasks of 10 s on 4 slots of a run of 100 s: run time and wall × cores are both 400 s.
  const collecting = (gcMs: number, seconds = 100) =>
    run({ seconds, stages: [stage({ tasks: evenTasks(40, 10, 0, () => ({ gcMs })) })] });

  it.each([
    { gcMs: 990, severity: undefined },
    { gcMs: 1000, severity: 'warning' },
    { gcMs: 1999, severity: 'warning' },
    { gcMs: 2000, severity: 'critical' },
  ])('$gcMs ms of each 10 s: $severity', ({ gcMs, severity }) => {
    expect(findings(gcPressure, collecting(gcMs))[0]?.severity).toBe(severity);
  });

  it.each([
    { seconds: 200, fires: true },
    { seconds: 201, fires: false },
  ])('a tenth of the run time, in a run of $seconds s: $fires', ({ seconds, fires }) => {
    expect(findings(gcPressure, collecting(1000, seconds)).length > 0).toBe(fires);
  });

  it('asks for the heap of the driver in local mode', () => {
    const log = collecting(1000);
    log.application.conf = { 'spark.master': 'local[4]', 'spark.driver.memory': '2g' };
    const [found] = findings(gcPressure, log);
    expect(found?.title).toBe('The driver spends 10 % of its task time collecting garbage');
    expect(patchOf(found)).toContain('spark.driver.memory=3072m');
    expect(patchOf(found)).not.toContain('spark.executor');
  });

  it('lacks data without a task', () => {
    expect(judge(gcPressure, run())[0]?.state).toBe('insufficient-data');
  });
});
