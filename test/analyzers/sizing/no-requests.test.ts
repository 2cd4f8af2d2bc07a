import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { noRequests } from '../../../src/analyzers/sizing/no-requests.js';
import type { ContainerPosture } from '../../../src/model/posture.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { noteListed, putPosture } from '../../../src/store/posture-write.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';
import { container } from '../posture-fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 5 * DAY_MS, untilMs: UNTIL };
const NONE = { hasCpuRequest: false, hasMemoryRequest: false };

function judged(
  containers: readonly (Partial<ContainerPosture> & { pod?: TestContainer })[],
  workload: TestWorkload = {},
) {
  const pods = [{ containers: containers.map(({ name = 'app', pod }) => ({ name, ...pod })) }];
  const fleet = new Fleet(WINDOW).node('n1').workload({ pods, ...workload });
  noteListed(fleet.db, { cluster: 'test', kind: 'Pod', whole: true, listedMs: UNTIL });
  const posture = {
    ...{ labels: {}, serviceAccount: 'own', automount: null, hostNetwork: false, hostPID: false, hostIPC: false },
    ...{ hostPaths: [], holdsVolume: false },
    containers: containers.map(({ pod: _, ...facts }) => container(facts)),
  };
  if (containers.length > 0) putPosture(fleet.db, { workloadId: 1, role: '', byTemplate: true, posture, nowMs: UNTIL });
  const [finding] = evaluate(fleet.store, noRequests, WINDOW);
  if (!finding) throw new Error('expected an answer');
  return finding;
}

const using = (cpuCores: number, memoryBytes: number) => ({ use: () => ({ cpuCores, memoryBytes }) });

describe('sizing/no-requests', () => {
  it.each<[Partial<ContainerPosture>, string]>([
    [{}, 'ok'],
    [{ hasCpuRequest: false }, 'No request: app (CPU)'],
    [{ hasMemoryRequest: false }, 'No request: app (memory)'],
    [NONE, 'No request: app (CPU and memory)'],
    [{ ...NONE, init: true }, 'ok'],
  ])('%o is %s', (facts, expected) => {
    const { state, title } = judged([facts]);
    expect(state === 'finding' ? title : state).toBe(expected);
  });

  it('takes a request that a LimitRange gave for one', () => {
    expect(judged([{ ...NONE, pod: { cpuRequestCores: 0.1, memoryRequestBytes: GIB } }]).state).toBe('ok');
  });

  it('asks for what the history says', () => {
    const { recommendation } = judged([{ ...NONE, pod: using(0.3, 0.5 * GIB) }]);
    const [own] = parse(recommendation?.patches[0]?.content ?? '').spec.template.spec.containers;
    expect(Object.keys(own.resources.requests)).toEqual(['cpu', 'memory']);
  });

  it.each([
    [0.7, 'ok'],
    [0.72, 'finding'],
  ])(
    'a sidecar lives on the main container’s request while the sum is right: main uses %d of 1 core',
    (cores, state) => {
      const main = { name: 'app', pod: { cpuRequestCores: 1, memoryRequestBytes: 4 * GIB, ...using(cores, GIB) } };
      const sidecar = { name: 'proxy', ...NONE, pod: using(0.29, GIB) };
      expect(judged([main, sidecar]).state).toBe(state);
    },
  );

  it('does not apply to the cluster itself, and says where it was not read', () => {
    expect(judged([NONE], { namespace: 'kube-system' }).state).toBe('not-applicable');
    expect(judged([]).state).toBe('insufficient-data');
  });
});
