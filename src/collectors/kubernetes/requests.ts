import type { ConfigurationOptions, CoreV1Api } from '@kubernetes/client-node';

export type Library = typeof import('@kubernetes/client-node');

/** Everything that is listed, by the name that RBAC knows, and whether it lives in namespaces. */
export const RESOURCES = {
  nodes: { namespaced: false },
  persistentvolumes: { namespaced: false },
  storageclasses: { namespaced: false },
  persistentvolumeclaims: { namespaced: true },
  deployments: { namespaced: true },
  statefulsets: { namespaced: true },
  daemonsets: { namespaced: true },
  replicasets: { namespaced: true },
  cronjobs: { namespaced: true },
  jobs: { namespaced: true },
  scheduledsparkapplications: { namespaced: true },
  sparkapplications: { namespaced: true },
  'sparkapplications.spark.apache.org': { namespaced: true },
  pods: { namespaced: true },
  events: { namespaced: true },
  namespaces: { namespaced: false },
  services: { namespaced: true },
  serviceaccounts: { namespaced: true },
  resourcequotas: { namespaced: true },
  limitranges: { namespaced: true },
  horizontalpodautoscalers: { namespaced: true },
  poddisruptionbudgets: { namespaced: true },
  networkpolicies: { namespaced: true },
  clusterroles: { namespaced: false },
  clusterrolebindings: { namespaced: false },
  roles: { namespaced: true },
  rolebindings: { namespaced: true },
  volumesnapshots: { namespaced: true },
  vulnerabilityreports: { namespaced: true },
} as const;
export type Resource = keyof typeof RESOURCES;

/** A kind that has no client of its own: an owner that was met, of whose objects the metadata will do, or readings of use. */
export interface CustomResource {
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
  /** Whether more than the metadata is wanted. */
  whole?: boolean;
}
export type Listed = Resource | CustomResource;

export function nameOf(listed: Listed): string {
  return typeof listed === 'string' ? listed : `${listed.plural}.${listed.group}`;
}

export function isNamespaced(listed: Listed): boolean {
  return typeof listed === 'string' ? RESOURCES[listed].namespaced : listed.namespaced;
}

const KUBEFLOW = { group: 'sparkoperator.k8s.io', version: 'v1beta2' } as const;
const APACHE = { group: 'spark.apache.org', version: 'v1' } as const;
const SNAPSHOTS = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const;
const SCANS = { group: 'aquasecurity.github.io', version: 'v1alpha1' } as const;
/** A report may be a megabyte. */
const SCANS_PER_PAGE = 20;

const OF_PODS = { fieldSelector: 'involvedObject.kind=Pod' } as const;

type Call = (page: { limit: number; _continue?: string }, options: ConfigurationOptions) => Promise<unknown>;

