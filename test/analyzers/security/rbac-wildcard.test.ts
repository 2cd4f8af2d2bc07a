import { describe, expect, it } from 'vitest';
import { rbacWildcard } from '../../../src/analyzers/security/rbac-wildcard.js';
import { addObject, foundBy, listedStore, statesOf } from '../posture-fixture.js';

const right = (resources: string[], verbs: string[]) => ({ rights: [{ groups: ['*'], resources, verbs }] });
const ops = { kind: 'ServiceAccount', namespace: 'platform', name: 'ops' };

function bind(store: ReturnType<typeof listedStore>, name: string, kind = 'ClusterRole', namespace = ''): void {
  const type = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  addObject(store, type, { namespace, name: `${name}-binding` }, { role: { kind, name }, subjects: [ops] });
}

describe('security/rbac-wildcard', () => {
  it.each([
    [['*'], ['*'], 'finding'],
    [['*'], ['get', 'list'], 'ok'],
    [['pods'], ['*'], 'ok'],
  ])('resources %o, verbs %o: %s', (resources, verbs, state) => {
    const store = listedStore();
    addObject(store, 'ClusterRole', { name: 'all' }, right(resources, verbs));
    bind(store, 'all');
    expect(statesOf(store, rbacWildcard)).toEqual({ all: state });
  });

  it('does not add up wildcards of different rules', () => {
    const store = listedStore();
    const rights = [...right(['*'], ['get']).rights, ...right(['pods'], ['*']).rights];
    addObject(store, 'ClusterRole', { name: 'split' }, { rights });
    bind(store, 'split');
    expect(statesOf(store, rbacWildcard)).toEqual({ split: 'ok' });
  });

  it('names who has it, also of a Role in its namespace', () => {
    const store = listedStore();
    addObject(store, 'Role', { namespace: 'web', name: 'local' }, right(['*'], ['*']));
    bind(store, 'local', 'Role', 'web');
    const [finding] = foundBy(store, rbacWildcard);
    expect(finding?.subject).toMatchObject({ kind: 'Role', namespace: 'web', name: 'local' });
    expect(finding?.title).toContain('ServiceAccount platform/ops');
  });

  it('leaves alone what nobody is bound to, and the cluster’s own roles', () => {
    const store = listedStore();
    addObject(store, 'ClusterRole', { name: 'unbound' }, right(['*'], ['*']));
    addObject(store, 'Role', { namespace: 'ml', name: 'elsewhere' }, right(['*'], ['*']));
    bind(store, 'elsewhere', 'Role', 'web');
    const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
    addObject(store, 'ClusterRole', { name: 'cluster-admin', labels }, right(['*'], ['*']));
    bind(store, 'cluster-admin');
    addObject(store, 'ClusterRole', { name: 'system:x' }, right(['*'], ['*']));
    expect(statesOf(store, rbacWildcard)).toEqual({
      unbound: 'ok',
      elsewhere: 'ok',
      'cluster-admin': 'not-applicable',
      'system:x': 'not-applicable',
    });
  });

  it('does not know who is bound where bindings could not be listed', () => {
    const store = listedStore('ClusterRoleBinding');
    addObject(store, 'ClusterRole', { name: 'all' }, right(['*'], ['*']));
    expect(statesOf(store, rbacWildcard)).toEqual({ all: 'insufficient-data' });
  });
});
