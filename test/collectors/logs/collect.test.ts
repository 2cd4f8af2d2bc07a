import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { podRootCause } from '../../../src/analyzers/logs/pod-root-cause.js';
import { artifactInput, evaluateRules } from '../../../src/analyzers/run.js';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import { podLogs } from '../../../src/collectors/logs/index.js';
import { finishRun, startRun } from '../../../src/store/collections.js';
import { logsOfPod } from '../../../src/store/pod-life.js';
import { collectInput } from '../../support/collect.js';
import { type FakeApi, kubeconfigFor, type Lists, sendStatus, startFakeApi } from '../kubernetes/fake-api.js';

const NOW_MS = Date.parse('2026-11-24T03:00:00Z');
const WINDOW = { sinceMs: NOW_MS - 3_600_000, untilMs: NOW_MS };
const APP = 'spark-0c1d2e3f';

/** A driver that ends for want of a permission, after an executor was killed for memory and came back. */
function spark(): Lists {
  const pod = (name: string, role: string, more: object, status: object) => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'etl',
      uid: name,
      creationTimestamp: '2026-11-24T02:10:00Z',
      labels: {
        'spark-role': role,
        'spark-app-selector': APP,
        'spark-app-name': 'orders',
        'sparkoperator.k8s.io/app-name': 'orders',
        ...(role === 'executor' && { 'spark-exec-id': '1' }),
      },
      ...more,
    },
    spec: {
      nodeName: 'node-1',
      initContainers: [{ name: 'fetch-jars' }],
      containers: [{ name: role === 'driver' ? 'spark-kubernetes-driver' : 'spark-kubernetes-executor' }],
    },
    status,
  });
  const ended = (exitCode: number, reason: string, finishedAt: string, startedAt = '2026-11-24T02:11:00Z') => ({
    terminated: { exitCode, reason, startedAt, finishedAt },
  });
  return {
    pods: [
      pod(
        'orders-driver',
        'driver',
        {},
        {
          phase: 'Failed',
          conditions: [
            { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-11-24T02:10:30Z' },
            { type: 'Initialized', status: 'True', lastTransitionTime: '2026-11-24T02:10:50Z' },
          ],
          initContainerStatuses: [{ name: 'fetch-jars', state: ended(0, 'Completed', '2026-11-24T02:10:50Z') }],
          containerStatuses: [
            { name: 'spark-kubernetes-driver', state: ended(1, 'Error', '2026-11-24T02:20:00Z') },
            { name: 'vault-agent', state: ended(0, 'Completed', '2026-11-24T02:20:01Z') },
          ],
        },
      ),
      pod(
        'orders-exec-1',
        'executor',
        { ownerReferences: [{ kind: 'Pod', name: 'orders-driver', controller: true }] },
        {
          phase: 'Running',
          containerStatuses: [
            {
              name: 'spark-kubernetes-executor',
              restartCount: 1,
              state: { running: { startedAt: '2026-11-24T02:18:00Z' } },
              lastState: ended(137, 'Error', '2026-11-24T02:17:00Z'),
            },
          ],
        },
      ),
    ],
    events: [
      {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name: 'e1', namespace: 'etl' },
        involvedObject: { kind: 'Pod', namespace: 'etl', name: 'orders-driver' },
        reason: 'FailedScheduling',
        message: '0/3 nodes are available: 3 Insufficient memory.',
        count: 3,
        firstTimestamp: '2026-11-24T02:10:01Z',
        lastTimestamp: '2026-11-24T02:10:20Z',
      },
    ],
  };
}

const DRIVER_LOG = [
  '26/11/24 02:11:03 INFO SparkContext: Running Spark version 3.5.9',
  '26/11/24 02:11:04 INFO Conf: spark.hadoop.fs.s3a.secret.key=hunter2hunter2',
  '26/11/24 02:11:05 DEBUG Http: Authorization: Bearer abcdefghijklmnop.qrstuv',
  '26/11/24 02:17:01 WARN TaskSchedulerImpl: Lost executor 1 on 10.0.0.7: exit code 137',
  '26/11/24 02:19:58 ERROR FileFormatWriter: Aborting job',
  'java.nio.file.AccessDeniedException: s3a://lake/orders: putObject on lake/orders: status code: 403; AccessDenied',
  '\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:255)',
  '26/11/24 02:19:59 INFO ShutdownHookManager: Shutdown hook called',
].join('\n');

let folder: string;
let api: FakeApi | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-pod-logs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await api?.close();
  api = undefined;
});

type Answer = { status: number; text: string };
const LOGS: Record<string, Answer> = {
  'orders-driver/spark-kubernetes-driver': { status: 200, text: DRIVER_LOG },
  'orders-exec-1/spark-kubernetes-executor/previous': {
    status: 200,
    text: '26/11/24 02:16:59 INFO Executor: Running task 3.0 in stage 2.0 (TID 17)\n',
  },
};

async function collected(logs: Record<string, Answer> = LOGS, lists = spark()) {
  api = await startFakeApi(lists, (_resource, _count, response, url) => {
    const pod = /\/namespaces\/etl\/pods\/([^/]+)\/log$/.exec(url.pathname)?.[1];
    if (pod === undefined) return false;
    const key = `${pod}/${url.searchParams.get('container')}${url.searchParams.get('previous') === 'true' ? '/previous' : ''}`;
    const { status, text } = logs[key] ?? { status: 404, text: `pods "${pod}" not found` };
    if (status !== 200) return sendStatus(response, status, text);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(text);
    return true;
  });
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, kubeconfigFor(api.url));
  const input = collectInput({ kubernetes: { kubeconfig: path } }, WINDOW);
  const run = startRun(input.store.db, 'kubernetes', input.cluster, WINDOW, NOW_MS);
  const first = await kubernetes.collect(input);
  finishRun(input.store.db, run, { state: 'ok', ...first }, NOW_MS);
  return { input, result: await podLogs.collect(input) };
}

