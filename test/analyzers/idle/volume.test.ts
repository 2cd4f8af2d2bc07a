import { describe, expect, it } from 'vitest';
import { idleVolume } from '../../../src/analyzers/idle/volume.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import type { ClaimRecord } from '../../../src/store/kubernetes.js';
import { putClaim, putStorageClass, putVolume, seeMount, setMounts } from '../../../src/store/kubernetes-write.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 8 * DAY_MS, untilMs: UNTIL };
const HOURS = 8 * 24;
const KEY = { cluster: 'test', namespace: 'web', name: 'data' };

function cluster(): Fleet {
  const fleet = new Fleet(WINDOW, ['kubernetes']).node('n1').prices().metric('volume');
  putStorageClass(fleet.db, {
    cluster: 'test',
    name: 'gp3',
    provisioner: 'ebs.csi.aws.com',
    volumeType: 'gp3',
    reclaimPolicy: 'Delete',
    allowExpansion: true,
  });
  return fleet;
}

const withClaim = (part: Partial<ClaimRecord> = {}, fleet = cluster()) => {
  putClaim(fleet.db, fleet.claimRecord(part));
  return fleet;
};

const judge = (fleet: Fleet, config = {}) => evaluate(fleet.store, idleVolume, WINDOW, config);

describe('idle/volume', () => {
  it('finds a claim that no pod mounts, with its price and the command', () => {
    expect(judge(withClaim())).toMatchObject([
      {
        state: 'finding',
        subject: { kind: 'PersistentVolumeClaim', ...KEY },
        title: 'Mounted by no pod for 7 days: of 100 GiB',
        impact: { usdPerMonth: expect.closeTo(10, 9), freedCpuCores: null },
        recommendation: { patches: [{ content: 'kubectl delete persistentvolumeclaim --namespace web data' }] },
      },
    ]);
  });

  it('does not know the price of an unknown class', () => {
    expect(judge(withClaim({ storageClass: 'fancy' }))).toMatchObject([
      { state: 'finding', impact: { usdPerMonth: null } },
    ]);
  });

  it('is fine where a pod mounts it', () => {
    const fleet = withClaim();
    setMounts(fleet.db, KEY, ['db-0'], UNTIL);
    expect(judge(fleet)).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    [7 * 24 + 1, 'finding'],
    [7 * 24, 'ok'],
    [1, 'ok'],
  ])('last mounted %d hours ago: %s', (hours, state) => {
    const fleet = withClaim();
    seeMount(fleet.db, KEY, UNTIL - hours * HOUR_MS);
    expect(judge(fleet)).toMatchObject([{ state }]);
  });

  it.each([
    [6.6, 'insufficient-data'],
    [6.7, 'finding'],
  ])('known for %d days: %s, seven count from 95 %%', (days, state) => {
    expect(judge(withClaim({ firstSeenMs: UNTIL - days * DAY_MS }))).toMatchObject([{ state }]);
  });

  it.each([
    [159, 'insufficient-data'],
    [160, 'finding'],
  ])('with %d hours of kubelet metrics: %s', (hours, state) => {
    const fleet = cluster();
    fleet.db.prepare("DELETE FROM metric_hour WHERE metric = 'volume'").run();
    fleet.metric('volume', (hour) => hour >= HOURS - hours);
    expect(judge(withClaim({}, fleet))).toMatchObject([{ state }]);
  });

  it('does not apply to a claim that waits for its first pod', () => {
    expect(judge(withClaim({ phase: 'Pending' }))).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('takes the days from the configuration', () => {
    const fleet = withClaim();
    seeMount(fleet.db, KEY, UNTIL - 3 * DAY_MS);
    expect(judge(fleet, { rules: { 'idle/volume': { days: 2 } } })).toMatchObject([{ state: 'finding' }]);
  });

  it.each(['Released', 'Available'])('finds a volume that is %s', (phase) => {
    const fleet = cluster();
    putVolume(fleet.db, fleet.volumeRecord({ phase, capacityBytes: 50 * GIB }));
    expect(judge(fleet)).toMatchObject([
      {
        state: 'finding',
        subject: { kind: 'PersistentVolume', name: 'pv-1' },
        impact: { usdPerMonth: expect.closeTo(5, 9) },
      },
    ]);
  });

  it.each(['Bound', 'Pending', 'Failed'])('says nothing of a volume that is %s', (phase) => {
    const fleet = cluster();
    putVolume(fleet.db, fleet.volumeRecord({ phase }));
    expect(judge(fleet)).toEqual([]);
  });

  it('forgets what the newest whole look at the cluster no longer found', () => {
    const gone = { lastSeenMs: UNTIL - HOUR_MS };
    const fleet = withClaim(gone);
    putVolume(fleet.db, fleet.volumeRecord({ phase: 'Released', ...gone }));
    expect(judge(fleet)).toEqual([]);
  });
});
