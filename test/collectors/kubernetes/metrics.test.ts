import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import { HOUR_MS } from '../../../src/model/window.js';
import { workloads } from '../../../src/store/kubernetes.js';
import type { Store } from '../../../src/store/open.js';
import { metricHours, usageHours } from '../../../src/store/usage.js';
import { collectInput } from '../../support/collect.js';
import {
  type FakeApi,
  type Item,
  kubeconfigFor,
  recordedLists,
  sendStatus,
  startFakeApi,
  type Trouble,
} from './fake-api.js';

const NOW_MS = Date.parse('2026-11-24T10:30:00Z');
const HOUR = Date.parse('2026-11-24T10:00:00Z');
const WINDOW = { sinceMs: NOW_MS - 24 * HOUR_MS, untilMs: NOW_MS };

let folder: string;
let api: FakeApi | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-metrics-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => api?.close());

const SERVED = { 'metrics.k8s.io/v1beta1': [{ kind: 'PodMetrics', name: 'pods', namespaced: true }] };
const CACHE = recordedLists().pods?.find(({ metadata }) => metadata.name.startsWith('session-cache'));

/** What metrics-server says of the recorded pod `session-cache-…`. */
function reading(timestamp: string, cpu: string, memory: string): Item {
  const { name = '', namespace = '' } = CACHE?.metadata ?? {};
  const containers = [{ name: 'app', usage: { cpu, memory } }];
  return {
    kind: 'PodMetrics',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: { name, namespace },
    timestamp,
    window: '15s',
    containers,
  };
}

async function collect(items: Item[] | undefined, options: { store?: Store; url?: string; trouble?: Trouble } = {}) {
  await api?.close();
  const lists = recordedLists();
  if (items) lists['pods.metrics.k8s.io'] = items;
  api = await startFakeApi(lists, options.trouble, items ? SERVED : {});
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(api.url));
  const input = collectInput(
    { kubernetes: { kubeconfig }, prometheus: { url: options.url ?? '' } },
    WINDOW,
    options.store,
  );
  return { result: await kubernetes.collect(input), store: input.store };
}

function cacheHours(store: Store) {
  const workload = workloads(store.db).find(({ name }) => name === 'session-cache');
  return usageHours(store.db, { workloadId: workload?.id ?? -1, window: WINDOW });
}

describe('metrics.k8s.io, for want of Prometheus', () => {
  it('gives one reading of each container that stands for its hour', async () => {
    const { store, result } = await collect([reading('2026-11-24T10:29:30Z', '125m', '512Mi')]);
    const [hour, ...others] = cacheHours(store).filter(({ cpuSamples }) => cpuSamples > 0);
    expect(others).toEqual([]);
    expect(hour).toMatchObject({
      hourMs: HOUR,
      cpuSamples: 1,
      cpuSeconds: 3600,
      cpuMax: 0.125,
      memoryMax: 512 * 2 ** 20,
    });
    expect(metricHours(store.db, { cluster: 'test', metric: 'cpu', window: WINDOW })).toEqual([
      { hourMs: HOUR, series: 1 },
    ]);
    expect(result.detail).toContain('one reading of the use of 1 containers (metrics.k8s.io): no history');
    expect(result.gaps).toEqual([]);
  });

  it('adds the readings of later collections, none of them twice', async () => {
    const first = reading('2026-11-24T10:10:00Z', '100m', '256Mi');
    const { store } = await collect([first]);
    await collect([first], { store });
    await collect([reading('2026-11-24T10:29:30Z', '300m', '128Mi')], { store });
    expect(cacheHours(store).find(({ hourMs }) => hourMs === HOUR)).toMatchObject({
      ...{ cpuSamples: 2, cpuSeconds: 3600, cpuMax: 0.3 },
      memoryMax: 256 * 2 ** 20,
    });
  });

  it('is not asked where Prometheus is configured', async () => {
    await collect([reading('2026-11-24T10:29:30Z', '125m', '512Mi')], { url: 'http://prometheus:9090' });
    expect(api?.requests.filter((path) => path.includes('metrics.k8s.io'))).toEqual([]);
  });

  it('says nothing where there is none, and that it is forbidden where it is', async () => {
    const none = await collect(undefined);
    expect(none.result.gaps).toEqual([]);
    expect(none.result.detail).not.toContain('metrics.k8s.io');
    const trouble: Trouble = (resource, _count, response) =>
      resource === 'pods.metrics.k8s.io' && sendStatus(response, 403, 'forbidden');
    const { result } = await collect([], { trouble });
    expect(result.gaps[0]?.why).toContain('forbidden: list pods.metrics.k8s.io in the cluster (lost: what is used');
  });
});
