import { expect, it } from 'vitest';
import { controlPlane } from '../../../src/analyzers/resilience/control-plane.js';
import { addNode, listedStore, statesOf } from '../posture-fixture.js';

it.each([
  [0, 'not-applicable'],
  [1, 'finding'],
  [2, 'finding'],
  [3, 'ok'],
])('%s control-plane nodes: %s', (count, state) => {
  const store = listedStore();
  addNode(store, { name: 'worker' });
  for (let i = 0; i < count; i++)
    addNode(store, { name: `cp-${i}`, labels: { 'node-role.kubernetes.io/control-plane': '' } });
  expect(statesOf(store, controlPlane)).toEqual({ test: state });
});

it('does not know where nodes could not be listed', () => {
  const store = listedStore('Node');
  addNode(store, { name: 'worker' });
  expect(statesOf(store, controlPlane)).toEqual({ test: 'insufficient-data' });
});
