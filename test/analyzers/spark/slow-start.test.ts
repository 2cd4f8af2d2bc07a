import { describe, expect, it } from 'vitest';
import { slowStart } from '../../../src/analyzers/spark/slow-start.js';
import { type PodLife, UNKNOWN } from '../../../src/store/pod-life.js';
import { evenTasks, executor, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/slow-start', () => {
  it('finds a run that waits for its executors', async () => {
    const [found] = findings(slowStart, await recorded('driverBound'));
    expect(found?.evidence[1]).toMatchObject({ metric: 'start to 2 of 2 executors', unit: 's' });
  });

  it('finds none where they come soon', async () => {
    expect(judge(slowStart, await recorded('recompute'))[0]?.state).toBe('ok');
  });

  const second = (at: number, seconds: number, conf = {}) =>
    run({
      seconds,
      conf: { 'spark.executor.instances': '2', ...conf },
      executors: [executor({ id: '1', addedMs: 1000 }), executor({ id: '2', addedMs: at * 1000 })],
      stages: [stage({ tasks: evenTasks(8, 10, at) })],
    });

  it('counts those that came where the settings do not say how many were asked for', () => {
    const late = run({
      executors: [executor({ id: '1', addedMs: 30_000 }), executor({ id: '2', addedMs: 31_000 })],
      stages: [stage({ tasks: [{ at: 30.5, seconds: 40 }] })],
    });
    const [found] = findings(slowStart, late);
    expect(found?.title).toBe('1 executor took 30 s to come, 30 % of the run');
    expect(found?.evidence[1]?.metric).toBe('start to 1 of 2 executors');
  });

  it.each([
    { at: 19.9, seconds: 100, fires: false },
    { at: 20, seconds: 100, fires: true },
    { at: 119, seconds: 10_000, fires: false },
    { at: 120, seconds: 10_000, fires: true },
  ])('the last executor after $at s of $seconds s: $fires', ({ at, seconds, fires }) => {
    expect(findings(slowStart, second(at, seconds)).length > 0).toBe(fires);
  });

  it('names the allocation batch on Kubernetes where one batch does not ask for all', () => {
    const patchFor = (instances: string) => {
      const conf = { 'spark.master': 'k8s://https://api', 'spark.executor.instances': instances };
      return patchOf(findings(slowStart, second(50, 100, conf))[0]);
    };
    expect(patchFor('40')).toContain('spark.kubernetes.allocation.batch.size=40');
    expect(patchFor('5')).not.toContain('spark.kubernetes.allocation.batch.size');
  });

  it('says by the pods what was waited for, from the driver pod on', () => {
    const log = second(50, 200);
    const { startMs } = log.application;
    log.executors.forEach((each) => {
      each.podName = `etl-exec-${each.id}`;
    });
    const pod = (
      name: string,
      role: PodLife['role'],
      at: [created: number, scheduled: number, started: number],
    ): PodLife => ({
      ...UNKNOWN,
      namespace: 'etl',
      name,
      role,
      createdMs: startMs + at[0] * 1000,
      scheduledMs: startMs + at[1] * 1000,
      startedMs: startMs + at[2] * 1000,
      endMs: startMs + 200_000,
      logs: [],
    });
    const waiting = {
      ...pod('etl-exec-2', 'executor', [2, 40, 45]),
      events: [{ reason: 'FailedScheduling', message: '0/3 nodes are available', count: 9, firstMs: 0, lastMs: 0 }],
    };
    const pods = [pod('etl-driver', 'driver', [-30, -28, -10]), pod('etl-exec-1', 'executor', [0, 0, 0]), waiting];
    const [found] = judge(slowStart, log, {}, pods);
    const seconds = (metric: string) => found?.evidence.find((each) => each.metric === metric)?.value;

    expect(found?.title).toBe('2 executors took 80 s to come, 35 % of the run: executor pod waits for a node for 38 s');
    expect(seconds('driver pod pulls its image and starts')).toBe(18);
    expect(seconds('driver starts the application')).toBe(10);
    expect(seconds('executor pod waits for a node')).toBe(38);
    expect(seconds('event FailedScheduling of pod etl-exec-2')).toBe('0/3 nodes are available');
    expect(patchOf(found)).toMatch(/^Hold spare capacity/);
  });

  it('leaves out pods that are younger than what they did', () => {
    const log = second(50, 200);
    const createdMs = log.application.startMs + 1_000_000;
    const other = {
      ...UNKNOWN,
      namespace: 'etl',
      name: 'etl-driver',
      role: 'driver' as const,
      createdMs,
      endMs: createdMs,
      logs: [],
    };
    const [found] = judge(slowStart, log, {}, [other]);

    expect(found?.title).toBe('2 executors took 50 s to come, 25 % of the run');
  });

  it('does not apply to local mode', () => {
    expect(judge(slowStart, second(50, 100, { 'spark.master': 'local[4]' }))[0]?.state).toBe('not-applicable');
  });
});
