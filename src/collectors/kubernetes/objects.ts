import type { z } from 'zod';
import type { ObjectKind, ObjectSpec } from '../../model/posture.js';
import { parseQuantity } from '../../model/quantity.js';
import { DAY_MS } from '../../model/window.js';
import { putObject, putQuotaDay } from '../../store/posture-write.js';
import { selectorOf } from './map.js';
import * as schema from './objects-schema.js';
import type { Metadata } from './schema.js';
import { parsed, type Steps } from './steps.js';

type Quantities = Readonly<Record<string, string | number>> | null | undefined;

function numbersOf(quantities: Quantities): Record<string, number> {
  const parsedOnes = Object.entries(quantities ?? {}).flatMap(([name, value]) => {
    const number = parseQuantity(value);
    return number === undefined ? [] : [[name, number] as const];
  });
  return Object.fromEntries(parsedOnes);
}

function textsOf(quantities: Quantities): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, value]) => [name, String(value)]));
}

/** Without metrics the API server scales on 80 % of the CPU request (autoscaling/v2 defaults). */
function autoscalerSpec({ spec }: z.infer<typeof schema.Autoscaler>): ObjectSpec<'HorizontalPodAutoscaler'> {
  const metrics = spec.metrics?.map((metric) => {
    const source = metric.resource ?? metric.containerResource;
    return {
      type: metric.type,
      resource: source?.name ?? null,
      container: metric.containerResource?.container ?? null,
      utilizationPercent: source?.target.averageUtilization ?? null,
    };
  });
  const { kind, name } = spec.scaleTargetRef;
  return {
    target: { kind, name },
    minReplicas: spec.minReplicas ?? 1,
    maxReplicas: spec.maxReplicas,
    metrics: metrics?.length
      ? metrics
      : [{ type: 'Resource', resource: 'cpu', container: null, utilizationPercent: 80 }],
  };
}

/** Only a range over containers gives defaults to containers. */
function rangeSpec({ spec }: z.infer<typeof schema.Range>): ObjectSpec<'LimitRange'> {
  const ofContainers = spec.limits.filter((limit) => limit.type === 'Container');
  const merged = (pick: (limit: (typeof ofContainers)[number]) => Quantities) =>
    Object.assign({}, ...ofContainers.map((limit) => textsOf(pick(limit))));
  return {
    defaultRequests: merged((limit) => limit.defaultRequest),
    defaults: merged((limit) => limit.default ?? limit._default),
  };
}

function rightsOf({ rules }: z.infer<typeof schema.Role>): ObjectSpec<'Role'> {
  const rights = (rules ?? []).map(({ apiGroups, resources, verbs }) => ({
    groups: apiGroups ?? [],
    resources: resources ?? [],
    verbs: verbs ?? [],
  }));
  return { rights };
}

function bindingSpec({ roleRef, subjects }: z.infer<typeof schema.Binding>): ObjectSpec<'RoleBinding'> {
  const { kind, name } = roleRef;
  return {
    role: { kind, name },
    subjects: (subjects ?? []).map((one) => ({ kind: one.kind, namespace: one.namespace ?? null, name: one.name })),
  };
}

function quotaSpec({ spec, status }: z.infer<typeof schema.Quota>): ObjectSpec<'ResourceQuota'> {
  return { hard: numbersOf(status?.hard ?? spec?.hard), used: numbersOf(status?.used) };
}

function snapshotSpec({ metadata, spec, status }: z.infer<typeof schema.Snapshot>): ObjectSpec<'VolumeSnapshot'> {
  return {
    claim: spec.source.persistentVolumeClaimName ?? null,
    ready: status?.readyToUse ?? false,
    takenMs: status?.creationTime ?? metadata.creationTimestamp ?? null,
  };
}

/** Of a report that may name thousands, the first that can be mended stand for all. */
const FIXABLE_KEPT = 5;

function scanSpec({ metadata, report }: z.infer<typeof schema.Scan>): ObjectSpec<'VulnerabilityReport'> {
  const labels = metadata.labels ?? {};
  const label = (name: string) => labels[`trivy-operator.${name}`] ?? '';
  const { repository, tag, digest } = report.artifact ?? {};
  const image = [report.registry?.server, repository].filter(Boolean).join('/');
  const fixable = (report.vulnerabilities ?? []).filter(
    ({ severity, fixedVersion }) => severity === 'CRITICAL' && fixedVersion,
  );
  return {
    owner: { kind: label('resource.kind'), name: label('resource.name') },
    container: label('container.name'),
    image: tag ? `${image}:${tag}` : digest ? `${image}@${digest}` : image,
    critical: report.summary.criticalCount ?? 0,
    high: report.summary.highCount ?? 0,
    fixable: [...new Set(fixable.map(({ vulnerabilityID }) => vulnerabilityID))].slice(0, FIXABLE_KEPT),
    scannedMs: report.updateTimestamp ?? metadata.creationTimestamp ?? null,
  };
}

