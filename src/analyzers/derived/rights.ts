import type { ObjectSpec } from '../../model/posture.js';
import type { StoredObject } from '../../store/posture.js';
import type { Posture } from './posture.js';

type Rights = ObjectSpec<'Role'>['rights'];

/** Roles and bindings that the API server makes for itself. */
export function isBootstrap({ name, labels }: { name: string; labels: Readonly<Record<string, string>> }): boolean {
  return name.startsWith('system:') || labels['kubernetes.io/bootstrapping'] !== undefined;
}

interface Binding {
  kind: 'RoleBinding' | 'ClusterRoleBinding';
  object: StoredObject<'RoleBinding'>;
}

export function bindingsOf(facts: Posture, cluster: string): Binding[] {
  return (['RoleBinding', 'ClusterRoleBinding'] as const).flatMap((kind) =>
    facts
      .objects(kind)
      .filter((object) => object.cluster === cluster)
      .map((object) => ({ kind, object })),
  );
}

/** Whether a binding names a role: a RoleBinding may name a Role of its namespace or a ClusterRole. */
export function binds({ object }: Binding, role: { kind: string; namespace: string; name: string }): boolean {
  const { kind, name } = object.spec.role;
  return kind === role.kind && name === role.name && (kind === 'ClusterRole' || object.namespace === role.namespace);
}

/** Whether a binding gives its rights to a service account, by name or by a group that it is in. */
export function reaches({ object }: Binding, account: { namespace: string; name: string }): boolean {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'];
  return object.spec.subjects.some(({ kind, namespace, name }) => {
    if (kind === 'ServiceAccount')
      return name === account.name && (namespace ?? object.namespace) === account.namespace;
    if (kind === 'Group') return groups.includes(name);
    return kind === 'User' && name === `system:serviceaccount:${account.namespace}:${account.name}`;
  });
}

export function rightsOf(facts: Posture, cluster: string, { object }: Binding): Rights | undefined {
  const { kind, name } = object.spec.role;
  const roles = facts.objects(kind === 'ClusterRole' ? 'ClusterRole' : 'Role');
  const isIt = (role: StoredObject<'Role'>) =>
    role.cluster === cluster && role.name === name && (kind === 'ClusterRole' || role.namespace === object.namespace);
  return roles.find(isIt)?.spec.rights;
}
