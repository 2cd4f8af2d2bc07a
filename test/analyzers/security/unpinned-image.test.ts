import { expect, it } from 'vitest';
import { unpinnedImage } from '../../../src/analyzers/security/unpinned-image.js';
import { addWorkload, container, listedStore, statesOf } from '../posture-fixture.js';

it.each([
  ['registry.example/app:latest', 'finding'],
  ['registry.example/app', 'finding'],
  ['registry.example:5000/app', 'finding'],
  ['app', 'finding'],
  ['registry.example:5000/app:1.2', 'ok'],
  ['app:latest-2024', 'ok'],
  ['registry.example/app@sha256:0123', 'ok'],
  ['registry.example/app:latest@sha256:0123', 'ok'],
  [null, 'insufficient-data'],
])('%s is %s', (image, state) => {
  const store = listedStore();
  addWorkload(store, { posture: { containers: [container({ image })] } });
  expect(statesOf(store, unpinnedImage)).toEqual({ api: state });
});

it('leaves the cluster’s own alone', () => {
  const store = listedStore();
  addWorkload(store, { namespace: 'kube-public', posture: { containers: [container({ image: 'x' })] } });
  expect(statesOf(store, unpinnedImage)).toEqual({ api: 'not-applicable' });
});
