import { expect, it } from 'vitest';
import { vulnerableImage } from '../../../src/analyzers/security/vulnerable-image.js';
import type { ObjectSpec } from '../../../src/model/posture.js';
import { addObject, addWorkload, foundBy, listedStore, statesOf, type TestWorkload } from '../posture-fixture.js';

type Spec = ObjectSpec<'VulnerabilityReport'>;

function storeOf(reports: readonly Partial<Spec>[], workload: TestWorkload = {}) {
  const store = listedStore();
  addWorkload(store, { pods: [{ name: 'api-1' }], ...workload });
  for (const [i, report] of reports.entries())
    addObject(
      store,
      'VulnerabilityReport',
      { namespace: 'web', name: `r${i}` },
      {
        ...{ owner: { kind: 'ReplicaSet', name: 'api-6d5f' }, container: 'app', image: 'registry.example/app:1' },
        ...{ critical: 0, high: 5, fixable: [], scannedMs: i },
        ...report,
      },
    );
  return store;
}

it.each<[string, Partial<Spec>[], TestWorkload, string]>([
  ['one critical', [{ critical: 1 }], {}, 'finding'],
  ['none critical', [{ critical: 0 }], {}, 'ok'],
  ['mended since', [{ critical: 3 }, { critical: 0 }], {}, 'ok'],
  ['another container is clean', [{ critical: 3 }, { critical: 0, container: 'proxy' }], {}, 'finding'],
  [
    'the report of another workload',
    [{ critical: 1, owner: { kind: 'ReplicaSet', name: 'api-v2-6d5f' } }],
    {},
    'insufficient-data',
  ],
  [
    'of a Job of its CronJob',
    [{ critical: 1, owner: { kind: 'Job', name: 'api-2831' } }],
    { kind: 'CronJob' },
    'finding',
  ],
  ['of its pod', [{ critical: 1, owner: { kind: 'Pod', name: 'api-1' } }], { kind: 'StatefulSet' }, 'finding'],
  ['of itself', [{ critical: 1, owner: { kind: 'DaemonSet', name: 'api' } }], { kind: 'DaemonSet' }, 'finding'],
  ['no report in the cluster', [], {}, 'not-applicable'],
  ['the cluster’s own', [{ critical: 1 }], { namespace: 'kube-system' }, 'not-applicable'],
])('%s %#', (_, reports, workload, state) => {
  expect(statesOf(storeOf(reports, workload), vulnerableImage)).toEqual({ api: state });
});

it('says where reports could not be listed', () => {
  const store = listedStore('VulnerabilityReport');
  addWorkload(store, { pods: [{ name: 'api-1' }] });
  expect(statesOf(store, vulnerableImage)).toEqual({ api: 'insufficient-data' });
});

it('names the image and what has a fix', () => {
  const [finding] = foundBy(storeOf([{ critical: 2, fixable: ['CVE-2024-1', 'CVE-2024-2'] }]), vulnerableImage);
  expect(finding?.title).toBe('2 critical in registry.example/app:1');
  expect(finding?.recommendation?.summary).toContain('CVE-2024-1, CVE-2024-2 have a fix');
});
