import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { privileged } from '../../../src/analyzers/security/privileged.js';
import { addWorkload, container, foundBy, listedStore, patchOf, statesOf } from '../posture-fixture.js';

it('finds a privileged container, and says nothing of others', () => {
  const store = listedStore();
  addWorkload(store, { name: 'shell', posture: { containers: [container({ privileged: true })] } });
  addWorkload(store, { name: 'api' });
  addWorkload(store, { name: 'unread', posture: null });
  addWorkload(store, {
    name: 'proxy',
    namespace: 'kube-system',
    posture: { containers: [container({ privileged: true })] },
  });
  addWorkload(store, { name: 'gone', posture: { containers: [container({ privileged: true })] }, lastSeenMs: 0 });
  expect(statesOf(store, privileged)).toEqual({
    shell: 'finding',
    api: 'ok',
    unread: 'insufficient-data',
    proxy: 'not-applicable',
    gone: 'not-applicable',
  });
});

it('names containers and the role of a Spark pod', () => {
  const store = listedStore();
  const containers = [container({ name: 'init-disks', init: true, privileged: true })];
  addWorkload(store, { kind: 'SparkApplication', name: 'etl', role: 'executor', posture: { containers } });
  expect(foundBy(store, privileged)[0]?.title).toBe('Privileged: executor container init-disks');
});

it('patches the very containers', () => {
  const store = listedStore();
  const containers = [container({ privileged: true }), container({ name: 'side' })];
  addWorkload(store, { name: 'shell', posture: { containers } });
  expect(parse(patchOf(store, privileged).content)).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shell', namespace: 'web' },
    spec: {
      template: {
        spec: {
          containers: [{ name: 'app', securityContext: { privileged: false, allowPrivilegeEscalation: false } }],
        },
      },
    },
  });
});
