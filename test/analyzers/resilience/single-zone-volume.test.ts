import { expect, it } from 'vitest';
import { singleZoneVolume } from '../../../src/analyzers/resilience/single-zone-volume.js';
import { addNode, addWorkload, listedStore, statesOf } from '../posture-fixture.js';
import { addClaim } from './volumes.js';

function stateOf(zones: (string | null)[], nodeZones = ['a', 'b'], node: string | null = null): string | undefined {
  const store = listedStore();
  for (const zone of nodeZones) addNode(store, { name: `node-${zone}`, zone });
  const pods = zones.map((_, i) => ({ name: `api-${i}`, node }));
  addWorkload(store, { kind: 'StatefulSet', replicas: zones.length, pods });
  zones.forEach((zone, i) => {
    addClaim(store, { name: `data-${i}`, zone, mountedBy: `api-${i}` });
  });
  return statesOf(store, singleZoneVolume).api;
}

it.each([
  [['a', 'a'], 'finding'],
  [['a', 'b'], 'ok'],
  [['a'], 'not-applicable'],
  [['a', null], 'insufficient-data'],
])('volumes in %o: %s', (zones, state) => {
  expect(stateOf(zones)).toBe(state);
});

it('takes the node’s zone where the volume names none', () => {
  expect(stateOf([null, null], ['a', 'b'], 'node-a')).toBe('finding');
});

it('asks nothing of a cluster with one zone', () => {
  expect(stateOf(['a', 'a'], ['a'])).toBe('not-applicable');
});
