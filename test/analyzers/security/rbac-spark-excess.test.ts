import { describe, expect, it } from 'vitest';
import { rbacSparkExcess } from '../../../src/analyzers/security/rbac-spark-excess.js';
import type { Store } from '../../../src/store/open.js';
import { addObject, addWorkload, foundBy, listedStore, statesOf } from '../posture-fixture.js';

const account = { kind: 'ServiceAccount', namespace: 'analytics', name: 'spark' };
const core = (resources: string[]) => ({ rights: [{ groups: [''], resources, verbs: ['*'] }] });

function sparkStore(...forbidden: Parameters<typeof listedStore>): Store {
  const store = listedStore(...forbidden);
  const family = { kind: 'SparkApplication', namespace: 'analytics', name: 'etl' };
  addWorkload(store, { ...family, role: 'driver', posture: { serviceAccount: 'spark' } });
  return store;
}

function give(store: Store, rights: ReturnType<typeof core>, namespace = 'analytics', subject = account): void {
  addObject(store, 'Role', { namespace, name: 'driver' }, rights);
  const binding = { role: { kind: 'Role', name: 'driver' }, subjects: [subject] };
  addObject(store, 'RoleBinding', { namespace, name: 'driver' }, binding);
}

describe('security/rbac-spark-excess', () => {
  it.each([
    [['pods', 'services', 'configmaps', 'persistentvolumeclaims', 'pods/log'], 'ok'],
    [['pods', 'secrets'], 'finding'],
    [['*'], 'finding'],
    [['pods/exec'], 'finding'],
  ])('%o in its own namespace: %s', (resources, state) => {
    const store = sparkStore();
    give(store, core(resources));
    expect(statesOf(store, rbacSparkExcess)).toEqual({ spark: state });
  });

  it('counts rights in other namespaces and in the whole cluster', () => {
    const other = sparkStore();
    give(other, core(['pods']), 'web');
    expect(foundBy(other, rbacSparkExcess)[0]?.title).toContain('driver in web');
    const cluster = sparkStore();
    addObject(cluster, 'ClusterRole', { name: 'view-all' }, core(['pods']));
    const all = { kind: 'Group', namespace: null, name: 'system:serviceaccounts:analytics' };
    const binding = { role: { kind: 'ClusterRole', name: 'view-all' }, subjects: [all] };
    addObject(cluster, 'ClusterRoleBinding', { name: 'view-all' }, binding);
    expect(foundBy(cluster, rbacSparkExcess)[0]?.title).toContain('view-all in every namespace');
  });

  it('is fine where another account has the rights', () => {
    const store = sparkStore();
    give(store, core(['*']), 'analytics', { ...account, name: 'other' });
    expect(statesOf(store, rbacSparkExcess)).toEqual({ spark: 'ok' });
  });

  it('does not know where bindings could not be listed, and asks only for drivers', () => {
    expect(statesOf(sparkStore('RoleBinding'), rbacSparkExcess)).toEqual({ spark: 'insufficient-data' });
    const store = listedStore();
    addWorkload(store, { posture: { serviceAccount: 'spark' } });
    expect(statesOf(store, rbacSparkExcess)).toEqual({});
  });
});
