import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { secretInEnv } from '../../../src/analyzers/security/secret-in-env.js';
import { addWorkload, container, foundBy, listedStore, patchOf, statesOf } from '../posture-fixture.js';

it('names the variable', () => {
  const store = listedStore();
  addWorkload(store, { posture: { containers: [container({ secretEnv: ['SMTP_PASSWORD', 'API_KEY'] })] } });
  expect(foundBy(store, secretInEnv)[0]?.title).toBe('Literal secret in the environment: SMTP_PASSWORD, API_KEY');
});

it('knows the other states', () => {
  const store = listedStore();
  addWorkload(store, { name: 'api' });
  addWorkload(store, { name: 'unread', posture: null });
  addWorkload(store, {
    name: 'dns',
    namespace: 'kube-system',
    posture: { containers: [container({ secretEnv: ['X'] })] },
  });
  expect(statesOf(store, secretInEnv)).toEqual({ api: 'ok', unread: 'insufficient-data', dns: 'not-applicable' });
});

it('patches the variable to come from a Secret', () => {
  const store = listedStore();
  addWorkload(store, { posture: { containers: [container({ secretEnv: ['TOKEN'] })] } });
  const secretKeyRef = { name: 'api-secrets', key: 'TOKEN' };
  expect(parse(patchOf(store, secretInEnv).content).spec.template.spec.containers).toEqual([
    { name: 'app', env: [{ name: 'TOKEN', value: '', valueFrom: { secretKeyRef } }] },
  ]);
});
