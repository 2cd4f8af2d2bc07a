import { putClaim, putVolume, setMounts } from '../../../src/store/kubernetes-write.js';
import type { Store } from '../../../src/store/open.js';
import { UNTIL_MS, WINDOW } from '../posture-fixture.js';

/** A bound claim with its volume. */
export function addClaim(
  store: Store,
  claim: { name: string; namespace?: string; zone?: string | null; mountedBy?: string; firstSeenMs?: number },
): void {
  const { name, namespace = 'web', zone = null, mountedBy, firstSeenMs = WINDOW.sinceMs } = claim;
  const key = { cluster: 'test', namespace, name };
  const seen = { createdMs: null, firstSeenMs, lastSeenMs: UNTIL_MS };
  const volume = {
    cluster: 'test',
    name: `pv-${name}`,
    phase: 'Bound',
    capacityBytes: 1,
    storageClass: null,
    handle: null,
  };
  putVolume(store.db, { ...volume, claimNamespace: namespace, claimName: name, zone, ...seen });
  putClaim(store.db, { ...key, phase: 'Bound', volume: volume.name, storageClass: null, requestBytes: 1, ...seen });
  if (mountedBy) setMounts(store.db, key, [mountedBy], UNTIL_MS);
}
