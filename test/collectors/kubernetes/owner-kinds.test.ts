import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import { podsOf, workloads } from '../../../src/store/kubernetes.js';
import type { Store } from '../../../src/store/open.js';
import { sparkResources } from '../../../src/store/schedules.js';
import { collectInput } from '../../support/collect.js';
import {
  type Discovery,
  type FakeApi,
  type Item,
  kubeconfigFor,
  type Lists,
  sendStatus,
  startFakeApi,
  type Trouble,
} from './fake-api.js';

const NOW_MS = Date.parse('2026-11-24T00:00:00Z');
const WINDOW = { sinceMs: NOW_MS - 3_600_000, untilMs: NOW_MS };

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

interface Ref {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

const refOf = ({ apiVersion, kind, metadata }: Item): Ref => ({
  ...{ apiVersion, kind, name: metadata.name },
  uid: String(Object.entries(metadata).find(([key]) => key === 'uid')?.[1]),
});

/** An object as the API has it; `owner` is the object that controls it. */
function object(apiVersion: string, kind: string, name: string, owner?: Item, more: object = {}): Item {
  const ownerReferences = owner ? { ownerReferences: [{ ...refOf(owner), controller: true }] } : {};
  const metadata = { name, namespace: 'ml', uid: `uid of ${kind} ${name}`, ...ownerReferences };
  return { apiVersion, kind, metadata, spec: {}, ...more };
}

function pod(name: string, owner?: Item, labels: object = {}): Item {
  const made = object('v1', 'Pod', name, owner, { spec: { containers: [{ name: 'main' }] }, status: {} });
  return { ...made, metadata: Object.assign(made.metadata, { labels }) };
}

async function collect(lists: Lists, discovery: Discovery = {}, trouble?: Trouble) {
  await api?.close();
  api = await startFakeApi(lists, trouble, discovery);
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-owners-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(api.url));
  const input = collectInput({ kubernetes: { kubeconfig, pageSize: 2 } }, WINDOW);
  const result = await kubernetes.collect(input);
  rmSync(folder, { recursive: true });
  return { result, store: input.store };
}

function placesIn(store: Store): string[] {
  return workloads(store.db)
    .flatMap(({ id, kind, name }) =>
      podsOf(store.db, id).map((one) => `${kind}/${name} ${one.role ?? '-'} ${one.name}`),
    )
    .sort();
}

async function places(lists: Lists, discovery?: Discovery): Promise<string[]> {
  return placesIn((await collect(lists, discovery)).store);
}

const DRIVER = { 'spark-role': 'driver' };
const EXECUTOR = { 'spark-role': 'executor' };

