import { expect, it } from 'vitest';
import { noNetworkPolicy } from '../../../src/analyzers/security/no-network-policy.js';
import { addObject, addWorkload, listedStore, statesOf } from '../posture-fixture.js';

const pods = [{ name: 'api-1', labels: { app: 'api' } }];
const selecting = (matchLabels: Record<string, string>) => ({ selector: { matchLabels, matchExpressions: [] } });

it.each([
  [{}, 'ok'],
  [{ app: 'api' }, 'ok'],
  [{ app: 'other' }, 'finding'],
])('a policy that selects %o: %s', (matchLabels, state) => {
  const store = listedStore();
  addWorkload(store, { pods });
  addObject(store, 'NetworkPolicy', { namespace: 'web', name: 'p' }, selecting(matchLabels));
  expect(statesOf(store, noNetworkPolicy)).toEqual({ web: state });
});

it('does not count a policy of another namespace', () => {
  const store = listedStore();
  addWorkload(store, { pods });
  addObject(store, 'NetworkPolicy', { namespace: 'ml', name: 'p' }, selecting({}));
  expect(statesOf(store, noNetworkPolicy)).toEqual({ web: 'finding' });
});

it('knows the other states', () => {
  const store = listedStore('NetworkPolicy');
  for (const name of ['web', 'empty', 'kube-system']) addObject(store, 'Namespace', { name }, { phase: 'Active' });
  addWorkload(store, { pods });
  expect(statesOf(store, noNetworkPolicy)).toMatchObject({ web: 'insufficient-data', 'kube-system': 'not-applicable' });
  const listed = listedStore();
  addObject(listed, 'Namespace', { name: 'empty' }, { phase: 'Active' });
  addWorkload(listed, { namespace: 'empty', pods: [{ name: 'job-1', phase: 'Succeeded' }] });
  expect(statesOf(listed, noNetworkPolicy)).toEqual({ empty: 'not-applicable' });
});
