import { expect, it } from 'vitest';
import { hostAccess } from '../../../src/analyzers/security/host-access.js';
import { addWorkload, foundBy, listedStore, patchOf, statesOf } from '../posture-fixture.js';

it.each([
  [{ hostNetwork: true }, 'Reaches the host: hostNetwork'],
  [{ hostPID: true }, 'Reaches the host: hostPID'],
  [{ hostIPC: true }, 'Reaches the host: hostIPC'],
  [{ hostPaths: ['/var/lib'] }, 'Reaches the host: hostPath /var/lib'],
  [{ hostNetwork: true, hostPaths: ['/a', '/b'] }, 'Reaches the host: hostNetwork, hostPath /a, /b'],
])('finds %o', (posture, title) => {
  const store = listedStore();
  addWorkload(store, { posture });
  expect(foundBy(store, hostAccess).map((one) => one.title)).toEqual([title]);
});

it('knows the other states', () => {
  const store = listedStore();
  addWorkload(store, { name: 'api' });
  addWorkload(store, { name: 'unread', posture: null });
  addWorkload(store, { name: 'cni', kind: 'DaemonSet', namespace: 'kube-system', posture: { hostNetwork: true } });
  expect(statesOf(store, hostAccess)).toEqual({ api: 'ok', unread: 'insufficient-data', cni: 'not-applicable' });
});

it('has a patch for namespaces of the host and words for paths', () => {
  const store = listedStore();
  addWorkload(store, { posture: { hostNetwork: true, hostPaths: ['/a'] } });
  expect(patchOf(store, hostAccess)).toMatchObject({
    format: 'kubernetes',
    content: expect.stringContaining('hostNetwork: false'),
  });
  const paths = listedStore();
  addWorkload(paths, { posture: { hostPaths: ['/a'] } });
  expect(patchOf(paths, hostAccess).format).toBe('text');
});
