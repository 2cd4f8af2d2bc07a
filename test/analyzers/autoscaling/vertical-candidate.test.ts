import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { verticalCandidate } from '../../../src/analyzers/autoscaling/vertical-candidate.js';
import { growthOf } from '../../../src/analyzers/derived/growth.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { noteListed, putObject, putPosture } from '../../../src/store/posture-write.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 8 * DAY_MS, untilMs: UNTIL };

interface Case {
  /** Memory in GiB by day. */
  memory?: (day: number) => number;
  request?: number;
  days?: number;
  replicas?: number;
  holdsVolume?: boolean;
  kind?: string;
  namespace?: string;
  scaled?: boolean;
}

function judged(facts: Case) {
  const { memory = () => 1, days = 8, replicas = 1, holdsVolume = true, kind = 'Deployment' } = facts;
  const { namespace = 'web', request = 1 } = facts;
  const container: TestContainer = {
    memoryRequestBytes: request * GIB,
    memoryLimitBytes: request * GIB,
    use: (hour) => (hour < days * 24 ? { cpuCores: 0.1, memoryBytes: memory(Math.floor(hour / 24)) * GIB } : undefined),
  };
  const workload: TestWorkload = { kind, namespace, pods: [{ containers: [container] }] };
  const fleet = new Fleet(WINDOW).node('n1').workload(workload);
  fleet.db.prepare('UPDATE workload SET replicas = ?').run(replicas);
  noteListed(fleet.db, { cluster: 'test', kind: 'Pod', whole: true, listedMs: UNTIL });
  const posture = {
    ...{ labels: {}, serviceAccount: 'own', automount: null, hostNetwork: false, hostPID: false, hostIPC: false },
    ...{ hostPaths: [], holdsVolume, containers: [] },
  };
  putPosture(fleet.db, { workloadId: 1, role: '', byTemplate: true, posture, nowMs: UNTIL });
  if (facts.scaled)
    putObject(fleet.db, {
      ...{ cluster: 'test', kind: 'HorizontalPodAutoscaler', namespace, name: 'h', labels: {}, createdMs: null },
      spec: { target: { kind, name: 'api' }, minReplicas: 1, maxReplicas: 4, metrics: [] },
      nowMs: UNTIL,
    });
  return evaluate(fleet.store, verticalCandidate, WINDOW)[0];
}

describe('autoscaling/vertical-candidate', () => {
  it.each<[string, Case, string | undefined]>([
    ['growth of 21 % in 7 days', { memory: (day) => 1 + 0.03 * day }, 'finding'],
    ['growth of 19 % in 7 days', { memory: (day) => 1 + 0.0271 * day }, 'ok'],
    ['up and down', { memory: (day) => (day % 2 ? 2 : 1) }, 'ok'],
    ['one jump', { memory: (day) => (day < 4 ? 1 : 2) }, 'ok'],
    ['six days', { memory: (day) => 1 + 0.1 * day, days: 6 }, 'insufficient-data'],
    ['seven days', { memory: (day) => 1 + 0.1 * day, days: 7 }, 'finding'],
    ['room for it in the request', { memory: (day) => 1 + 0.1 * day, request: 8 }, 'ok'],
    ['no volume', { memory: (day) => 1 + 0.1 * day, holdsVolume: false }, 'not-applicable'],
    ['a StatefulSet', { memory: (day) => 1 + 0.1 * day, holdsVolume: false, kind: 'StatefulSet' }, 'finding'],
    ['an autoscaler', { memory: (day) => 1 + 0.1 * day, scaled: true }, 'not-applicable'],
    ['two replicas', { memory: (day) => 1 + 0.1 * day, replicas: 2 }, undefined],
    ['the cluster’s own', { memory: (day) => 1 + 0.1 * day, namespace: 'kube-system' }, 'not-applicable'],
  ])('%s %#: %s', (_, facts, state) => {
    expect(judged(facts)?.state).toBe(state);
  });

  it('asks for room for a month of that growth', () => {
    const finding = judged({ memory: (day) => 1 + 0.1 * day });
    const [container] = parse(finding?.recommendation?.patches[0]?.content ?? '').spec.template.spec.containers;
    // 1.7 GiB on the last day, and 30 times 0.1.
    expect(container.resources.requests.memory).toBe('4816Mi');
  });
});

describe('growth', () => {
  const days = (...values: number[]) => values.map((value, i) => ({ dayMs: i * DAY_MS, value }));
  it.each([
    [days(1, 2, 3, 4), { tau: 1, perDay: 1, share: 3 }],
    [days(4, 3, 2, 1), { tau: -1, perDay: -1, share: -0.75 }],
    [days(1, 1, 1), { tau: 0, perDay: 0, share: 0 }],
    [days(1), undefined],
  ])('of %o is %o', (values, growth) => {
    expect(growthOf(values)).toEqual(growth);
  });
});