function logRequests() {
  return (api?.requests ?? []).filter((request) => request.includes('/log?'));
}

function causeIn(input: ReturnType<typeof collectInput>) {
  const { db } = input.store;
  return evaluateRules({
    rules: [podRootCause],
    input: artifactInput(db, WINDOW, input.config),
    cluster: 'test',
  });
}

describe('the pod log collector', () => {
  it('reads only of containers that ended badly, the earlier life too, and bounds what it asks for', async () => {
    const { result } = await collected();

    expect(result).toMatchObject({ rows: 3, gaps: [] });
    expect(logRequests().map((request) => new URL(request, 'http://x').searchParams.get('container'))).toEqual([
      'spark-kubernetes-executor',
      'spark-kubernetes-driver',
    ]);
    for (const request of logRequests()) expect(request).toMatch(/limitBytes=1048576.*tailLines=2000/);
  });

  it('stores no secret', async () => {
    const { input } = await collected();
    const [log] = logsOfPod(input.store.db, 'test', 'etl', 'orders-driver');

    expect(log?.text).toContain('fs.s3a.secret.key=');
    expect(log?.text).not.toMatch(/hunter2|abcdefghijklmnop/);
    expect(log?.text).toContain('AccessDeniedException');
  });

  it('gives the first cause of a run without an event log', async () => {
    const { input } = await collected();
    const [found] = causeIn(input);

    expect(found).toMatchObject({
      rule: 'logs/root-cause',
      state: 'finding',
      severity: 'critical',
      subject: { kind: 'SparkApplication', namespace: 'etl', name: 'orders', runId: APP },
    });
    expect(found?.title).toMatch(/no permission: java.nio.file.AccessDeniedException: s3a:\/\/lake\/orders/);
    expect(found?.evidence.find(({ metric }) => metric === 'first said by')?.value).toBe(
      'log of pod orders-driver, container spark-kubernetes-driver',
    );
  });

  it('goes by the state of containers where no log is kept', async () => {
    const { input, result } = await collected({});

    expect(result).toMatchObject({ gaps: [], detail: expect.stringContaining('2 not kept any more') });
    expect(causeIn(input)[0]?.title).toMatch(/exit code: exit code 137$/);
  });

  it('does not read the same end twice', async () => {
    const { input } = await collected();
    const asked = logRequests().length;
    const again = await podLogs.collect(input);

    expect(again.detail).toMatch(/^0 logs/);
    expect(logRequests()).toHaveLength(asked);
  });

  it('names the right that is missing and goes on', async () => {
    const { result } = await collected({
      'orders-driver/spark-kubernetes-driver': { status: 403, text: 'pods "orders-driver" is forbidden' },
      'orders-exec-1/spark-kubernetes-executor/previous': { status: 403, text: 'forbidden' },
    });

    expect(result.gaps).toHaveLength(1);
    expect(result.gaps[0]?.why).toMatch(/^forbidden: get pods\/log in namespace etl .*deploy\/rbac.yaml allows it$/);
  });

  it('asks for nothing where all is well', async () => {
    const lists = spark();
    await collected(LOGS, { ...lists, pods: [] });

    expect(logRequests()).toEqual([]);
    expect(api?.requests.some((request) => request.includes('/events'))).toBe(false);
  });

  it('says where the API cannot be reached, by doctor and by collect', async () => {
    const path = join(folder, 'unreachable');
    writeFileSync(path, kubeconfigFor('http://127.0.0.1:1'));
    for (const kubeconfig of [path, join(folder, 'none')]) {
      const { config } = collectInput({ kubernetes: { kubeconfig } }, WINDOW);
      expect(await podLogs.check(config)).toMatchObject({
        state: 'failed',
        detail: expect.stringMatching(/ECONNREFUSED|no such file/),
      });
    }
    const input = collectInput({ kubernetes: { kubeconfig: path } }, WINDOW);
    const run = startRun(input.store.db, 'kubernetes', input.cluster, WINDOW, NOW_MS);
    finishRun(input.store.db, run, { state: 'failed', rows: 0, gaps: [], detail: 'ECONNREFUSED' }, NOW_MS);
    await expect(podLogs.collect(input)).rejects.toThrow('pod-logs: read logs: the Kubernetes API');
  });

  it('reads files named as people and kubelets name them, once', async () => {
    const logs = mkdtempSync(join(folder, 'logs-'));
    const id = 'a'.repeat(64);
    writeFileSync(join(logs, 'orders-driver.log'), DRIVER_LOG);
    writeFileSync(
      join(logs, `orders-exec-1_etl_spark-kubernetes-executor-${id}.log`),
      '2026-11-24T02:16:59.123456789Z stderr F java.lang.OutOfMemoryError: Java heap space\n',
    );
    writeFileSync(join(logs, 'README.md'), 'no log');
    for (const name of ['orders-driver.log']) utimesSync(join(logs, name), NOW_MS / 1000, NOW_MS / 1000);
    const input = collectInput({ podLogs: { folder: logs } }, WINDOW);

    expect((await podLogs.collect(input)).rows).toBe(2);
    expect((await podLogs.collect(input)).rows).toBe(0);
    expect(logsOfPod(input.store.db, 'test', 'etl', 'orders-driver')[0]?.text).not.toContain('hunter2');
    expect(logsOfPod(input.store.db, 'test', 'etl', 'orders-exec-1')[0]).toMatchObject({
      container: 'spark-kubernetes-executor',
      text: 'java.lang.OutOfMemoryError: Java heap space',
    });
  });
});
