import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import type { ListedKind, ObjectKind } from '../../model/posture.js';
import { hourOf } from '../../model/window.js';
import { getCursor, setCursor } from '../../store/collections.js';
import { forgetObjects, noteListed } from '../../store/posture-write.js';
import { putMetricHour } from '../../store/usage-write.js';
import type { Check, CollectInput, Collector, CollectResult } from '../collector.js';
import { OwnerIndex } from '../owners.js';
import type { KubernetesClient } from './client.js';
import { inCluster, kubeconfigPaths } from './kubeconfig.js';
import { type Lister, makeLister } from './lister.js';
import { lookUpOwners } from './lookup.js';
import { noteReadings, POD_METRICS } from './metrics.js';
import { KINDS, PAGES } from './objects.js';
import { RESOURCES, type Resource } from './requests.js';
import {
  applicationPage,
  claimPage,
  controllerPage,
  nodePage,
  placeWaiting,
  podPage,
  type Steps,
  schedulePage,
  storageClassPage,
  volumePage,
  writeMounts,
} from './steps.js';

type OnPage = (steps: Steps, items: unknown[]) => void;
type ObjectResource = keyof typeof PAGES;

/** What surrounds the workloads, in any order. */
const OBJECT_RESOURCES: readonly ObjectResource[] = [
  'namespaces',
  'services',
  'serviceaccounts',
  'resourcequotas',
  'limitranges',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'networkpolicies',
  'clusterroles',
  'clusterrolebindings',
  'roles',
  'rolebindings',
  'volumesnapshots',
];

/** Owners come before what they own, so that a pod's page finds its workload. */
const ORDER: readonly (readonly [Resource, OnPage])[] = [
  ['nodes', nodePage],
  ['storageclasses', storageClassPage],
  ['persistentvolumes', volumePage],
  ['persistentvolumeclaims', claimPage],
  ['deployments', controllerPage('Deployment', 'apps/v1')],
  ['statefulsets', controllerPage('StatefulSet', 'apps/v1')],
  ['daemonsets', controllerPage('DaemonSet', 'apps/v1')],
  ['replicasets', controllerPage('ReplicaSet', 'apps/v1')],
  ['cronjobs', controllerPage('CronJob', 'batch/v1')],
  ['jobs', controllerPage('Job', 'batch/v1')],
  ['scheduledsparkapplications', schedulePage],
  ['sparkapplications', applicationPage('sparkoperator.k8s.io/v1beta2')],
  ['sparkapplications.spark.apache.org', applicationPage('spark.apache.org/v1')],
  ['pods', podPage],
];

function isConfigured(config: Config): boolean {
  return kubeconfigPaths(config).length > 0 || inCluster();
}

async function check(config: Config): Promise<Check> {
  if (!isConfigured(config))
    return { state: 'absent', detail: 'no kubeconfig found', nextStep: 'Set KUBECONFIG to a kubeconfig file.' };
  try {
    const { connect } = await import('./client.js');
    const client = await connect(config);
    const version = await client.version();
    const [namespace] = config.kubernetes.namespaces;
    await client.list('pods', namespace, '');
    return {
      state: 'ok',
      detail: `reachable: Kubernetes ${version} at ${client.server}, pods can be listed`,
      nextStep: '',
    };
  } catch (error) {
    const forbidden = !(error instanceof SourceError);
    const nextStep = forbidden ? 'Apply deploy/rbac.yaml to allow reading.' : (error.hint ?? '');
    return { state: 'failed', detail: messageOf(error), nextStep };
  }
}

function newSteps({ store, cluster, window }: CollectInput): Steps {
  return {
    db: store.db,
    here: { cluster, nowMs: window.untilMs },
    owners: new OwnerIndex(),
    newest: new Map(),
    waiting: [],
    workloadIds: new Map(),
    unreadable: new Map(),
    mounts: new Map(),
    seen: { nodes: new Set(), pods: new Set(), claims: new Set(), volumes: new Set(), runs: new Set() },
  };
}

/** Drops objects that a whole list no longer shows. */
function forget({ db, here }: Steps, kind: ObjectKind, resource: Resource, namespaces: readonly string[]): void {
  const everywhere = namespaces.length === 0 || !RESOURCES[resource].namespaced;
  for (const namespace of everywhere ? [null] : namespaces) forgetObjects(db, { ...here, kind, namespace });
}

/** Asked before a kind is listed that may not be there: where it is not installed, a list would be forbidden and not missing. Undefined: not told. */
async function isServed(client: KubernetesClient, apiVersion: string, kind: string): Promise<boolean | undefined> {
  try {
    return (await client.resourceOf(apiVersion, kind)) !== undefined;
  } catch {
    return undefined;
  }
}

