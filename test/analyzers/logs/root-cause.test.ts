import { describe, expect, it } from 'vitest';
import { rootCause } from '../../../src/analyzers/logs/root-cause.js';
import type { SparkLog } from '../../../src/model/spark.js';
import { UNKNOWN } from '../../../src/store/pod-life.js';
import { judge, recorded } from '../spark/runs.js';

describe('logs/root-cause', () => {
  it('finds the Python exception that failed the job', async () => {
    const [found] = judge(rootCause, await recorded('jobFailed'));

    expect(found).toMatchObject({
      state: 'finding',
      severity: 'critical',
      title: 'Job 1 failed: Python exception: RuntimeError: cannot parse record 12346: "quoted" \\ and ünïcode',
    });
    expect(found?.evidence[1]).toMatchObject({ metric: 'first said by', value: 'a task of stage 2' });
  });

  it('finds the memory behind the job that failed for lost executors', async () => {
    const [found] = judge(rootCause, await recorded('executorOom'));

    expect(found).toMatchObject({
      severity: 'critical',
      title: expect.stringMatching(/^Job 1 failed: out of memory: /),
    });
    expect(found?.recommendation?.summary).toMatch(/^Give more memory to the heap/);
  });

  it('finds the executor behind the fetch failures, and says that only the exit code is known', async () => {
    const [found] = judge(rootCause, await recorded('shuffleLost'));

    expect(found).toMatchObject({
      severity: 'info',
      title: 'Tasks or executors failed, and the run recovered: exit code: Command exited with code 137',
      confidence: { value: 0.4 },
    });
    expect(found?.evidence[1]?.value).toBe('executor 1');
  });

  it('names what a run recovered from for information, or not at all', async () => {
    const run = await recorded('retries');

    expect(judge(rootCause, run)[0]).toMatchObject({ state: 'finding', severity: 'info' });
    expect(judge(rootCause, run, { recovered: false })[0]).toMatchObject({ state: 'ok' });
  });

  it.each(['healthy', 'dynamic', 'stream', 'straggler', 'spill'] as const)('has nothing to say of %s', async (name) => {
    expect(judge(rootCause, await recorded(name))[0]).toMatchObject({ state: 'ok', title: 'nothing failed' });
  });

  it('asks the driver’s pod where a log that looks whole is of a stopped run', async () => {
    const healthy = await recorded('healthy');
    const [first, ...others] = healthy.jobs;
    if (!first) throw new Error('no job');
    const cut = { ...first, result: 'failed' as const, error: 'Job 0 cancelled because SparkContext was shut down' };
    const { startMs, lastEventMs } = healthy.application;
    const pod = { ...UNKNOWN, namespace: 'etl', name: 'etl-driver', role: 'driver' as const, createdMs: startMs };
    const evicted = {
      ...pod,
      endMs: lastEventMs,
      logs: [],
      reason: 'Evicted',
      message: 'The node was low on resource: memory.',
    };

    const [found] = judge(rootCause, { ...healthy, jobs: [cut, ...others] }, {}, [evicted]);
    expect(found).toMatchObject({
      severity: 'critical',
      title: expect.stringContaining('driver (pod etl-driver) failed: preempted or evicted'),
    });
    expect(judge(rootCause, healthy, {}, [evicted])[0]?.severity).not.toBe('critical');
  });

  it('finds in pods and their logs what the event log cannot say', async () => {
    const run = await recorded('shuffleLost');
    const { startMs, lastEventMs } = run.application;
    const pod = {
      ...UNKNOWN,
      namespace: 'etl',
      name: 'etl-exec-1',
      role: 'executor' as const,
      createdMs: startMs,
      endMs: lastEventMs,
      logs: [],
    };
    const end = { container: 'executor', previous: false, exitCode: 137, message: null, finishedMs: startMs + 5000 };
    const killed = judge(rootCause, run, {}, [{ ...pod, ends: [{ ...end, reason: 'OOMKilled' }] }])[0];
    const evicted = judge(rootCause, run, {}, [
      { ...pod, reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage.' },
    ])[0];
    const waiting = judge(rootCause, await recorded('healthy'), {}, [
      {
        ...pod,
        reason: 'Unschedulable',
        message: 'preemption: 0/3 nodes are available',
        ends: [{ ...end, exitCode: 143, reason: 'Error' }],
      },
    ])[0];

    expect(killed?.title).toMatch(/recovered: out of memory: OOMKilled, exit code 137$/);
    expect(killed?.evidence[1]?.value).toBe('pod etl-exec-1, container executor');
    expect(evicted?.title).toMatch(/recovered: disk full: Evicted: The node was low on resource/);
    expect(waiting).toMatchObject({ state: 'ok', title: 'nothing failed' });
  });

  it('reads errors of SQL statements that never became a job', async () => {
    const run = await recorded('cartesian');
    const failed: SparkLog = {
      ...run,
      sqlExecutions: run.sqlExecutions.map((execution) => ({
        ...execution,
        error:
          'org.apache.iceberg.exceptions.CommitFailedException: Cannot commit changes based on stale table metadata',
      })),
    };

    expect(judge(rootCause, failed)[0]?.title).toMatch(
      /^SQL statement \d+ failed: commit conflict: org.apache.iceberg/,
    );
  });
});
