import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import { clusterNameOf } from '../../../src/collectors/kubernetes/kubeconfig.js';
import { Config } from '../../../src/config/schema.js';
import { SourceError } from '../../../src/model/errors.js';
import { podsOf, volumeClaims, workloads } from '../../../src/store/kubernetes.js';
import type { Store } from '../../../src/store/open.js';
import { collectInput, dump } from '../../support/collect.js';
import {
  type FakeApi,
  kubeconfigFor,
  type Lists,
  recordedLists,
  sendStatus,
  startFakeApi,
  type Trouble,
} from './fake-api.js';

const TABLES = ['node', 'workload', 'spark_run', 'pod', 'container', 'volume', 'volume_claim', 'storage_class'];
const NOW_MS = Date.parse('2026-11-24T00:00:00Z');
const WINDOW = { sinceMs: NOW_MS - 3_600_000, untilMs: NOW_MS };

let folder: string;
let api: FakeApi | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-kubernetes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await api?.close();
  api = undefined;
});

function configFile(text: string): string {
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, text);
  return path;
}

async function collect(options: { lists?: Lists; trouble?: Trouble; config?: object; store?: Store } = {}) {
  await api?.close();
  api = await startFakeApi(options.lists ?? recordedLists(), options.trouble);
  const config = { kubernetes: { kubeconfig: configFile(kubeconfigFor(api.url)), ...options.config } };
  const input = collectInput(config, WINDOW, options.store);
  return { result: await kubernetes.collect(input), store: input.store };
}

async function failure(config: object): Promise<SourceError> {
  const error: unknown = await kubernetes
    .collect(collectInput({ kubernetes: config }, WINDOW))
    .catch((e: unknown) => e);
  if (error instanceof SourceError) return error;
  throw new Error('expected a SourceError');
}

function workloadNamed(store: Store, name: string) {
  const found = workloads(store.db).find((workload) => workload.name === name);
  if (!found) throw new Error(`no workload ${name}`);
  return found;
}

