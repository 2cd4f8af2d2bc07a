import { describe, expect, it } from 'vitest';
import { securityVolumeUnencrypted } from '../../../src/analyzers/security/volume-unencrypted.js';
import { putVolumes } from '../../../src/store/instances.js';
import { putVolume } from '../../../src/store/kubernetes-write.js';
import { Fleet } from '../../support/fleet.js';
import { accountStore, UNTIL, volume, WINDOW } from '../account.js';
import { collected, evaluate } from '../fixture.js';

describe('security/volume-unencrypted', () => {
  it.each([
    [false, 'finding'],
    [true, 'ok'],
    [null, 'insufficient-data'],
  ])('encrypted = %s: %s', (encrypted, state) => {
    const store = accountStore();
    putVolumes(store.db, [volume({ encrypted })], UNTIL);
    expect(evaluate(store, securityVolumeUnencrypted, WINDOW)).toMatchObject([
      { state, subject: { kind: 'EBSVolume', name: 'vol-1' } },
    ]);
  });

  it('says nothing of a deleted volume', () => {
    const store = accountStore();
    putVolumes(store.db, [volume({ encrypted: false, state: 'deleted' })], UNTIL);
    expect(evaluate(store, securityVolumeUnencrypted, WINDOW)).toEqual([]);
  });

  it('names the claim of a cluster’s volume once, and what it cannot see', () => {
    const fleet = new Fleet(WINDOW);
    collected(fleet.store, WINDOW, ['aws-instances']);
    putVolumes(fleet.db, [volume({ encrypted: false })], UNTIL);
    const claim = { claimNamespace: 'web', claimName: 'data' };
    putVolume(fleet.db, fleet.volumeRecord({ name: 'pv-1', handle: 'vol-1', ...claim }));
    putVolume(fleet.db, fleet.volumeRecord({ name: 'pv-2', handle: 'vol-elsewhere' }));
    putVolume(fleet.db, fleet.volumeRecord({ name: 'pv-3', handle: 'fs-1::fsap-2' }));
    const [ebs, elsewhere, efs, ...others] = evaluate(fleet.store, securityVolumeUnencrypted, WINDOW);
    expect(ebs?.evidence[1]).toMatchObject({ metric: 'used by', value: 'claim web/data' });
    expect(elsewhere).toMatchObject({
      state: 'insufficient-data',
      subject: { kind: 'PersistentVolume', name: 'pv-2' },
    });
    expect(efs).toMatchObject({ state: 'not-applicable', subject: { kind: 'PersistentVolume', name: 'pv-3' } });
    expect(others).toEqual([]);
  });
});
