import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { idleWorkload } from '../../../src/analyzers/idle/workload.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet, type TestPod, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const DAYS = 4;
const WINDOW = { sinceMs: UNTIL - DAYS * DAY_MS, untilMs: UNTIL };
const HOURS = DAYS * 24;

function judged(workload: TestWorkload, config = {}, prices = true) {
  const fleet = new Fleet(WINDOW).node('n1');
  if (prices) fleet.prices();
  fleet.workload(workload);
  const [finding, ...more] = evaluate(fleet.store, idleWorkload, WINDOW, config);
  if (!finding || more.length > 0) throw new Error('expected one answer');
  return finding;
}

/** Two cores and 4 GiB asked for: idle is below 10 m. */
function pod(use: (hour: number) => number | undefined, network?: (hour: number) => number | undefined): TestPod {
  return {
    containers: [
      {
        cpuRequestCores: 2,
        memoryRequestBytes: 4 * GIB,
        use: (hour) => {
          const cpuCores = use(hour);
          return cpuCores === undefined ? undefined : { cpuCores, memoryBytes: GIB };
        },
      },
    ],
    ...(network && { network }),
  };
}

const QUIET = pod(
  () => 0.002,
  () => 50,
);

describe('idle/workload', () => {
  it('finds what neither computes nor talks, and scales it to zero', () => {
    const finding = judged({ pods: [QUIET] });
    expect(finding).toMatchObject({
      state: 'finding',
      title: 'Idle for 2 days: 2.0 m CPU, 50 B/s network per pod',
      confidence: { value: 0.9 },
      impact: { freedCpuCores: 2, freedMemoryBytes: 4 * GIB },
    });
    expect(parse(finding.recommendation?.patches[0]?.content ?? '')).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'web' },
      spec: { replicas: 0 },
    });
  });

  it('saves what it costs, all of it', () => {
    const [one, two] = [judged({ pods: [QUIET] }), judged({ pods: [QUIET, QUIET] })];
    expect(one.impact.usdPerMonth).toBeGreaterThan(0);
    expect(two.impact.usdPerMonth).toBeCloseTo(2 * (one.impact.usdPerMonth ?? 0), 6);
    expect(judged({ pods: [QUIET] }, {}, false).impact.usdPerMonth).toBeNull();
  });

  it.each([
    [0.0099, 'finding'],
    [0.01, 'ok'],
    [0.0101, 'ok'],
  ])('%d cores of 2 requested: %s', (cores, state) => {
    expect(
      judged({
        pods: [
          pod(
            () => cores,
            () => 0,
          ),
        ],
      }).state,
    ).toBe(state);
  });

  it.each([
    [0.0019, 'finding'],
    [0.002, 'ok'],
  ])('%d cores of 0.2 requested: %s, 1 %% of the request', (cores, state) => {
    const containers = [{ cpuRequestCores: 0.2, use: () => ({ cpuCores: cores }) }];
    expect(judged({ pods: [{ containers, network: () => 0 }] }).state).toBe(state);
  });

  it('without a request 10 m is the bar', () => {
    expect(judged({ pods: [{ containers: [{ use: () => ({ cpuCores: 0.009 }) }] }] }).state).toBe('finding');
  });

  it.each([
    [499, 'finding'],
    [500, 'ok'],
    [501, 'ok'],
  ])('%d B/s in both directions: %s', (rate, state) => {
    expect(
      judged({
        pods: [
          pod(
            () => 0.001,
            () => rate,
          ),
        ],
      }).state,
    ).toBe(state);
  });

  it('without network data, or with too little of it, it is less sure', () => {
    expect(judged({ pods: [pod(() => 0.001)] })).toMatchObject({ state: 'finding', confidence: { value: 0.6 } });
    const half = pod(
      () => 0.001,
      (hour) => (hour % 2 === 0 ? 9000 : undefined),
    );
    expect(judged({ pods: [half] })).toMatchObject({ state: 'finding', confidence: { value: 0.6 } });
  });

  it('an hour of work a day is work', () => {
    expect(
      judged({
        pods: [
          pod(
            (hour) => (hour % 24 === 2 ? 0.1 : 0.001),
            () => 0,
          ),
        ],
      }).state,
    ).toBe('ok');
  });

  it('looks at the last two days only', () => {
    expect(
      judged({
        pods: [
          pod(
            (hour) => (hour < HOURS - 48 ? 1 : 0.001),
            () => 0,
          ),
        ],
      }).state,
    ).toBe('finding');
    expect(
      judged({
        pods: [
          pod(
            (hour) => (hour < HOURS - 47 ? 1 : 0.001),
            () => 0,
          ),
        ],
      }).state,
    ).toBe('ok');
    const config = { rules: { 'idle/workload': { days: 3 } } };
    expect(
      judged(
        {
          pods: [
            pod(
              (hour) => (hour < HOURS - 48 ? 1 : 0.001),
              () => 0,
            ),
          ],
        },
        config,
      ).state,
    ).toBe('ok');
  });

  it.each([
    [45, 'insufficient-data'],
    [46, 'finding'],
  ])('with %d measured hours: %s, two days count from 95 %%', (hours, state) => {
    expect(
      judged({
        pods: [
          pod(
            (hour) => (hour >= HOURS - hours ? 0.001 : undefined),
            () => 0,
          ),
        ],
      }).state,
    ).toBe(state);
  });

  it.each<[string, string, TestWorkload]>([
    ['not-applicable', 'is a part of the cluster itself', { namespace: 'kube-system' }],
    ['not-applicable', 'has not run for a day', { pods: [pod((hour) => (hour < HOURS - 25 ? 0.001 : undefined))] }],
    ['insufficient-data', 'was never measured', { pods: [{}] }],
    ['ok', 'works', { pods: [pod(() => 1)] }],
  ])('%s where it %s', (state, _, workload) => {
    expect(judged({ pods: [QUIET], ...workload }).state).toBe(state);
  });

  it('what has no replicas is left to a person', () => {
    const finding = judged({ kind: 'DaemonSet', pods: [QUIET] });
    expect(finding.recommendation?.patches).toMatchObject([{ format: 'text', target: 'DaemonSet web/api' }]);
  });
});
