import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { podsOfLog } from '../../../src/analyzers/derived/pod-lives.js';
import { artifactInput, evaluateRules } from '../../../src/analyzers/run.js';
import { slowStart } from '../../../src/analyzers/spark/slow-start.js';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import { podLogs } from '../../../src/collectors/logs/index.js';
import { sparkLogs } from '../../../src/collectors/spark/index.js';
import { renderClinic } from '../../../src/reports/clinic.js';
import { examine } from '../../../src/spark/clinic.js';
import { finishRun, startRun } from '../../../src/store/collections.js';
import { findSparkApplication, readSparkLog } from '../../../src/store/spark.js';
import { collectInput } from '../../support/collect.js';
import { type FakeApi, type Item, kubeconfigFor, startFakeApi } from '../kubernetes/fake-api.js';
import { EXECUTOR_LOST, plainLog } from '../spark/fixtures.js';

/** A run that began then; its executor 0 registered 12.9 s later, its executor 1 after 13.6 s. */
const START_MS = Date.parse('2026-11-23T20:54:08.145Z');
const WINDOW = { sinceMs: START_MS - 3_600_000, untilMs: START_MS + 3_600_000 };
const iso = (seconds: number, digits = 0) =>
  new Date(START_MS + seconds * 1000).toISOString().replace(/\.(\d{3})Z$/, digits ? '.$1000Z' : 'Z');

function pod(name: string, role: 'driver' | 'executor', [created, scheduled, started]: number[], uid = name): Item {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...{ name, namespace: 'etl', uid, creationTimestamp: iso(created ?? 0) },
      labels: {
        'spark-role': role,
        'spark-app-selector': EXECUTOR_LOST,
        'sparkoperator.k8s.io/app-name': 'orders',
        ...(role === 'executor' && { 'spark-exec-id': name.slice(-1) }),
      },
    } as Item['metadata'],
    spec: { nodeName: 'node-1', containers: [{ name: 'spark' }] },
    status: {
      phase: 'Succeeded',
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: iso(scheduled ?? 0) }],
      containerStatuses: [
        { name: 'spark', state: { terminated: { exitCode: 0, startedAt: iso(started ?? 0), finishedAt: iso(110) } } },
      ],
    },
  };
}

function event(about: string, reason: string, message: string, times: object): Item {
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: `${about}.${reason}`, namespace: 'etl' },
    involvedObject: { kind: 'Pod', namespace: 'etl', name: about },
    ...{ reason, message, ...times },
  };
}

const UNSCHEDULABLE = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.';
const PULLED =
  'Successfully pulled image "registry/spark:3.5" in 3m12s (3m12s including waiting). Image size: 1300000000 bytes.';

/** A driver that waited for a node and then for its image; executors that came at once. */
const LISTS = {
  pods: [
    pod('orders-driver', 'driver', [-400, -220, -20]),
    pod('orders-exec-0', 'executor', [3, 3, 5]),
    pod('orders-exec-1', 'executor', [3, 3, 5]),
  ],
  events: [
    // Of the scheduler, which writes events.k8s.io: no timestamps of the older kind.
    event('orders-driver', 'FailedScheduling', UNSCHEDULABLE, {
      eventTime: iso(-400, 6),
      series: { count: 7, lastObservedTime: iso(-230, 6) },
      ...{ count: null, firstTimestamp: null, lastTimestamp: null },
    }),
    event('orders-driver', 'TriggeredScaleUp', 'pod triggered scale-up: [{asg-1 3->4 (max: 9)}]', {
      ...{ count: 1, firstTimestamp: iso(-395), lastTimestamp: iso(-395) },
    }),
    // Of the kubelet.
    event('orders-driver', 'Pulled', PULLED, { count: 1, firstTimestamp: iso(-25), lastTimestamp: iso(-25) }),
    event('orders-exec-0', 'Pulled', 'Container image "registry/spark:3.5" already present on machine', {
      ...{ count: 1, firstTimestamp: iso(4), lastTimestamp: iso(4) },
    }),
    // Of an earlier driver of that name.
    event('orders-driver', 'FailedMount', 'MountVolume.SetUp failed', {
      ...{ count: 1, firstTimestamp: iso(-3000), lastTimestamp: iso(-3000) },
    }),
  ],
};