describe('who owns a pod', () => {
  it('ReplicaSet → Deployment, StatefulSet, DaemonSet, Job → CronJob', async () => {
    const web = object('apps/v1', 'Deployment', 'web');
    const set = object('apps/v1', 'ReplicaSet', 'web-6d4', web);
    const [db, agent] = [object('apps/v1', 'StatefulSet', 'db'), object('apps/v1', 'DaemonSet', 'agent')];
    const backup = object('batch/v1', 'CronJob', 'backup');
    const [job, once] = [object('batch/v1', 'Job', 'backup-29', backup), object('batch/v1', 'Job', 'once')];
    const lists = {
      ...{ deployments: [web], replicasets: [set], statefulsets: [db], daemonsets: [agent], cronjobs: [backup] },
      jobs: [job, once],
      pods: [pod('a', set), pod('b', db), pod('c', agent), pod('d', job), pod('e', once), pod('f')],
    };
    expect(await places(lists)).toEqual([
      'CronJob/backup - d',
      'DaemonSet/agent - c',
      'Deployment/web - a',
      'Job/once - e',
      'Pod/f - f',
      'StatefulSet/db - b',
    ]);
  });

  it.each([
    ['sparkoperator.k8s.io/v1beta2', 'sparkapplications'],
    ['spark.apache.org/v1', 'sparkapplications.spark.apache.org'],
  ])('executor → driver → SparkApplication of %s, drivers on a later page', async (apiVersion, list) => {
    const etl = object(apiVersion, 'SparkApplication', 'etl');
    const driver = pod('etl-driver', etl, DRIVER);
    const executors = [1, 2, 3].map((i) => pod(`etl-0123456789abcdef-exec-${i}`, driver, EXECUTOR));
    expect(await places({ [list]: [etl], pods: [...executors, driver] })).toEqual([
      'SparkApplication/etl driver etl-driver',
      ...[1, 2, 3].map((i) => `SparkApplication/etl executor etl-0123456789abcdef-exec-${i}`),
    ]);
  });

  it('SparkApplication → ScheduledSparkApplication', async () => {
    const version = 'sparkoperator.k8s.io/v1beta2';
    const nightly = object(version, 'ScheduledSparkApplication', 'nightly');
    const run = object(version, 'SparkApplication', 'nightly-1795392000', nightly);
    const driver = pod('nightly-1795392000-driver', run, DRIVER);
    const lists = { scheduledsparkapplications: [nightly], sparkapplications: [run], pods: [driver] };
    expect(await places(lists)).toEqual(['ScheduledSparkApplication/nightly driver nightly-1795392000-driver']);
  });

  it('knows which Spark families have an operator’s resource', async () => {
    const version = 'sparkoperator.k8s.io/v1beta2';
    const nightly = object(version, 'ScheduledSparkApplication', 'nightly');
    const hourly = object('spark.apache.org/v1', 'SparkApplication', 'hourly');
    const run = object(version, 'SparkApplication', 'nightly-1795392000', nightly);
    const submitted = pod('load-20261123-0123456789abcdef-driver', undefined, { ...DRIVER, 'spark-app-name': 'load' });
    const { store } = await collect({
      ...{ scheduledsparkapplications: [nightly], sparkapplications: [run, hourly] },
      pods: [pod('nightly-1795392000-driver', run, DRIVER), pod('hourly-driver', hourly, DRIVER), submitted],
    });
    expect(placesIn(store).join()).toContain('SparkApplication/load driver');
    expect(sparkResources(store.db).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'SparkApplication/hourly',
      'ScheduledSparkApplication/nightly',
    ]);
  });

  it('executors of client mode belong to the application, whoever holds the driver', async () => {
    const hub = object('apps/v1', 'StatefulSet', 'jupyter');
    const notebook = pod('jupyter-0', hub);
    const worker = pod('airflow-task-x', undefined, DRIVER);
    const lists = {
      statefulsets: [hub],
      pods: [
        notebook,
        pod('explore-0123456789abcdef-exec-1', notebook, { ...EXECUTOR, 'spark-app-name': 'explore' }),
        worker,
        pod('load-20261123-0123456789abcdef-exec-1', worker, { ...EXECUTOR, 'spark-app-name': 'load-20261123' }),
      ],
    };
    expect(await places(lists)).toEqual([
      'SparkApplication/airflow-task-x driver airflow-task-x',
      'SparkApplication/explore executor explore-0123456789abcdef-exec-1',
      'SparkApplication/load executor load-20261123-0123456789abcdef-exec-1',
      'StatefulSet/jupyter - jupyter-0',
    ]);
  });

  it('EMR on EKS: the runs of one job, by their labels', async () => {
    const job = object('batch/v1', 'Job', '000000033abcdefghij');
    const labels = { 'emr-containers.amazonaws.com/job.id': '000000033abcdefghij', 'spark-app-name': 'sales-20261123' };
    const driver = pod('spark-000000033abcdefghij-driver', job, { ...DRIVER, ...labels });
    const executor = pod('sales-0123456789abcdef-exec-1', driver, { ...EXECUTOR, ...labels });
    const { store } = await collect({ jobs: [job], pods: [executor, driver] });
    expect(placesIn(store)).toEqual([
      'SparkApplication/sales driver spark-000000033abcdefghij-driver',
      'SparkApplication/sales executor sales-0123456789abcdef-exec-1',
    ]);
    const runs = store.db.prepare('SELECT DISTINCT run_name FROM pod').pluck().all();
    expect(runs).toEqual(['000000033abcdefghij']);
  });

  it('PyTorchJob, and TrainJob → JobSet → Job', async () => {
    const pytorch = object('kubeflow.org/v1', 'PyTorchJob', 'bert');
    const train = object('trainer.kubeflow.org/v1alpha1', 'TrainJob', 'llama');
    const jobSet = object('jobset.x-k8s.io/v1alpha2', 'JobSet', 'llama', train);
    const job = object('batch/v1', 'Job', 'llama-node-0', jobSet);
    const lists = {
      ...{ pytorchjobs: [pytorch], trainjobs: [train], jobsets: [jobSet], jobs: [job] },
      pods: [pod('bert-worker-0', pytorch), pod('llama-node-0-0', job)],
    };
    const discovery = {
      'kubeflow.org/v1': [{ kind: 'PyTorchJob', name: 'pytorchjobs', namespaced: true }],
      'trainer.kubeflow.org/v1alpha1': [{ kind: 'TrainJob', name: 'trainjobs', namespaced: true }],
      'jobset.x-k8s.io/v1alpha2': [
        { kind: 'JobSet', name: 'jobsets/status', namespaced: true },
        { kind: 'JobSet', name: 'jobsets', namespaced: true },
      ],
    };
    expect(await places(lists, discovery)).toEqual([
      'PyTorchJob/bert - bert-worker-0',
      'TrainJob/llama - llama-node-0-0',
    ]);
  });

  it('RayCluster → RayService', async () => {
    const service = object('ray.io/v1', 'RayService', 'chat');
    const ray = object('ray.io/v1', 'RayCluster', 'chat-raycluster-7', service);
    const lists = { rayservices: [service], rayclusters: [ray], pods: [pod('chat-raycluster-7-head', ray)] };
    const discovery = {
      'ray.io/v1': [
        { kind: 'RayService', name: 'rayservices', namespaced: true },
        { kind: 'RayCluster', name: 'rayclusters', namespaced: true },
      ],
    };
    expect(await places(lists, discovery)).toEqual(['RayService/chat - chat-raycluster-7-head']);
  });

  it('KServe: a Deployment → Knative Revision → Configuration → Service → InferenceService', async () => {
    const knative = 'serving.knative.dev/v1';
    const inference = object('serving.kserve.io/v1beta1', 'InferenceService', 'sentiment');
    const service = object(knative, 'Service', 'sentiment-predictor', inference);
    const configuration = object(knative, 'Configuration', 'sentiment-predictor', service);
    const revision = object(knative, 'Revision', 'sentiment-predictor-00001', configuration);
    const deployment = object('apps/v1', 'Deployment', 'sentiment-predictor-00001', revision);
    const set = object('apps/v1', 'ReplicaSet', 'sentiment-predictor-00001-6d', deployment);
    const plain = object(
      'apps/v1',
      'Deployment',
      'raw-predictor',
      object('serving.kserve.io/v1beta1', 'InferenceService', 'raw'),
    );
    const lists = {
      ...{ inferenceservices: [inference], configurations: [configuration], revisions: [revision] },
      ...{ services: [service], deployments: [deployment, plain], replicasets: [set] },
      pods: [pod('sentiment-x', set), pod('raw-x', plain)],
    };
    const discovery = {
      'serving.kserve.io/v1beta1': [{ kind: 'InferenceService', name: 'inferenceservices', namespaced: true }],
      [knative]: [
        { kind: 'Service', name: 'services', namespaced: true },
        { kind: 'Configuration', name: 'configurations', namespaced: true },
        { kind: 'Revision', name: 'revisions', namespaced: true },
      ],
    };
    expect(await places(lists, discovery)).toEqual([
      'InferenceService/raw - raw-x',
      'InferenceService/sentiment - sentiment-x',
    ]);
  });

  it('a kind that nobody can name further stays what it is, and is counted', async () => {
    const owner = object('example.com/v1', 'Crawler', 'news');
    const { store, result } = await collect({ pods: [pod('news-1', owner), pod('news-2', owner)] });
    expect(placesIn(store)).toEqual(['Crawler/news - news-1', 'Crawler/news - news-2']);
    const [workload] = workloads(store.db);
    expect(workload).toMatchObject({ apiVersion: 'example.com/v1' });
    expect(result.gaps).toEqual([]);
  });

  it('a kind that may not be listed is a gap; its pods are counted all the same', async () => {
    const owner = object('ray.io/v1', 'RayCluster', 'chat');
    const trouble: Trouble = (resource, _count, response) =>
      resource === 'rayclusters' && sendStatus(response, 403, 'rayclusters is forbidden');
    const discovery = { 'ray.io/v1': [{ kind: 'RayCluster', name: 'rayclusters', namespaced: true }] };
    const { store, result } = await collect({ pods: [pod('chat-head', owner)] }, discovery, trouble);
    expect(placesIn(store)).toEqual(['RayCluster/chat - chat-head']);
    expect(result.gaps[0]?.why).toContain('forbidden: list rayclusters.ray.io in the cluster (lost: who owns them)');
  });

  it('asks of a kind that it did not know for metadata alone, once, whatever the number of its pods', async () => {
    const ray = object('ray.io/v1', 'RayCluster', 'chat');
    const lists = { rayclusters: [ray], pods: Array.from({ length: 9 }, (_, i) => pod(`chat-${i}`, ray)) };
    await collect(lists, { 'ray.io/v1': [{ kind: 'RayCluster', name: 'rayclusters', namespaced: true }] });
    expect(api?.requests.filter((path) => path.includes('ray.io'))).toEqual([
      '/apis/ray.io/v1',
      '/apis/ray.io/v1/rayclusters?limit=2',
    ]);
  });
});

