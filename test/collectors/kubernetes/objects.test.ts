import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { kubernetes } from '../../../src/collectors/kubernetes/index.js';
import type { Store } from '../../../src/store/open.js';
import { clusterObjects, listedKinds, quotaDays, workloadPostures } from '../../../src/store/posture.js';
import { collectInput, dump } from '../../support/collect.js';
import {
  type Discovery,
  type FakeApi,
  kubeconfigFor,
  type Lists,
  recordedLists,
  sendStatus,
  startFakeApi,
  type Trouble,
} from './fake-api.js';

const UNTIL_MS = Date.parse('2026-11-24T00:00:00Z');
const WINDOW = { sinceMs: UNTIL_MS - 3_600_000, untilMs: UNTIL_MS };

let folder: string;
let api: FakeApi | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-objects-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function collect(
  lists: Lists,
  options: { trouble?: Trouble; discovery?: Discovery; store?: Store; untilMs?: number } = {},
) {
  await api?.close();
  api = await startFakeApi(lists, options.trouble, options.discovery);
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, kubeconfigFor(api.url));
  const window = { ...WINDOW, untilMs: options.untilMs ?? UNTIL_MS };
  const input = collectInput({ kubernetes: { kubeconfig: path } }, window, options.store);
  return { result: await kubernetes.collect(input), store: input.store };
}

function object(kind: string, apiVersion: string, name: string, rest: object) {
  return { kind, apiVersion, metadata: { name, namespace: 'web' }, ...rest };
}

const AUTOSCALER = object('HorizontalPodAutoscaler', 'autoscaling/v2', 'api', {
  spec: { maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } },
});
const QUOTA = object('ResourceQuota', 'v1', 'q', {
  spec: { hard: { 'requests.cpu': '13' } },
  status: { hard: { 'requests.cpu': '13' }, used: { 'requests.cpu': '12250m' } },
});

it('keeps autoscalers with the API’s defaults and quotas in base units', async () => {
  const { store } = await collect({ horizontalpodautoscalers: [AUTOSCALER], resourcequotas: [QUOTA], pods: [] });
  expect(clusterObjects(store.db, 'HorizontalPodAutoscaler')[0]?.spec).toEqual({
    target: { kind: 'Deployment', name: 'api' },
    minReplicas: 1,
    maxReplicas: 4,
    metrics: [{ type: 'Resource', resource: 'cpu', container: null, utilizationPercent: 80 }],
  });
  expect(clusterObjects(store.db, 'ResourceQuota')[0]?.spec).toEqual({
    hard: { 'requests.cpu': 13 },
    used: { 'requests.cpu': 12.25 },
  });
  const days = quotaDays(
    store.db,
    { cluster: 'test', namespace: 'web', name: 'q' },
    { sinceMs: 0, untilMs: UNTIL_MS + 1 },
  );
  expect(days).toEqual([{ dayMs: UNTIL_MS, share: 12.25 / 13 }]);
});

it('forgets what a whole list no longer shows, and keeps what it could not list', async () => {
  const { store } = await collect({ resourcequotas: [QUOTA], pods: [] });
  const later = { store, untilMs: UNTIL_MS + 3_600_000 };
  const trouble: Trouble = (resource, _count, response) =>
    resource === 'resourcequotas' && sendStatus(response, 403, 'forbidden');
  const { result } = await collect({ pods: [] }, { ...later, trouble });
  expect(clusterObjects(store.db, 'ResourceQuota')).toHaveLength(1);
  expect(listedKinds(store.db).find(({ kind }) => kind === 'ResourceQuota')?.whole).toBe(false);
  expect(result.gaps.map(({ why }) => why).join()).toContain('how full quotas are');
  await collect({ pods: [] }, { ...later, untilMs: UNTIL_MS + 7_200_000 });
  expect(clusterObjects(store.db, 'ResourceQuota')).toEqual([]);
});

it('keeps the name of a secret variable and never its value', async () => {
  const lists = recordedLists();
  const env = [{ name: 'SMTP_PASSWORD', value: 'not-a-real-one' }];
  const spec = { containers: [{ name: 'app', image: 'x', env }] };
  const template = { metadata: { labels: { app: 'mailer' } }, spec };
  lists.deployments?.push(object('Deployment', 'apps/v1', 'mailer', { spec: { replicas: 1, template } }));
  const { store } = await collect(lists);
  const names = workloadPostures(store.db).flatMap(({ posture }) => posture.containers.flatMap((one) => one.secretEnv));
  expect(names).toEqual(['SMTP_PASSWORD']);
  expect(JSON.stringify(dump(store, ['workload', 'workload_posture', 'pod']))).not.toContain('not-a-real-one');
});

/** What an API server tells of the scanner's group where it is installed. */
const SCANNER: Discovery = {
  'aquasecurity.github.io/v1alpha1': [{ name: 'vulnerabilityreports', kind: 'VulnerabilityReport', namespaced: true }],
};

const SCAN = {
  ...object('VulnerabilityReport', 'aquasecurity.github.io/v1alpha1', 'replicaset-api-6d5f-app', {}),
  metadata: {
    ...{ name: 'replicaset-api-6d5f-app', namespace: 'web' },
    labels: {
      'trivy-operator.resource.kind': 'ReplicaSet',
      'trivy-operator.resource.name': 'api-6d5f',
      'trivy-operator.container.name': 'app',
    },
  },
  report: {
    updateTimestamp: '2026-11-23T10:00:00Z',
    artifact: { repository: 'shop/api', tag: '1.2' },
    registry: { server: 'registry.example' },
    summary: { criticalCount: 2, highCount: 7, mediumCount: 1 },
    vulnerabilities: [
      { vulnerabilityID: 'CVE-2024-1', severity: 'CRITICAL', fixedVersion: '1.2.3' },
      { vulnerabilityID: 'CVE-2024-2', severity: 'CRITICAL', fixedVersion: '' },
      { vulnerabilityID: 'CVE-2024-3', severity: 'HIGH', fixedVersion: '2.0' },
    ],
  },
};

it('keeps what a scanner in the cluster found, by what it scanned', async () => {
  const { store } = await collect({ vulnerabilityreports: [SCAN], pods: [] }, { discovery: SCANNER });
  expect(clusterObjects(store.db, 'VulnerabilityReport')[0]?.spec).toEqual({
    owner: { kind: 'ReplicaSet', name: 'api-6d5f' },
    container: 'app',
    image: 'registry.example/shop/api:1.2',
    critical: 2,
    high: 7,
    fixable: ['CVE-2024-1'],
    scannedMs: Date.parse('2026-11-23T10:00:00Z'),
  });
});

it.each<[string, Discovery, boolean]>([
  ['is not installed', {}, true],
  ['keeps its reports to itself', SCANNER, false],
])('knows whether a scanner %s', async (_, discovery, whole) => {
  const trouble: Trouble = (resource, _count, response) =>
    resource === 'vulnerabilityreports' && sendStatus(response, 403, 'forbidden');
  const { store, result } = await collect({ pods: [] }, { trouble, discovery });
  expect(listedKinds(store.db).find(({ kind }) => kind === 'VulnerabilityReport')?.whole).toBe(whole);
  expect(result.gaps.length).toBe(whole ? 0 : 1);
});