/** The request behind each resource, for one namespace or for all. */
export function calls(library: Library, kubeConfig: InstanceType<Library['KubeConfig']>) {
  const core: CoreV1Api = kubeConfig.makeApiClient(library.CoreV1Api);
  const apps = kubeConfig.makeApiClient(library.AppsV1Api);
  const batch = kubeConfig.makeApiClient(library.BatchV1Api);
  const storage = kubeConfig.makeApiClient(library.StorageV1Api);
  const autoscaling = kubeConfig.makeApiClient(library.AutoscalingV2Api);
  const policy = kubeConfig.makeApiClient(library.PolicyV1Api);
  const networking = kubeConfig.makeApiClient(library.NetworkingV1Api);
  const rbac = kubeConfig.makeApiClient(library.RbacAuthorizationV1Api);
  const custom = kubeConfig.makeApiClient(library.CustomObjectsApi);
  const customList =
    (group: { group: string; version: string }, plural: string) =>
    (namespace?: string): Call =>
    (page, options) =>
      namespace === undefined
        ? custom.listClusterCustomObject({ ...group, plural, ...page }, options)
        : custom.listNamespacedCustomObject({ ...group, plural, namespace, ...page }, options);
  const pick = <P extends object>(
    all: (page: P, options: ConfigurationOptions) => Promise<unknown>,
    one: (page: P & { namespace: string }, options: ConfigurationOptions) => Promise<unknown>,
  ) => {
    return (namespace?: string) => (page: P, options: ConfigurationOptions) =>
      namespace === undefined ? all(page, options) : one({ ...page, namespace }, options);
  };
  const log = (of: Parameters<CoreV1Api['readNamespacedPodLog']>[0], options: ConfigurationOptions) =>
    core.readNamespacedPodLog(of, options);
  return {
    log,
    nodes: () => (page, options) => core.listNode(page, options),
    persistentvolumes: () => (page, options) => core.listPersistentVolume(page, options),
    storageclasses: () => (page, options) => storage.listStorageClass(page, options),
    persistentvolumeclaims: pick(
      (page, options) => core.listPersistentVolumeClaimForAllNamespaces(page, options),
      (page, options) => core.listNamespacedPersistentVolumeClaim(page, options),
    ),
    deployments: pick(
      (page, options) => apps.listDeploymentForAllNamespaces(page, options),
      (page, options) => apps.listNamespacedDeployment(page, options),
    ),
    statefulsets: pick(
      (page, options) => apps.listStatefulSetForAllNamespaces(page, options),
      (page, options) => apps.listNamespacedStatefulSet(page, options),
    ),
    daemonsets: pick(
      (page, options) => apps.listDaemonSetForAllNamespaces(page, options),
      (page, options) => apps.listNamespacedDaemonSet(page, options),
    ),
    replicasets: pick(
      (page, options) => apps.listReplicaSetForAllNamespaces(page, options),
      (page, options) => apps.listNamespacedReplicaSet(page, options),
    ),
    cronjobs: pick(
      (page, options) => batch.listCronJobForAllNamespaces(page, options),
      (page, options) => batch.listNamespacedCronJob(page, options),
    ),
    jobs: pick(
      (page, options) => batch.listJobForAllNamespaces(page, options),
      (page, options) => batch.listNamespacedJob(page, options),
    ),
    scheduledsparkapplications: customList(KUBEFLOW, 'scheduledsparkapplications'),
    sparkapplications: customList(KUBEFLOW, 'sparkapplications'),
    'sparkapplications.spark.apache.org': customList(APACHE, 'sparkapplications'),
    pods: pick(
      (page, options) => core.listPodForAllNamespaces(page, options),
      (page, options) => core.listNamespacedPod(page, options),
    ),
    events: pick(
      (page, options) => core.listEventForAllNamespaces({ ...page, ...OF_PODS }, options),
      (page, options) => core.listNamespacedEvent({ ...page, ...OF_PODS }, options),
    ),
    namespaces: () => (page, options) => core.listNamespace(page, options),
    services: pick(
      (page, options) => core.listServiceForAllNamespaces(page, options),
      (page, options) => core.listNamespacedService(page, options),
    ),
    serviceaccounts: pick(
      (page, options) => core.listServiceAccountForAllNamespaces(page, options),
      (page, options) => core.listNamespacedServiceAccount(page, options),
    ),
    resourcequotas: pick(
      (page, options) => core.listResourceQuotaForAllNamespaces(page, options),
      (page, options) => core.listNamespacedResourceQuota(page, options),
    ),
    limitranges: pick(
      (page, options) => core.listLimitRangeForAllNamespaces(page, options),
      (page, options) => core.listNamespacedLimitRange(page, options),
    ),
    horizontalpodautoscalers: pick(
      (page, options) => autoscaling.listHorizontalPodAutoscalerForAllNamespaces(page, options),
      (page, options) => autoscaling.listNamespacedHorizontalPodAutoscaler(page, options),
    ),
    poddisruptionbudgets: pick(
      (page, options) => policy.listPodDisruptionBudgetForAllNamespaces(page, options),
      (page, options) => policy.listNamespacedPodDisruptionBudget(page, options),
    ),
    networkpolicies: pick(
      (page, options) => networking.listNetworkPolicyForAllNamespaces(page, options),
      (page, options) => networking.listNamespacedNetworkPolicy(page, options),
    ),
    clusterroles: () => (page, options) => rbac.listClusterRole(page, options),
    clusterrolebindings: () => (page, options) => rbac.listClusterRoleBinding(page, options),
    roles: pick(
      (page, options) => rbac.listRoleForAllNamespaces(page, options),
      (page, options) => rbac.listNamespacedRole(page, options),
    ),
    rolebindings: pick(
      (page, options) => rbac.listRoleBindingForAllNamespaces(page, options),
      (page, options) => rbac.listNamespacedRoleBinding(page, options),
    ),
    volumesnapshots: customList(SNAPSHOTS, 'volumesnapshots'),
    vulnerabilityreports: (namespace) => (page, options) =>
      customList(SCANS, 'vulnerabilityreports')(namespace)({ ...page, limit: SCANS_PER_PAGE }, options),
  } satisfies Record<Resource, (namespace?: string) => Call> & { log: typeof log };
}