describe('names that are given again', () => {
  it('a pod of an earlier Job does not belong to what owns the Job that has its name now', async () => {
    const gone = object('batch/v1', 'Job', 'load');
    const now = object('batch/v1', 'Job', 'load', object('batch/v1', 'CronJob', 'hourly'));
    Object.assign(now.metadata, { uid: 'another uid' });
    expect(await places({ jobs: [now], pods: [pod('a', gone), pod('b', now)] })).toEqual([
      'CronJob/hourly - b',
      'Job/load - a',
    ]);
  });

  it('two operators’ kinds of one name are told apart', async () => {
    const [mine, yours] = [
      object('cluster.x-k8s.io/v1beta1', 'Cluster', 'main', object('a.example/v1', 'Tenant', 'mine')),
      object('postgresql.cnpg.io/v1', 'Cluster', 'main', object('b.example/v1', 'Tenant', 'yours')),
    ];
    Object.assign(yours.metadata, { uid: 'another uid' });
    const lists = { clusters: [mine], pgclusters: [yours], pods: [pod('a', mine), pod('b', yours)] };
    const discovery = {
      'cluster.x-k8s.io/v1beta1': [{ kind: 'Cluster', name: 'clusters', namespaced: true }],
      'postgresql.cnpg.io/v1': [{ kind: 'Cluster', name: 'pgclusters', namespaced: true }],
    };
    expect(await places(lists, discovery)).toEqual(['Tenant/mine - a', 'Tenant/yours - b']);
  });
});
