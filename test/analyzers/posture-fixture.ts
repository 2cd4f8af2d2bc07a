import type { Rule } from '../../src/analyzers/rule.js';
import type { FindingBody } from '../../src/model/finding.js';
import type { ContainerPosture, ListedKind, ObjectKind, ObjectSpec, PodPosture } from '../../src/model/posture.js';
import { DAY_MS, HOUR_MS, type Window } from '../../src/model/window.js';
import { putContainer, putNode, putPod, putWorkload } from '../../src/store/kubernetes-write.js';
import { openStore, type Store } from '../../src/store/open.js';
import { noteListed, putObject, putPosture } from '../../src/store/posture-write.js';
import { collected, evaluate } from './fixture.js';

export const UNTIL_MS = Date.parse('2026-11-24T00:00:00Z');
export const WINDOW: Window = { sinceMs: UNTIL_MS - 8 * DAY_MS, untilMs: UNTIL_MS };
const CLUSTER = 'test';
const KINDS: readonly ListedKind[] = [
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'Service',
  'ServiceAccount',
  'Namespace',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'VolumeSnapshot',
  'VulnerabilityReport',
  'Pod',
  'Node',
  'PersistentVolumeClaim',
];

/** A store in which every kind was listed whole, but for those that were forbidden. */
export function listedStore(...forbidden: ListedKind[]): Store {
  const store = openStore(':memory:');
  collected(store, WINDOW, ['kubernetes', 'prometheus']);
  for (const kind of KINDS)
    noteListed(store.db, { cluster: CLUSTER, kind, whole: !forbidden.includes(kind), listedMs: UNTIL_MS });
  return store;
}

export function addObject<K extends ObjectKind>(
  store: Store,
  kind: K,
  object: { namespace?: string; name: string; labels?: Record<string, string> },
  spec: ObjectSpec<K>,
): void {
  const { namespace = '', name, labels = {} } = object;
  putObject(store.db, {
    cluster: CLUSTER,
    kind,
    namespace,
    name,
    labels,
    spec,
    createdMs: WINDOW.sinceMs,
    nowMs: UNTIL_MS,
  });
}

export function addNode(
  store: Store,
  node: { name: string; zone?: string; gpus?: number; taints?: object[]; labels?: object },
): void {
  const { name, zone = 'us-east-1a', gpus = 0, taints = [], labels = {} } = node;
  putNode(store.db, {
    ...{
      cluster: CLUSTER,
      name,
      zone,
      gpuCount: gpus,
      instanceId: null,
      instanceType: 'm5.large',
      region: 'us-east-1',
    },
    ...{ capacityType: 'on-demand', nodeGroup: null, architecture: null, cpuCapacityCores: 2, cpuAllocatableCores: 2 },
    ...{ memoryCapacityBytes: 2 ** 33, memoryAllocatableBytes: 2 ** 33, createdMs: null },
    ...{ labels: JSON.stringify(labels), taints: JSON.stringify(taints) },
    firstSeenMs: WINDOW.sinceMs,
    lastSeenMs: UNTIL_MS,
  });
}

export interface TestPod {
  name: string;
  node?: string | null;
  phase?: string;
  reason?: string | null;
  message?: string | null;
  role?: 'driver' | 'executor';
  run?: string;
  appId?: string;
  gpus?: number;
  labels?: Record<string, string>;
  ageMs?: number;
}

export interface TestWorkload {
  kind?: string;
  namespace?: string;
  name?: string;
  replicas?: number | null;
  apiVersion?: string;
  spec?: object | null;
  /** What its pods are allowed, by role; null: not read. */
  posture?: (Partial<PodPosture> & { containers?: ContainerPosture[] }) | null;
  role?: string;
  pods?: TestPod[];
  lastSeenMs?: number;
}

export function container(facts: Partial<ContainerPosture> = {}): ContainerPosture {
  return {
    name: 'app',
    image: 'registry.example/app:1',
    init: false,
    privileged: false,
    runAsUser: null,
    runAsNonRoot: null,
    secretEnv: [],
    hasCpuRequest: true,
    hasMemoryRequest: true,
    ...facts,
  };
}

export const PLAIN: PodPosture = {
  labels: { app: 'api' },
  serviceAccount: 'own',
  automount: null,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  hostPaths: [],
  holdsVolume: false,
  containers: [container()],
};

function addPod(store: Store, workloadId: number, namespace: string, pod: TestPod): void {
  const { name, node = 'node-1', phase = 'Running', reason = null, message = null, labels = { app: 'api' } } = pod;
  const createdMs = UNTIL_MS - (pod.ageMs ?? DAY_MS);
  const podId = putPod(store.db, {
    ...{ cluster: CLUSTER, namespace, name, uid: null, workloadId, node, phase, reason, message },
    ...{ role: pod.role ?? null, runName: pod.run ?? null, sparkAppId: pod.appId ?? null, sparkExecId: null },
    ...{ labels: JSON.stringify(labels), createdMs, finishedMs: null, firstSeenMs: createdMs, lastSeenMs: UNTIL_MS },
  });
  putContainer(store.db, {
    ...{ podId, name: 'app', kind: 'main', resourcesKnown: true, cpuRequestCores: 1, cpuLimitCores: 1 },
    ...{ memoryRequestBytes: 2 ** 30, memoryLimitBytes: 2 ** 30, gpuRequest: pod.gpus ?? null, restarts: 0 },
    ...{ lastTerminationReason: null, lastTerminatedMs: null },
  });
}

/** Gives the workload's id. By default a Deployment web/api with two replicas, nothing wrong and no pods. */
export function addWorkload(store: Store, workload: TestWorkload = {}): number {
  const { kind = 'Deployment', namespace = 'web', name = 'api', replicas = 2, spec = {}, posture = {} } = workload;
  const id = putWorkload(store.db, {
    ...{ cluster: CLUSTER, namespace, kind, name, replicas, labels: null, createdMs: null },
    apiVersion: workload.apiVersion ?? null,
    spec: spec && JSON.stringify(spec),
    firstSeenMs: WINDOW.sinceMs,
    lastSeenMs: workload.lastSeenMs ?? UNTIL_MS,
  });
  if (posture)
    putPosture(store.db, {
      ...{ workloadId: id, role: workload.role ?? '', byTemplate: true, nowMs: UNTIL_MS },
      posture: { ...PLAIN, ...posture },
    });
  for (const pod of workload.pods ?? []) addPod(store, id, namespace, pod);
  return id;
}

/** The state of each subject, by name. */
export function statesOf(store: Store, rule: Rule, config = {}): Record<string, string> {
  return Object.fromEntries(evaluate(store, rule, WINDOW, config).map(({ subject, state }) => [subject.name, state]));
}

export function foundBy(store: Store, rule: Rule, config = {}) {
  return evaluate(store, rule, WINDOW, config).filter(({ state }) => state === 'finding');
}

/** The patch of the only finding. */
export function patchOf(store: Store, rule: Rule): FindingBody['recommendation']['patches'][number] {
  const patch = foundBy(store, rule)[0]?.recommendation?.patches[0];
  if (!patch) throw new Error('no finding with a patch');
  return patch;
}

export const HOURS_AGO = (hours: number): number => UNTIL_MS - hours * HOUR_MS;