describe('the Kubernetes collector', () => {
  it('traces pods to what a person can edit', async () => {
    const { store, result } = await collect();
    const owners = workloads(store.db).flatMap((workload) =>
      podsOf(store.db, workload.id).map(
        (pod) => `${workload.kind}/${workload.name} ${pod.role ?? '-'} ${pod.runName ?? '-'}`,
      ),
    );
    expect(owners.sort()).toEqual([
      'Deployment/session-cache - -',
      'Deployment/trainer - -',
      'Pod/too-big - -',
      'SparkApplication/sessionize driver sessionize',
      'SparkApplication/sessionize executor sessionize',
      'SparkApplication/sessionize executor sessionize',
      'SparkApplication/sessionize executor sessionize',
    ]);
    expect(result.gaps).toEqual([]);
  });

  it('puts a run of a schedule under the schedule', async () => {
    const { store } = await collect();
    const schedule = workloadNamed(store, 'nightly-etl');
    const runs = store.db.prepare('SELECT name, state, app_id FROM spark_run WHERE workload_id = ?').all(schedule.id);
    expect(schedule.kind).toBe('ScheduledSparkApplication');
    expect(runs).toEqual([{ name: 'nightly-etl-1795392000', state: 'COMPLETED', app_id: 'app-20261123201155-0001' }]);
  });

  it('keeps what a patch needs of a SparkApplication, but no secret', async () => {
    const { store } = await collect();
    const spec = JSON.parse(workloadNamed(store, 'adhoc-agg').spec ?? '');
    expect(spec.executor).toMatchObject({
      cores: 4,
      coreRequest: '4',
      instances: 5,
      memory: '12g',
      memoryOverhead: '2048m',
    });
    expect(spec.sparkConf['spark.sql.shuffle.partitions']).toBe('200');
    expect(spec.sparkConf['spark.hadoop.fs.s3a.secret.key']).toBe('***redacted***');
    expect(JSON.stringify(dump(store, TABLES))).not.toContain('EXAMPLE-not-a-real-key');
  });

  it('reads requests, restarts and how a container last ended', async () => {
    const { store } = await collect();
    const container = store.db
      .prepare(`SELECT c.* FROM container c JOIN pod p ON p.id = c.pod_id WHERE p.name LIKE 'session-cache%'`)
      .get();
    expect(container).toMatchObject({
      cpu_request_cores: 0.25,
      memory_request_bytes: 2 ** 30,
      memory_limit_bytes: 2 ** 30,
      restarts: 21,
      last_termination_reason: 'OOMKilled',
      resources_known: 1,
    });
  });

  it('reads nodes with how they are bought, and GPUs', async () => {
    const { store } = await collect();
    const nodes = store.db
      .prepare('SELECT instance_type, capacity_type, node_group, zone, gpu_count FROM node ORDER BY name')
      .all();
    expect(nodes).toEqual([
      { instance_type: 'm5.2xlarge', capacity_type: 'on-demand', node_group: 'od', zone: 'us-east-1a', gpu_count: 0 },
      { instance_type: 'r5.4xlarge', capacity_type: 'spot', node_group: 'spot', zone: 'us-east-1a', gpu_count: 0 },
      { instance_type: 'g5.2xlarge', capacity_type: 'on-demand', node_group: 'gpu', zone: 'us-east-1b', gpu_count: 1 },
    ]);
  });

  it('knows which claims are mounted, and by whom', async () => {
    const { store } = await collect();
    const mounted = volumeClaims(store.db).map(({ name, mountedBy, lastMountedMs }) => [
      name,
      JSON.parse(mountedBy).length,
      lastMountedMs,
    ]);
    expect(mounted).toEqual([
      ['shuffle-scratch-old', 0, null],
      ['dataset-cache', 1, NOW_MS],
      ['session-data', 1, NOW_MS],
    ]);
  });

  it('says why a pod is not scheduled', async () => {
    const { store } = await collect();
    const pod = store.db.prepare(`SELECT phase, reason FROM pod WHERE name = 'too-big'`).get();
    expect(pod).toEqual({ phase: 'Pending', reason: 'Unschedulable' });
  });

  it('changes nothing when it collects again', async () => {
    const { store } = await collect();
    const before = dump(store, TABLES);
    await collect({ store });
    expect(dump(store, TABLES)).toEqual(before);
  });

  it('reads the same in small pages', async () => {
    const whole = await collect();
    const paged = await collect({ config: { pageSize: 2 } });
    expect(api?.requests.filter((path) => path.startsWith('/api/v1/pods')).length).toBe(4);
    const names = (store: Store) => store.db.prepare('SELECT name, role, run_name FROM pod ORDER BY name').all();
    expect(names(paged.store)).toEqual(names(whole.store));
    expect(paged.result).toEqual(whole.result);
  });

  it('begins a list again whose continue token has expired', async () => {
    let expired = 0;
    const trouble: Trouble = (resource, _count, response, url) => {
      if (resource !== 'pods' || !url.searchParams.has('continue') || expired > 0) return false;
      expired += 1;
      return sendStatus(response, 410, 'The provided continue parameter is too old');
    };
    const { result, store } = await collect({ config: { pageSize: 3 }, trouble });
    expect(expired).toBe(1);
    expect(result.detail).toContain('7 pods');
    expect(store.db.prepare('SELECT count(*) FROM pod').pluck().get()).toBe(7);
    expect(result.gaps).toEqual([]);
  });

  it('gives up on a list that expires every time, with the reason', async () => {
    const trouble: Trouble = (resource, _count, response) =>
      resource === 'pods' && sendStatus(response, 410, 'too old');
    await expect(collect({ trouble })).rejects.toThrow(/list pods: the list expired again and again/);
  });

  it('names a kind that it may not list and reads the others', async () => {
    const trouble: Trouble = (resource, _count, response) =>
      resource === 'nodes' && sendStatus(response, 403, 'nodes is forbidden');
    const { result } = await collect({ trouble });
    expect(result.gaps).toEqual([{ ...WINDOW, why: expect.stringContaining('forbidden: list nodes in the cluster') }]);
    expect(result.detail).toContain('7 pods');
  });

  it('falls back to its own namespace where it may not list all', async () => {
    const trouble: Trouble = (resource, _count, response, url) =>
      resource === 'pods' && !url.pathname.includes('/namespaces/') && sendStatus(response, 403, 'pods is forbidden');
    const { result } = await collect({ trouble });
    expect(result.detail).toContain('1 pods');
    expect(result.gaps[0]?.why).toContain('only web was read');
  });

  it('asks for the named namespaces only', async () => {
    const { result } = await collect({ config: { namespaces: ['web', 'ml'] } });
    expect(result.detail).toContain('2 pods');
    expect(api?.requests.some((path) => path.startsWith('/api/v1/pods'))).toBe(false);
  });

  it('tries again after a refusal and a cut connection', async () => {
    const trouble: Trouble = (resource, count, response) => {
      if (resource === 'deployments' && count === 1) return sendStatus(response, 503, 'not ready');
      if (resource !== 'nodes' || count > 1) return false;
      response.destroy();
      return true;
    };
    const { result } = await collect({ trouble });
    expect(result.detail).toContain('3 nodes');
    expect(result.gaps).toEqual([]);
  });

  it('leaves out an object in an unknown form and says so', async () => {
    const lists = recordedLists();
    lists.pods?.push({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'odd', namespace: 'web' }, spec: {} });
    const { result } = await collect({ lists });
    expect(result.gaps[0]?.why).toContain('1 × a pod in an unknown form');
    expect(result.detail).toContain('7 pods');
  });

  it('fails with a clear word where an answer is not in the form of the API', async () => {
    const lists = recordedLists();
    Object.assign(lists.nodes?.[0] ?? {}, { status: { images: 12 } });
    await expect(collect({ lists })).rejects.toMatchObject({
      message: expect.stringContaining('list nodes'),
      hint: expect.stringContaining('names a Kubernetes API server'),
    });
  });

  it('fails with a hint where the credentials are not accepted', async () => {
    const trouble: Trouble = (_resource, _count, response) => sendStatus(response, 401, 'Unauthorized');
    await expect(collect({ trouble })).rejects.toMatchObject({
      message: expect.stringContaining('Unauthorized'),
      hint: expect.stringContaining('log in again'),
    });
  });

  it('fails where nothing at all may be read', async () => {
    const trouble: Trouble = (_resource, _count, response) => sendStatus(response, 403, 'forbidden');
    await expect(collect({ trouble })).rejects.toThrow(/allows nothing to be read/);
  });

  it('fails with one line for a missing or broken kubeconfig', async () => {
    const missing = await failure({ kubeconfig: join(folder, 'none') });
    expect(missing.message).toMatch(/none: no such file$/);
    const broken = await failure({ kubeconfig: configFile('contexts: 7') });
    expect(broken.message).toContain('no kubeconfig');
    const context = await failure({ kubeconfig: configFile(kubeconfigFor('http://127.0.0.1:9')), context: 'other' });
    expect(context.message).toContain("context 'other' names no cluster");
  });

  it('fails where no server answers, and says which', async () => {
    const gone = await startFakeApi({});
    await gone.close();
    const error = await failure({ kubeconfig: configFile(kubeconfigFor(gone.url)) });
    expect(error.message).toContain(gone.url);
    expect(error.hint).toContain('can be reached');
  });

  it('ends a request that takes too long', async () => {
    const trouble: Trouble = (resource) => resource === 'nodes';
    await expect(collect({ trouble, config: { timeoutSeconds: 0.1 } })).rejects.toThrow(/no answer from .* in 0.1 s/);
  });
});

describe('clusterNameOf', () => {
  it('is the configured name, else that of the kubeconfig, else default', () => {
    const kubeconfig = configFile(kubeconfigFor('http://127.0.0.1:9'));
    expect(clusterNameOf(Config.parse({ cluster: 'mine', kubernetes: { kubeconfig } }))).toBe('mine');
    expect(clusterNameOf(Config.parse({ kubernetes: { kubeconfig } }))).toBe('fake-cluster');
    expect(clusterNameOf(Config.parse({ kubernetes: { kubeconfig: join(folder, 'none') } }))).toBe('default');
    expect(clusterNameOf(Config.parse({ kubernetes: { kubeconfig: configFile('{') } }))).toBe('default');
  });
});