/** Writes the objects of a page; `also` does what one kind needs besides. */
function pageOf<S extends z.ZodType<{ metadata: Metadata }>, K extends ObjectKind>(
  kind: K,
  shape: S,
  specOf: (object: z.infer<S>) => ObjectSpec<K>,
  also: (steps: Steps, object: z.infer<S>) => void = () => {},
) {
  return (steps: Steps, items: unknown[]): void => {
    const { cluster, nowMs } = steps.here;
    for (const object of parsed(steps, shape, items, `a ${kind}`)) {
      const { name, namespace, labels, creationTimestamp } = object.metadata;
      const key = { cluster, kind, namespace: namespace ?? '', name };
      const createdMs = creationTimestamp ?? null;
      putObject(steps.db, { ...key, labels: labels ?? {}, spec: specOf(object), createdMs, nowMs });
      also(steps, object);
    }
  };
}

function noteQuotaDay({ db, here }: Steps, quota: z.infer<typeof schema.Quota>): void {
  const { namespace, name } = quota.metadata;
  const { hard, used } = quotaSpec(quota);
  const dayMs = Math.floor(here.nowMs / DAY_MS) * DAY_MS;
  for (const [resource, limit] of Object.entries(hard)) {
    const use = used[resource];
    if (use === undefined) continue;
    putQuotaDay(db, {
      cluster: here.cluster,
      namespace: namespace ?? '',
      name,
      resource,
      dayMs,
      used: use,
      hard: limit,
    });
  }
}

export const PAGES = {
  namespaces: pageOf('Namespace', schema.Namespace, ({ status }) => ({ phase: status?.phase ?? null })),
  services: pageOf('Service', schema.Service, ({ spec }) => ({ selector: spec?.selector ?? {} })),
  serviceaccounts: pageOf('ServiceAccount', schema.Account, (account) => ({
    automount: account.automountServiceAccountToken ?? null,
  })),
  resourcequotas: pageOf('ResourceQuota', schema.Quota, quotaSpec, noteQuotaDay),
  limitranges: pageOf('LimitRange', schema.Range, rangeSpec),
  horizontalpodautoscalers: pageOf('HorizontalPodAutoscaler', schema.Autoscaler, autoscalerSpec),
  poddisruptionbudgets: pageOf('PodDisruptionBudget', schema.Budget, ({ spec, status }) => ({
    selector: spec.selector ? selectorOf(spec.selector) : null,
    disruptionsAllowed: status?.disruptionsAllowed ?? null,
  })),
  networkpolicies: pageOf('NetworkPolicy', schema.Policy, ({ spec }) => ({ selector: selectorOf(spec?.podSelector) })),
  clusterroles: pageOf('ClusterRole', schema.Role, rightsOf),
  clusterrolebindings: pageOf('ClusterRoleBinding', schema.Binding, bindingSpec),
  roles: pageOf('Role', schema.Role, rightsOf),
  rolebindings: pageOf('RoleBinding', schema.Binding, bindingSpec),
  volumesnapshots: pageOf('VolumeSnapshot', schema.Snapshot, snapshotSpec),
  vulnerabilityreports: pageOf('VulnerabilityReport', schema.Scan, scanSpec),
} as const;

/** The kind behind each list whose completeness rules ask for. */
export const KINDS = {
  namespaces: 'Namespace',
  services: 'Service',
  serviceaccounts: 'ServiceAccount',
  resourcequotas: 'ResourceQuota',
  limitranges: 'LimitRange',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  poddisruptionbudgets: 'PodDisruptionBudget',
  networkpolicies: 'NetworkPolicy',
  clusterroles: 'ClusterRole',
  clusterrolebindings: 'ClusterRoleBinding',
  roles: 'Role',
  rolebindings: 'RoleBinding',
  volumesnapshots: 'VolumeSnapshot',
  vulnerabilityreports: 'VulnerabilityReport',
} as const satisfies Record<keyof typeof PAGES, ObjectKind>;
