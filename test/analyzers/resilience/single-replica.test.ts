import { expect, it } from 'vitest';
import { singleReplica } from '../../../src/analyzers/resilience/single-replica.js';
import { addObject, addWorkload, listedStore, patchOf, statesOf, type TestWorkload } from '../posture-fixture.js';

it.each<[TestWorkload, string]>([
  [{ replicas: 1, posture: { holdsVolume: true } }, 'finding'],
  [{ replicas: 2, posture: { holdsVolume: true } }, 'ok'],
  [{ replicas: 0, posture: { holdsVolume: true } }, 'not-applicable'],
  [{ replicas: 1 }, 'not-applicable'],
  [{ replicas: null }, 'insufficient-data'],
])('%o is %s', (workload, state) => {
  const store = listedStore();
  addWorkload(store, workload);
  expect(statesOf(store, singleReplica)).toEqual({ api: state });
});

it.each([
  [{ app: 'api' }, 'finding'],
  [{ app: 'other' }, 'not-applicable'],
  // A service without a selector has its endpoints elsewhere.
  [{}, 'not-applicable'],
])('a service that selects %o: %s', (selector, state) => {
  const store = listedStore();
  addWorkload(store, { replicas: 1 });
  addObject(store, 'Service', { namespace: 'web', name: 's' }, { selector: { ...selector } });
  expect(statesOf(store, singleReplica)).toEqual({ api: state });
});

it('does not know who is served where services could not be listed', () => {
  const store = listedStore('Service');
  addWorkload(store, { replicas: 1 });
  expect(statesOf(store, singleReplica)).toEqual({ api: 'insufficient-data' });
});

it('does not simply double a Deployment that holds a volume', () => {
  const store = listedStore();
  addWorkload(store, { replicas: 1, posture: { holdsVolume: true } });
  expect(patchOf(store, singleReplica).format).toBe('text');
});
