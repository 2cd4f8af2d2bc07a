import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Rule } from '../../../src/analyzers/rule.js';
import { volumeFilling } from '../../../src/analyzers/sizing/volume-filling.js';
import { volumeOverSized } from '../../../src/analyzers/sizing/volume-over-sized.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import { putClaim, putStorageClass, setMounts } from '../../../src/store/kubernetes-write.js';
import { putVolumeHour } from '../../../src/store/usage-write.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 8 * DAY_MS, untilMs: UNTIL };
const KEY = { cluster: 'test', namespace: 'web', name: 'data' };

interface Case {
  /** Share of 100 GiB by hours before the end. */
  used?: (hoursAgo: number) => number;
  hours?: number;
  /** Hours before the end at which it was last seen. */
  endedAgo?: number;
  capacityGib?: number;
  provisioner?: string;
  allowExpansion?: boolean;
  mounted?: boolean;
}

function judged(rule: Rule, facts: Case) {
  const { used = () => 0.5, hours = 192, endedAgo = 1, capacityGib = 100, mounted = true } = facts;
  const fleet = new Fleet(WINDOW).node('n1').prices();
  const { provisioner = 'ebs.csi.aws.com', allowExpansion = true } = facts;
  const kept = { volumeType: 'gp3', reclaimPolicy: 'Delete', allowExpansion };
  putStorageClass(fleet.db, { cluster: 'test', name: 'gp3', provisioner, ...kept });
  putClaim(fleet.db, fleet.claimRecord());
  if (mounted) setMounts(fleet.db, KEY, ['api-0'], UNTIL);
  for (let ago = endedAgo; ago < endedAgo + hours; ago++)
    putVolumeHour(fleet.db, {
      ...{ cluster: 'test', namespace: 'web', claim: 'data', hourMs: UNTIL - ago * HOUR_MS },
      ...{ usedBytes: used(ago) * 100 * GIB, capacityBytes: capacityGib * GIB },
    });
  const [finding] = evaluate(fleet.store, rule, WINDOW);
  if (!finding) throw new Error('expected an answer');
  return finding;
}

describe('sizing/volume-over-sized', () => {
  it.each<[string, Case, string]>([
    ['19.9 % used', { used: () => 0.199 }, 'finding'],
    ['20 % used', { used: () => 0.2 }, 'ok'],
    ['one hour of 20 %', { used: (ago) => (ago === 100 ? 0.2 : 0.01) }, 'ok'],
    ['68 hours', { used: () => 0.1, hours: 68 }, 'insufficient-data'],
    ['69 hours', { used: () => 0.1, hours: 69 }, 'finding'],
    ['no use known, mounted', { hours: 0 }, 'insufficient-data'],
    ['no use known, not mounted', { hours: 0, mounted: false }, 'not-applicable'],
    ['a common file system', { used: () => 0.01, provisioner: 'efs.csi.aws.com' }, 'not-applicable'],
    ['a file system larger than the claim', { used: () => 0.01, capacityGib: 201 }, 'not-applicable'],
    ['fast growth', { used: (ago) => 0.19 - ago * 0.0009 }, 'ok'],
  ])('%s: %o is %s', (_, facts, state) => {
    expect(judged(volumeOverSized, facts).state).toBe(state);
  });

  it('keeps room for growth and prices what is saved', () => {
    // 7 GiB at 70 % of 10 GiB: 90 of 100 GiB at 0.1 USD.
    const { recommendation, impact } = judged(volumeOverSized, { used: () => 0.07 });
    expect(recommendation?.summary).toContain('of 10 GiB');
    expect(impact.usdPerMonth).toBeCloseTo(9);
  });
});

describe('sizing/volume-filling', () => {
  /** Free share now, growing by this share of the capacity a day. */
  const growing = (free: number, perDay: number) => (ago: number) => 1 - free - ((ago - 1) * perDay) / 24;

  it.each<[string, Case, string]>([
    ['3 % free', { used: growing(0.03, 0) }, 'ok'],
    ['2.9 % free', { used: growing(0.029, 0) }, 'finding'],
    ['14.9 % free, full in 4 days', { used: growing(0.14, 0.0351) }, 'finding'],
    ['14.9 % free, full in more', { used: growing(0.14, 0.0349) }, 'ok'],
    ['15 % free, full in a day', { used: growing(0.15, 0.2) }, 'ok'],
    ['14 % free, shrinking', { used: growing(0.14, -0.1) }, 'ok'],
    ['14 % free, five hours', { used: growing(0.14, 0.2), hours: 5 }, 'insufficient-data'],
    ['2 % free, an hour', { used: growing(0.02, 0), hours: 1 }, 'finding'],
    ['not seen for a day', { used: growing(0.02, 0), endedAgo: 25 }, 'insufficient-data'],
    ['a common file system', { used: growing(0.02, 0), provisioner: 'efs.csi.aws.com' }, 'not-applicable'],
    ['not mounted', { hours: 0, mounted: false }, 'not-applicable'],
  ])('%s is %o: %s', (_, facts, state) => {
    expect(judged(volumeFilling, facts).state).toBe(state);
  });

  it('grows the claim where its class allows it, else says how', () => {
    const patchOf = (allowExpansion: boolean) =>
      judged(volumeFilling, { used: growing(0.02, 0), allowExpansion }).recommendation?.patches[0];
    expect(parse(patchOf(true)?.content ?? '').spec).toEqual({ resources: { requests: { storage: '125Gi' } } });
    expect(patchOf(false)?.format).toBe('text');
  });
});
