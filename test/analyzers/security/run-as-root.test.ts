import { expect, it } from 'vitest';
import { runAsRoot } from '../../../src/analyzers/security/run-as-root.js';
import { addWorkload, container, listedStore, patchOf, statesOf } from '../posture-fixture.js';

it.each([
  [{ runAsUser: 0 }, 'finding'],
  [{ runAsUser: 1 }, 'ok'],
  [{ runAsUser: null, runAsNonRoot: true }, 'ok'],
  [{ runAsUser: null, runAsNonRoot: null }, 'insufficient-data'],
  [{ runAsUser: null, runAsNonRoot: false }, 'insufficient-data'],
])('%o is %s', (facts, state) => {
  const store = listedStore();
  addWorkload(store, { posture: { containers: [container(facts)] } });
  expect(statesOf(store, runAsRoot)).toEqual({ api: state });
});

it('leaves the cluster’s own alone', () => {
  const store = listedStore();
  addWorkload(store, { namespace: 'kube-system', posture: { containers: [container({ runAsUser: 0 })] } });
  expect(statesOf(store, runAsRoot)).toEqual({ api: 'not-applicable' });
});

it('patches the user', () => {
  const store = listedStore();
  addWorkload(store, { posture: { containers: [container({ runAsUser: 0 })] } });
  expect(patchOf(store, runAsRoot).content).toContain('runAsNonRoot: true');
});
