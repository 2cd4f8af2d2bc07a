import { expect, it } from 'vitest';
import { singleRegionData } from '../../../src/analyzers/resilience/single-region-data.js';
import type { ListedKind } from '../../../src/model/posture.js';
import { putClaim, setMounts } from '../../../src/store/kubernetes-write.js';
import { addNode, addObject, listedStore, statesOf, UNTIL_MS, WINDOW } from '../posture-fixture.js';

interface Case {
  regions?: (string | null)[];
  mounted?: boolean;
  saved?: boolean;
  ready?: boolean;
  forbidden?: ListedKind[];
}

it.each<[string, Case, Record<string, string>]>([
  ['one region, no snapshot', {}, { test: 'finding' }],
  ['two regions', { regions: ['us-east-1', 'us-west-2'] }, { test: 'ok' }],
  ['a snapshot of it', { saved: true }, { test: 'insufficient-data' }],
  ['a snapshot that is not ready', { saved: true, ready: false }, { test: 'finding' }],
  ['a claim that no pod mounts', { mounted: false }, { test: 'not-applicable' }],
  ['nodes without a region', { regions: [null] }, { test: 'insufficient-data' }],
  ['snapshots that were not listed', { forbidden: ['VolumeSnapshot'] }, { test: 'insufficient-data' }],
  ['no node and no claim', { regions: [], mounted: false }, { test: 'not-applicable' }],
])('%s %#', (_, { regions = ['us-east-1'], mounted = true, saved = false, ready = true, forbidden = [] }, states) => {
  const store = listedStore(...forbidden);
  for (const [i, region] of regions.entries())
    addNode(store, { name: `n${i}`, labels: region ? { 'topology.kubernetes.io/region': region } : {} });
  const key = { cluster: 'test', namespace: 'web', name: 'data' };
  putClaim(store.db, {
    ...{ ...key, phase: 'Bound', volume: null, storageClass: null, requestBytes: 1, createdMs: null },
    ...{ firstSeenMs: WINDOW.sinceMs, lastSeenMs: UNTIL_MS },
  });
  if (mounted) setMounts(store.db, key, ['api-0'], UNTIL_MS);
  if (saved)
    addObject(store, 'VolumeSnapshot', { namespace: 'web', name: 's' }, { claim: 'data', ready, takenMs: UNTIL_MS });
  expect(statesOf(store, singleRegionData)).toEqual(states);
});
