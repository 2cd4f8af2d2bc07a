import { describe, expect, it } from 'vitest';
import { limitRange } from '../../../src/analyzers/placement/limit-range.js';
import type { ObjectSpec } from '../../../src/model/posture.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { noteListed, putObject, putPosture } from '../../../src/store/posture-write.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';
import { container } from '../posture-fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 5 * DAY_MS, untilMs: UNTIL };
const RANGE: ObjectSpec<'LimitRange'> = { defaultRequests: { cpu: '1' }, defaults: {} };

interface Case {
  range?: ObjectSpec<'LimitRange'>;
  asks?: boolean;
  requestCores?: number;
  use?: number;
  hours?: number;
  forbidden?: boolean;
}

function judged({ range = RANGE, asks = false, requestCores = 1, use = 0.1, hours = 120, forbidden }: Case) {
  const own = {
    cpuRequestCores: requestCores,
    memoryRequestBytes: GIB,
    use: (hour: number) => (hour < hours ? { cpuCores: use, memoryBytes: GIB / 2 } : undefined),
  };
  const fleet = new Fleet(WINDOW).node('n1').workload({ pods: [{ containers: [own] }] });
  noteListed(fleet.db, { cluster: 'test', kind: 'Pod', whole: !forbidden, listedMs: UNTIL });
  const posture = {
    ...{ labels: {}, serviceAccount: 'own', automount: null, hostNetwork: false, hostPID: false, hostIPC: false },
    ...{ hostPaths: [], holdsVolume: false, containers: [container({ hasCpuRequest: asks })] },
  };
  putPosture(fleet.db, { workloadId: 1, role: '', byTemplate: true, posture, nowMs: UNTIL });
  putObject(fleet.db, {
    ...{ cluster: 'test', kind: 'LimitRange', namespace: 'web', name: 'defaults', labels: {}, createdMs: null },
    ...{ spec: range, nowMs: UNTIL },
  });
  const [finding] = evaluate(fleet.store, limitRange, WINDOW);
  if (!finding) throw new Error('expected an answer');
  return finding;
}

describe('placement/limit-range', () => {
  it.each<[string, Case, string]>([
    ['a default far above use', {}, 'finding'],
    ['a default near use', { use: 0.85 }, 'ok'],
    ['a container that asks for itself', { asks: true }, 'ok'],
    ['a request that is not the default', { requestCores: 1.5 }, 'ok'],
    [
      'a default limit that is the default request',
      { range: { defaultRequests: {}, defaults: { cpu: '1' } } },
      'finding',
    ],
    ['no defaults', { range: { defaultRequests: {}, defaults: {} } }, 'not-applicable'],
    ['a day of use', { hours: 24 }, 'insufficient-data'],
    ['pods that could not be listed', { asks: true, forbidden: true }, 'insufficient-data'],
  ])('%s %#: %s', (_, facts, state) => {
    expect(judged(facts).state).toBe(state);
  });

  it('names what is needed, and books no dollars twice', () => {
    const finding = judged({});
    expect(finding.recommendation?.summary).toMatch(/cpu: \d+m/);
    expect(finding.impact.usdPerMonth).toBeNull();
    expect(finding.impact.freedCpuCores).toBeGreaterThan(0.7);
  });
});
