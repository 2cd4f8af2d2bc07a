import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { SourceError } from '../../src/model/errors.js';
import { HOUR_MS } from '../../src/model/window.js';
import { workloads } from '../../src/store/kubernetes.js';
import { putPod, putWorkload } from '../../src/store/kubernetes-write.js';
import { openStore, type Store } from '../../src/store/open.js';
import { usageHours } from '../../src/store/usage.js';
import { collectInput, dump } from '../support/collect.js';
import type { Program } from '../support/program.js';
import { HAS_PROMETHEUS, startPrometheus } from '../support/prometheus.js';

/** One server that holds two clusters, as Thanos and Mimir do: the same namespace, StatefulSet and pod in both. */
const HOURS = 3;
const START_S = Date.parse('2026-11-20T00:00:00Z') / 1000;
const WINDOW = { sinceMs: START_S * 1000, untilMs: START_S * 1000 + HOURS * HOUR_MS };
const CLUSTERS = {
  prod: { cores: 0.5, uid: '11111111-aaaa-4000-8000-000000000001' },
  staging: { cores: 3, uid: '22222222-bbbb-4000-8000-000000000002' },
} as const;

function family(name: string, type: string, lineOf: (cluster: keyof typeof CLUSTERS, second: number) => string) {
  const lines = [`# TYPE ${name.replace(/_total$/, '')} ${type}`];
  for (const cluster of ['prod', 'staging'] as const)
    for (let second = 0; second <= HOURS * 3600; second += 60)
      lines.push(`${lineOf(cluster, second)} ${START_S + second}`);
  return lines;
}

const common = (cluster: string) => `namespace="web",pod="cache-0",cluster="${cluster}",region="eu"`;
const LINES = [
  ...family(
    'container_cpu_usage_seconds_total',
    'counter',
    (cluster, second) =>
      `container_cpu_usage_seconds_total{${common(cluster)},container="app"} ${CLUSTERS[cluster].cores * second}`,
  ),
  ...family(
    'container_memory_working_set_bytes',
    'gauge',
    (cluster) =>
      `container_memory_working_set_bytes{${common(cluster)},container="app"} ${CLUSTERS[cluster].cores * 2 ** 30}`,
  ),
  ...family(
    'kube_pod_info',
    'gauge',
    (cluster) => `kube_pod_info{${common(cluster)},uid="${CLUSTERS[cluster].uid}",node="n1"} 1`,
  ),
];

/** A store in which the API has shown a pod with each of the uids. */
function storeWith(uids: readonly string[]): Store {
  const store = openStore(':memory:');
  const seen = { firstSeenMs: WINDOW.sinceMs, lastSeenMs: WINDOW.untilMs };
  uids.forEach((uid, i) => {
    const workloadId = putWorkload(store.db, {
      ...{ cluster: 'test', namespace: 'web', kind: 'StatefulSet', name: i === 0 ? 'cache' : `cache${i}` },
      ...{ apiVersion: null, replicas: null, labels: null, spec: null, createdMs: null, ...seen },
    });
    putPod(store.db, {
      ...{ cluster: 'test', namespace: 'web', name: `cache${i || ''}-0`, uid, workloadId, role: null, runName: null },
      ...{ sparkAppId: null, sparkExecId: null, node: 'n1', phase: 'Running', reason: null, message: null },
      ...{ labels: null, createdMs: null, finishedMs: null, ...seen },
    });
  });
  return store;
}

function cores(store: Store): number {
  const workload = workloads(store.db).find(({ name }) => name === 'cache' || name === 'cache-0');
  const hours = usageHours(store.db, { workloadId: workload?.id ?? -1, window: WINDOW });
  return Math.max(...hours.map((hour) => hour.cpuMax ?? 0));
}

describe.runIf(HAS_PROMETHEUS)('a Prometheus that holds several clusters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-clusters-'));
  let server: Program;

  beforeAll(async () => {
    server = await startPrometheus(folder, LINES);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const collect = async (store: Store, selector = '') => {
    const input = collectInput({ prometheus: { url: server.url, selector } }, WINDOW, store);
    return prometheus.collect(input);
  };

  it.each(['prod', 'staging'] as const)('is read for the one whose pods the API shows: %s', async (cluster) => {
    const store = storeWith([CLUSTERS[cluster].uid]);
    const { detail } = await collect(store);
    expect(cores(store)).toBeCloseTo(CLUSTERS[cluster].cores, 2);
    expect(detail).toContain(`only cluster="${cluster}", which holds its pods`);
  });

  it.each(['prod', 'staging'] as const)('is read for the one that the selector names: %s', async (cluster) => {
    const store = storeWith([]);
    await collect(store, `cluster="${cluster}"`);
    expect(cores(store)).toBeCloseTo(CLUSTERS[cluster].cores, 2);
  });

  it.each([
    ['no API tells which', [], ''],
    ['the pods are in neither', ['33333333-cccc-4000-8000-000000000003'], ''],
    ['the pods are in both', [CLUSTERS.prod.uid, CLUSTERS.staging.uid], ''],
    ['the selector leaves both', [], 'region="eu"'],
  ])('is refused where %s, with what to do', async (_why, uids, selector) => {
    const store = storeWith(uids);
    const before = dump(store, ['usage_hour', 'metric_hour', 'collection_cursor']);
    const error: unknown = await collect(store, selector).catch((thrown: unknown) => thrown);
    if (!(error instanceof SourceError)) throw new Error(`no SourceError: ${JSON.stringify(error)}`);
    expect(error.message).toContain('holds several clusters (cluster="prod", cluster="staging")');
    expect(error.hint).toContain('such as cluster="prod"');
    expect(dump(store, ['usage_hour', 'metric_hour', 'collection_cursor'])).toEqual(before);
  });
});
