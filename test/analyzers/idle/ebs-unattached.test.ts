import { describe, expect, it } from 'vitest';
import { idleEbsUnattached } from '../../../src/analyzers/idle/ebs-unattached.js';
import { DAY_MS } from '../../../src/model/window.js';
import { putVolumes, type VolumeRecord } from '../../../src/store/instances.js';
import { putClaim, putVolume } from '../../../src/store/kubernetes-write.js';
import { Fleet } from '../../support/fleet.js';
import { accountStore, UNTIL, volume, WINDOW } from '../account.js';
import { collected, evaluate } from '../fixture.js';

/** Each entry is one look at the account, so many days before the end of the window. */
function evaluateLooks(looks: readonly (readonly [number, VolumeRecord])[], config = {}) {
  const store = accountStore();
  for (const [days, record] of looks) putVolumes(store.db, [record], UNTIL - days * DAY_MS);
  return evaluate(store, idleEbsUnattached, WINDOW, config);
}

const once = (part: Parameters<typeof volume>[0] = {}, config = {}) => evaluateLooks([[0, volume(part)]], config);

describe('idle/ebs-unattached', () => {
  it('finds an old volume attached to nothing, with dollars and commands, less sure after one look', () => {
    const [finding] = once({ tags: { Name: 'left-over' } });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'EBSVolume', name: 'vol-1' },
      title: "1000 GiB gp3 'left-over' attached to nothing now; it is 90 days old",
      impact: { usdPerMonth: expect.closeTo(80, 9) },
      confidence: { value: 0.6 },
    });
    expect(finding?.recommendation?.patches[0]?.content).toBe(
      'aws ec2 create-snapshot --region us-east-1 --volume-id vol-1\naws ec2 delete-volume --region us-east-1 --volume-id vol-1',
    );
  });

  it('is sure of one that it has seen so for long enough', () => {
    const looks = [10, 3, 0].map((days) => [days, volume()] as const);
    expect(evaluateLooks(looks)).toMatchObject([
      { state: 'finding', title: '1000 GiB gp3 attached to nothing for 10 days', confidence: { value: 0.9 } },
    ]);
  });

  it.each([
    [6.9, 'ok'],
    [7, 'finding'],
    [7.1, 'finding'],
  ])('asks for 7 days: created %f days ago', (days, state) => {
    expect(once({ days })).toMatchObject([{ state }]);
  });

  it.each([
    [6, 'ok'],
    [7, 'finding'],
  ])('counts from when it was seen to be detached: %i days ago', (days, state) => {
    const attached = volume({ state: 'in-use', attachedTo: 'i-1' });
    expect(
      evaluateLooks([
        [12, attached],
        [days, volume()],
        [0, volume()],
      ]),
    ).toMatchObject([{ state }]);
  });

  it('is fine with one that is attached', () => {
    expect(once({ state: 'in-use', attachedTo: 'i-1' })).toMatchObject([{ state: 'ok', title: 'Attached to i-1' }]);
  });

  it.each([
    ['in error', { state: 'error' }],
    ['tagged to stay', { tags: { 'sparkfit:keep': 'true' } }],
  ])('does not apply to one that is %s', (_, part) => {
    expect(once(part)).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('does not know one without age and past', () => {
    expect(once({ createdMs: null })).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('leaves the dollars open where the price is not known', () => {
    expect(once({ volumeType: 'io9' })).toMatchObject([{ state: 'finding', impact: { usdPerMonth: null } }]);
  });

  it('takes its days from the configuration', () => {
    const rules = { 'idle/ebs-unattached': { days: 100 } };
    expect(once({}, { rules })).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    [1, 'ok'],
    [8, 'finding'],
  ])('knows that a pod of a batch job mounted it %i days ago', (days, state) => {
    const fleet = new Fleet(WINDOW);
    collected(fleet.store, WINDOW, ['aws-instances']);
    putVolumes(fleet.db, [volume({ id: 'vol-9' })], UNTIL);
    putVolume(fleet.db, fleet.volumeRecord({ handle: 'vol-9' }));
    putClaim(fleet.db, fleet.claimRecord({ volume: 'pv-1' }));
    fleet.db.prepare('UPDATE volume_claim SET last_mounted_ms = ?').run(UNTIL - days * DAY_MS);
    expect(evaluate(fleet.store, idleEbsUnattached, WINDOW)).toMatchObject([{ state }]);
  });
});
