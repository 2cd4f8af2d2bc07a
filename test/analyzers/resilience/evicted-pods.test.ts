import { expect, it } from 'vitest';
import { evictedPods } from '../../../src/analyzers/resilience/evicted-pods.js';
import { addWorkload, foundBy, listedStore, statesOf } from '../posture-fixture.js';

it.each([
  ['Evicted', 'finding'],
  ['PreemptionByScheduler', 'finding'],
  ['Unschedulable', 'ok'],
  [null, 'ok'],
])('a pod with reason %s: %s', (reason, state) => {
  const store = listedStore();
  addWorkload(store, { pods: [{ name: 'api-1', phase: 'Failed', reason }] });
  expect(statesOf(store, evictedPods)).toEqual({ api: state });
});

it('says what to do against the reason', () => {
  const store = listedStore();
  const message = 'The node was low on resource: memory.';
  addWorkload(store, { pods: [{ name: 'api-1', phase: 'Failed', reason: 'Evicted', message }] });
  const [finding] = foundBy(store, evictedPods);
  expect(finding?.title).toBe('1 pod lost: Evicted 1');
  expect(finding?.recommendation?.summary).toContain('memory request');
});

it('knows the other states', () => {
  const store = listedStore('Pod');
  addWorkload(store, { name: 'api' });
  addWorkload(store, { name: 'old', lastSeenMs: 0 });
  expect(statesOf(store, evictedPods)).toMatchObject({ api: 'insufficient-data' });
});
