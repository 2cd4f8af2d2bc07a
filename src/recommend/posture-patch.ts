import { stringify } from 'yaml';
import type { Patch } from '../model/finding.js';

/** Where the pod's spec is in each kind that has a template. */
const TEMPLATES: Readonly<Record<string, { apiVersion: string; path: readonly string[] }>> = {
  Deployment: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  StatefulSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  DaemonSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  ReplicaSet: { apiVersion: 'apps/v1', path: ['spec', 'template', 'spec'] },
  CronJob: { apiVersion: 'batch/v1', path: ['spec', 'jobTemplate', 'spec', 'template', 'spec'] },
};
export const SPARK_API_VERSION = 'sparkoperator.k8s.io/v1beta2';

export interface PatchedWorkload {
  kind: string;
  namespace: string;
  name: string;
  apiVersion: string | null;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner: unknown, key) => ({ [key]: inner }), value);
}

export function targetOf({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** A whole or partial object for `kubectl apply`. */
export function objectPatch(
  apiVersion: string,
  subject: { kind: string; namespace?: string; name: string },
  body: object,
): Patch {
  const { kind, namespace, name } = subject;
  const metadata = { name, ...(namespace ? { namespace } : {}) };
  return {
    format: 'kubernetes',
    target: targetOf(subject),
    content: stringify({ apiVersion, kind, metadata, ...body }),
  };
}

/** A change of a workload's pods; a line of text for kinds that cannot be changed in place. */
export function podPatch(workload: PatchedWorkload, podSpec: object): Patch {
  const template = TEMPLATES[workload.kind];
  const body = template && nested(template.path, podSpec);
  if (template && typeof body === 'object' && body) return objectPatch(template.apiVersion, workload, body);
  return {
    format: 'text',
    target: `the manifest that creates ${targetOf(workload)}`,
    content: stringify(podSpec),
  };
}

/** A change of a SparkApplication's spec; a schedule holds it as its template. Without an operator's object: its settings. */
export function sparkPatch(
  workload: PatchedWorkload,
  change: { spec: object; conf: Readonly<Record<string, string>> },
): Patch {
  const format = 'spark-application' as const;
  if (workload.kind === 'ScheduledSparkApplication')
    return { ...objectPatch(SPARK_API_VERSION, workload, { spec: { template: change.spec } }), format };
  if (workload.apiVersion === SPARK_API_VERSION)
    return { ...objectPatch(SPARK_API_VERSION, workload, { spec: change.spec }), format };
  const content = Object.entries(change.conf).map(([key, value]) => `${key}=${value}`);
  return { format: 'spark-conf', target: targetOf(workload), content: content.join('\n') };
}

const RBAC_VERSION = 'rbac.authorization.k8s.io/v1';

/** A role with what a Spark driver needs in its own namespace. */
export function sparkRole(role: { namespace: string; name: string }): Patch {
  const rules = [
    {
      apiGroups: [''],
      resources: ['pods', 'services', 'configmaps', 'persistentvolumeclaims'],
      verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'],
    },
  ];
  return objectPatch(RBAC_VERSION, { kind: 'Role', ...role }, { rules });
}

/** An account for drivers, bound to a role of its name with what Spark needs and nothing else. */
export function driverAccount(account: { namespace: string; name: string }): Patch[] {
  const { name } = account;
  return [
    objectPatch('v1', { kind: 'ServiceAccount', ...account }, {}),
    sparkRole(account),
    objectPatch(
      RBAC_VERSION,
      { kind: 'RoleBinding', ...account },
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ),
  ];
}

/** An account for executors, which never talk to the API server. */
export function executorAccount(account: { namespace: string; name: string }): Patch {
  return objectPatch('v1', { kind: 'ServiceAccount', ...account }, { automountServiceAccountToken: false });
}
