import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { quotaPressure } from '../../../src/analyzers/placement/quota-pressure.js';
import { addObject, foundBy, listedStore, patchOf, statesOf } from '../posture-fixture.js';

function storeWith(hard: Record<string, number>, used: Record<string, number>) {
  const store = listedStore();
  addObject(store, 'ResourceQuota', { namespace: 'web', name: 'q' }, { hard, used });
  return store;
}

it.each([
  [89.9, 'ok'],
  [90, 'finding'],
  [100, 'finding'],
])('%s of 100 used is %s', (used, state) => {
  expect(
    statesOf(storeWith({ pods: 100, 'requests.cpu': 10 }, { pods: used, 'requests.cpu': 1 }), quotaPressure),
  ).toEqual({ q: state });
});

it('does not know before the quota was ever counted, and skips what is forbidden on purpose', () => {
  expect(statesOf(storeWith({ pods: 10 }, {}), quotaPressure)).toEqual({ q: 'insufficient-data' });
  expect(
    statesOf(storeWith({ pods: 10, 'services.nodeports': 0 }, { pods: 1, 'services.nodeports': 0 }), quotaPressure),
  ).toEqual({
    q: 'ok',
  });
});

it('is critical when full, and raises what presses', () => {
  const store = storeWith(
    { 'requests.cpu': 12, 'requests.memory': 2 ** 34 },
    { 'requests.cpu': 12, 'requests.memory': 2 ** 33 },
  );
  expect(foundBy(store, quotaPressure)[0]?.severity).toBe('critical');
  expect(parse(patchOf(store, quotaPressure).content).spec.hard).toEqual({ 'requests.cpu': '16' });
});

it('says nothing where there is no quota', () => {
  expect(statesOf(listedStore(), quotaPressure)).toEqual({});
});