const READ_UNTIL = 'metrics';

/** One reading of use where no Prometheus is named: little, and said to be so. Gives the words. */
async function readUse(input: CollectInput, client: KubernetesClient, lister: Lister, steps: Steps): Promise<string[]> {
  const { store, cluster, config } = input;
  if (config.prometheus.url || !(await isServed(client, 'metrics.k8s.io/v1beta1', 'PodMetrics'))) return [];
  const afterMs = Number(getCursor(store.db, 'kubernetes', cluster, READ_UNTIL) ?? 0);
  let [newestMs, containers] = [afterMs, 0];
  await lister.each(POD_METRICS, (items) => {
    const noted = store.db.transaction(() => noteReadings(steps, items, afterMs))();
    newestMs = Math.max(newestMs, noted.newestMs);
    containers += noted.containers;
  });
  if (containers === 0) return [];
  store.db.transaction(() => {
    for (const metric of ['cpu', 'memory'] as const)
      putMetricHour(store.db, cluster, metric, hourOf(newestMs), containers);
    setCursor(store.db, 'kubernetes', cluster, READ_UNTIL, String(newestMs));
  })();
  return [
    `one reading of the use of ${containers} containers (metrics.k8s.io): no history, so sizes need many collections`,
  ];
}

async function collect(input: CollectInput): Promise<CollectResult> {
  const { connect } = await import('./client.js');
  const client = await connect(input.config, input.signal);
  const lister = makeLister(client, input);
  const steps = newSteps(input);
  const inTransaction = input.store.db.transaction((work: () => void) => work());
  const note = (kind: ListedKind, whole: boolean): void =>
    noteListed(input.store.db, { cluster: input.cluster, kind, whole, listedMs: steps.here.nowMs });
  for (const [resource, onPage] of ORDER) {
    input.progress(`kubernetes: ${resource}`);
    const whole = await lister.each(resource, (items) => inTransaction(() => onPage(steps, items)));
    if (resource === 'nodes') note('Node', whole);
    if (resource === 'nodes' && whole) inTransaction(() => forget(steps, 'Node', resource, []));
    if (resource === 'persistentvolumeclaims') note('PersistentVolumeClaim', whole);
    if (resource !== 'pods') continue;
    note('Pod', whole);
    await lookUpOwners(client, lister, steps);
    while (steps.waiting.length > 0) inTransaction(() => placeWaiting(steps, input.config.kubernetes.pageSize));
    if (!whole) continue;
    inTransaction(() => {
      writeMounts(steps, input.config.kubernetes.namespaces);
      forget(steps, 'Pod', resource, input.config.kubernetes.namespaces);
    });
  }
  const readObjects = async (resource: ObjectResource) => {
    input.progress(`kubernetes: ${resource}`);
    const whole = await lister.each(resource, (items) => inTransaction(() => PAGES[resource](steps, items)));
    inTransaction(() => {
      if (whole) forget(steps, KINDS[resource], resource, input.config.kubernetes.namespaces);
      note(KINDS[resource], whole);
    });
  };
  for (const resource of OBJECT_RESOURCES) await readObjects(resource);
  const scanner = await isServed(client, 'aquasecurity.github.io/v1alpha1', 'VulnerabilityReport');
  if (scanner) await readObjects('vulnerabilityreports');
  else note('VulnerabilityReport', scanner === false);
  const use = await readUse(input, client, lister, steps);
  const { seen, workloadIds } = steps;
  if (lister.read === 0)
    throw new SourceError('kubernetes', 'list', `${client.server} allows nothing to be read`, {
      hint: 'Apply deploy/rbac.yaml to allow reading, or name the allowed namespaces in kubernetes.namespaces.',
    });
  const parts = [
    `${seen.pods.size} pods of ${workloadIds.size} workloads`,
    `${seen.nodes.size} nodes`,
    `${seen.claims.size} volume claims`,
    `${seen.runs.size} Spark runs`,
    ...use,
  ];
  const rows = seen.pods.size + seen.nodes.size + seen.claims.size + seen.volumes.size + seen.runs.size;
  const unreadable = [...steps.unreadable].map(([what, { count, why }]) => ({
    ...input.window,
    why: `${count} × ${what} in an unknown form (${why})`,
  }));
  return { rows, gaps: [...lister.gaps, ...unreadable], detail: parts.join(', ') };
}

export const kubernetes: Collector = {
  id: 'kubernetes',
  title: 'Kubernetes API',
  lostWithout: 'nodes, owners, requests, volumes and Spark applications as they are now, and what a patch would change',
  isConfigured,
  check,
  collect,
};