let folder: string;
let api: FakeApi | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-pod-events-'));
  mkdirSync(join(folder, 'logs'));
  const onKubernetes = plainLog(EXECUTOR_LOST)
    .toString()
    .replaceAll(
      '"spark.master":"spark://127.0.0.1:7077"',
      '"spark.master":"k8s://https://api","spark.kubernetes.namespace":"etl","spark.kubernetes.executor.podNamePrefix":"orders"',
    );
  writeFileSync(join(folder, 'logs', EXECUTOR_LOST), onKubernetes);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function collected(...nights: { pods: Item[]; events: Item[] }[]) {
  let input: ReturnType<typeof collectInput> | undefined;
  for (const lists of nights) {
    api = await startFakeApi(lists);
    const path = join(folder, 'kubeconfig');
    writeFileSync(path, kubeconfigFor(api.url));
    const config = { kubernetes: { kubeconfig: path }, spark: { logs: join(folder, 'logs') } };
    input = collectInput(config, WINDOW, input?.store);
    for (const collector of [kubernetes, sparkLogs, podLogs]) {
      const id = startRun(input.store.db, collector.id, input.cluster, WINDOW, WINDOW.untilMs);
      finishRun(input.store.db, id, { state: 'ok', ...(await collector.collect(input)) }, WINDOW.untilMs);
    }
    await api.close();
  }
  if (!input) throw new Error('nothing to collect');
  return input;
}

function startFinding({ store, config }: Awaited<ReturnType<typeof collected>>) {
  const input = artifactInput(store.db, WINDOW, config);
  return evaluateRules({ rules: [slowStart], input, cluster: 'test' }).find(({ state }) => state === 'finding');
}

describe('events of Spark pods', () => {
  it('say why executors came late, from the wire to the finding', async () => {
    const found = startFinding(await collected(LISTS));

    expect(found?.title).toMatch(
      /^2 executors took 414 s to come, 82 % of the run: driver pod pulls its image and starts for 200 s$/,
    );
    const evidence = Object.fromEntries((found?.evidence ?? []).map(({ metric, value }) => [metric, value]));
    expect(evidence).toMatchObject({
      'driver pod waits for a node': 180,
      'driver pod pulls its image and starts': 200,
      'event FailedScheduling of pod orders-driver': UNSCHEDULABLE,
      'event TriggeredScaleUp of pod orders-driver': expect.stringContaining('asg-1 3->4'),
      'event Pulled of pod orders-driver': PULLED,
    });
    expect(Object.keys(evidence).filter((metric) => /FailedMount|exec-0/.test(metric))).toEqual([]);
  });

  it('are counted once however often they are listed, with the scheduler’s repetitions', async () => {
    const { store } = await collected(LISTS, LISTS);

    expect(store.db.prepare('SELECT reason, count FROM pod_event ORDER BY reason, count').all()).toEqual([
      { reason: 'FailedScheduling', count: 7 },
      { reason: 'Pulled', count: 1 },
      { reason: 'Pulled', count: 1 },
      { reason: 'TriggeredScaleUp', count: 1 },
    ]);
  });

  it('stand in the clinic of the run', async () => {
    const { store, config } = await collected(LISTS);
    const run = readSparkLog(store.db, findSparkApplication(store.db, EXECUTOR_LOST)?.key ?? -1);
    const pods = podsOfLog(store.db, 'test', run);
    const clinic = examine(run, { config, cluster: 'test', version: '0', nowMs: 0, pods });

    expect(renderClinic(clinic, { columns: 120, top: 20 }).replaceAll(/\s+/g, ' ')).toContain(
      '2 executors took 414 s to come, 82 % of the run: driver pod pulls its image and starts for 200 s',
    );
  });

  it('and times are of the pod that has the name now', async () => {
    const before = [pod('orders-driver', 'driver', [-3000, -2990, -2980], 'before')];
    const { store, ...input } = await collected({ pods: before, events: LISTS.events.slice(-1) }, LISTS);

    const starts = Object.fromEntries(
      (startFinding({ store, ...input })?.evidence ?? []).map(({ metric, value }) => [metric, value]),
    );
    expect(starts).toMatchObject({ 'driver pod pulls its image and starts': 200 });
    expect(Object.keys(starts).filter((metric) => metric.includes('FailedMount'))).toEqual([]);
  });
});
