import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { noPdb } from '../../../src/analyzers/resilience/no-pdb.js';
import type { Selector } from '../../../src/model/posture.js';
import { addObject, addWorkload, listedStore, patchOf, statesOf, type TestWorkload } from '../posture-fixture.js';

const exists = (key: string): Selector => ({
  matchLabels: {},
  matchExpressions: [{ key, operator: 'Exists', values: [] }],
});
const labelled = (app: string): Selector => ({ matchLabels: { app }, matchExpressions: [] });

it.each([
  ['web', labelled('api'), 'ok'],
  ['web', exists('app'), 'ok'],
  ['web', { matchLabels: {}, matchExpressions: [] }, 'ok'],
  ['web', labelled('other'), 'finding'],
  ['web', null, 'finding'],
  ['ml', labelled('api'), 'finding'],
])('a budget in %s that selects %o: %s', (namespace, selector, state) => {
  const store = listedStore();
  addWorkload(store, {});
  addObject(store, 'PodDisruptionBudget', { namespace, name: 'b' }, { selector, disruptionsAllowed: null });
  expect(statesOf(store, noPdb)).toEqual({ api: state });
});

it.each<[TestWorkload, object]>([
  [{ replicas: 1 }, { api: 'not-applicable' }],
  [{ replicas: 0 }, { api: 'not-applicable' }],
  [{ replicas: null }, { api: 'insufficient-data' }],
  [{ posture: null }, { api: 'insufficient-data' }],
  [{ kind: 'StatefulSet' }, { api: 'finding' }],
  [{ kind: 'DaemonSet' }, {}],
  [{ namespace: 'kube-system' }, { api: 'not-applicable' }],
])('%o is %o', (workload, states) => {
  const store = listedStore();
  addWorkload(store, workload);
  expect(statesOf(store, noPdb)).toEqual(states);
});

it('does not know where budgets could not be listed', () => {
  const store = listedStore('PodDisruptionBudget');
  addWorkload(store, {});
  expect(statesOf(store, noPdb)).toEqual({ api: 'insufficient-data' });
});

it('patches a budget by labels that stay', () => {
  const store = listedStore();
  addWorkload(store, { posture: { labels: { app: 'api', 'pod-template-hash': 'x' } } });
  expect(parse(patchOf(store, noPdb).content)).toMatchObject({
    kind: 'PodDisruptionBudget',
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'api' } } },
  });
});
