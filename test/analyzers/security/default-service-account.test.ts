import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultServiceAccount } from '../../../src/analyzers/security/default-service-account.js';
import { addObject, addWorkload, foundBy, listedStore, statesOf } from '../posture-fixture.js';

it.each([
  // pod, account, state
  [null, null, 'finding'],
  [null, true, 'finding'],
  [null, false, 'ok'],
  [true, false, 'finding'],
  [false, null, 'ok'],
])('the pod says %s and the account %s: %s', (automount, ofAccount, state) => {
  const store = listedStore();
  addObject(store, 'ServiceAccount', { namespace: 'web', name: 'default' }, { automount: ofAccount });
  addWorkload(store, { posture: { serviceAccount: 'default', automount } });
  expect(statesOf(store, defaultServiceAccount)).toEqual({ api: state });
});

it('knows the other states', () => {
  const store = listedStore('ServiceAccount');
  addWorkload(store, { name: 'own' });
  addWorkload(store, { name: 'undecided', posture: { serviceAccount: 'default' } });
  addWorkload(store, { name: 'dns', namespace: 'kube-system', posture: { serviceAccount: 'default' } });
  expect(statesOf(store, defaultServiceAccount)).toEqual({
    own: 'ok',
    undecided: 'insufficient-data',
    dns: 'not-applicable',
  });
});

it('gives a Spark driver an account of its own with the role that it needs, executors one without', () => {
  const store = listedStore();
  const apiVersion = 'sparkoperator.k8s.io/v1beta2';
  for (const role of ['driver', 'executor'] as const)
    addWorkload(store, {
      kind: 'SparkApplication',
      name: 'etl',
      apiVersion,
      role,
      posture: { serviceAccount: 'default' },
    });
  const patches = foundBy(store, defaultServiceAccount)[0]?.recommendation?.patches ?? [];
  expect(patches.map(({ target }) => target)).toEqual([
    'SparkApplication web/etl',
    'ServiceAccount web/etl-spark',
    'Role web/etl-spark',
    'RoleBinding web/etl-spark',
    'ServiceAccount web/etl-spark-executor',
  ]);
  expect(parse(patches[0]?.content ?? '').spec).toEqual({
    driver: { serviceAccount: 'etl-spark' },
    executor: { serviceAccount: 'etl-spark-executor' },
  });
  expect(parse(patches[4]?.content ?? '').automountServiceAccountToken).toBe(false);
});
