import { describe, expect, it } from 'vitest';
import { idleStoppedInstanceStorage } from '../../../src/analyzers/idle/stopped-instance-storage.js';
import { DAY_MS } from '../../../src/model/window.js';
import { type InstanceRecord, putInstances, putVolumes, type VolumeRecord } from '../../../src/store/instances.js';
import { accountStore, instance, UNTIL, volume, WINDOW } from '../account.js';
import { evaluate } from '../fixture.js';

const ROOT = volume({ sizeGib: 100, state: 'in-use', attachedTo: 'i-1' });
const DATA = volume({ id: 'vol-2', sizeGib: 500, state: 'in-use', attachedTo: 'i-1' });

/** Each entry is one look at the account, so many days before the end of the window. */
function evaluateLooks(
  looks: readonly (readonly [number, InstanceRecord])[],
  volumes: readonly VolumeRecord[] = [ROOT, DATA],
  config = {},
) {
  const store = accountStore();
  for (const [days, record] of looks) putInstances(store.db, [record], UNTIL - days * DAY_MS);
  putVolumes(store.db, volumes, UNTIL);
  return evaluate(store, idleStoppedInstanceStorage, WINDOW, config);
}

const once = (part: Parameters<typeof instance>[0] = {}, volumes?: VolumeRecord[]) =>
  evaluateLooks([[0, instance(part)]], volumes);

describe('idle/stopped-instance-storage', () => {
  it('finds a stopped machine with all its volumes and the dollars', () => {
    const [finding] = once({ tags: { Name: 'old-notebook' } });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'EC2Instance', name: 'i-1' },
      title: "m5.4xlarge 'old-notebook' is stopped, its storage (600 GiB) is still billed",
      impact: { usdPerMonth: expect.closeTo(48, 9) },
      confidence: { value: 0.6 },
    });
    expect(finding?.recommendation?.patches[0]?.content).toContain(
      'delete-volume --region us-east-1 --volume-id vol-2',
    );
  });

  it('is sure where AWS tells when it was stopped', () => {
    expect(once({ stateSinceMs: UNTIL - 20 * DAY_MS })).toMatchObject([
      { state: 'finding', title: expect.stringContaining('stopped for 20 days'), confidence: { value: 0.9 } },
    ]);
  });

  it.each([
    ['AWS says 6.9 days', { stateSinceMs: UNTIL - 6.9 * DAY_MS }, 'ok'],
    ['AWS says 7 days', { stateSinceMs: UNTIL - 7 * DAY_MS }, 'finding'],
    ['launched 6.9 days ago', { days: 6.9 }, 'ok'],
    ['launched 7 days ago', { days: 7 }, 'finding'],
    ['nothing known but that it is stopped', { launchedMs: null }, 'insufficient-data'],
  ])('asks for 7 days: %s', (_, part, state) => {
    expect(once(part)).toMatchObject([{ state }]);
  });

  it.each([
    [6, 'ok'],
    [8, 'finding'],
  ])('counts from when it was seen to be stopped: %i days ago', (days, state) => {
    const looks = [
      [12, instance({ state: 'running' })],
      [days, instance()],
      [0, instance()],
    ] as const;
    expect(evaluateLooks(looks)).toMatchObject([{ state }]);
  });

  it.each([
    ['running', { state: 'running' }],
    ['tagged to stay', { tags: { 'sparkfit:keep': 'true' } }],
    ['in a warm pool', { tags: { 'aws:autoscaling:groupName': 'spark' } }],
  ])('does not apply to one that is %s', (_, part) => {
    expect(once(part)).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('does not apply to one without volumes', () => {
    expect(once({ volumes: [] }, [])).toMatchObject([
      { state: 'not-applicable', title: expect.stringContaining('no EBS') },
    ]);
  });

  it.each([
    ['a volume was not read', { volumes: ['vol-1', 'vol-2', 'vol-3'] }, [ROOT, DATA]],
    ['a price is not known', {}, [ROOT, { ...DATA, volumeType: 'io9' }]],
  ])('leaves the dollars open where %s', (_, part, volumes) => {
    expect(once(part, volumes)).toMatchObject([{ state: 'finding', impact: { usdPerMonth: null } }]);
  });

  it('takes its days from the configuration', () => {
    const rules = { 'idle/stopped-instance-storage': { days: 100 } };
    expect(evaluateLooks([[0, instance()]], [ROOT], { rules })).toMatchObject([{ state: 'ok' }]);
  });
});
