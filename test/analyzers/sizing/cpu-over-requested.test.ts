import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cpuOverRequested } from '../../../src/analyzers/sizing/cpu-over-requested.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS, HOUR_MS, HOURS_PER_MONTH, MINUTE_MS } from '../../../src/model/window.js';
import { unitPrices } from '../../../src/pricing/allocation.js';
import { Fleet, type TestContainer, type TestPod, type TestWorkload } from '../../support/fleet.js';
import { recordedLoad, type Shape } from '../../support/load.js';
import { evaluate } from '../fixture.js';
import { addObject } from '../posture-fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const days = (count: number) => ({ sinceMs: UNTIL - count * DAY_MS, untilMs: UNTIL });

function judged(workload: TestWorkload, config = {}, window = days(7)) {
  const fleet = new Fleet(window).node('n1').prices().workload(workload);
  return evaluate(fleet.store, cpuOverRequested, window, config);
}

function one(container: TestContainer, workload: TestWorkload = {}, config = {}, window = days(7)) {
  const [finding, ...more] = judged({ pods: [{ containers: [container] }], ...workload }, config, window);
  if (!finding || more.length > 0) throw new Error('expected one answer');
  return finding;
}

/** Of the fleet's node: 8 cores and 32 GiB at 1 USD/hour. */
const NODE_PRICES = unitPrices(
  { cpuCores: 8, cpuAllocatableCores: 8, memoryBytes: 32 * GIB, memoryAllocatableBytes: 32 * GIB, gpus: 0 },
  1,
);

const constant = (cpuCores: number) => () => ({ cpuCores });
/** Advised 500 m: the 1 % by which a distribution may err and the step of 10 m lead there. */
const HALF = constant(0.495);

function recorded(shape: Shape, cores: number) {
  const samples = recordedLoad(shape).map((share) => share * cores);
  return (hour: number) => ({ cpuCores: samples.slice(hour * 12, hour * 12 + 12) });
}

describe('sizing/cpu-over-requested', () => {
  it('finds a request far above use, with evidence, backtest, dollars and a patch', () => {
    const finding = one({ cpuRequestCores: 2, use: HALF });
    expect(finding).toMatchObject({
      state: 'finding',
      severity: 'warning',
      subject: { kind: 'Deployment', cluster: 'test', namespace: 'web', name: 'api' },
      recommendation: { backtest: { passed: true }, patches: [{ format: 'kubernetes', target: 'Deployment web/api' }] },
    });
    expect(finding.evidence.map(({ metric, value }) => [metric, typeof value])).toEqual([
      ['CPU request (app)', 'number'],
      ['CPU usage p95 (app)', 'number'],
      ['CPU usage peak (app)', 'number'],
      [expect.stringMatching(/^advised request, p95/), 'number'],
    ]);
    expect(finding.evidence[0]).toMatchObject({ value: 2, unit: 'cores', window: days(7), samples: 7 * 288 });
    const patch = parse(finding.recommendation?.patches[0]?.content ?? '');
    expect(patch.spec.template.spec.containers).toEqual([{ name: 'app', resources: { requests: { cpu: '500m' } } }]);
    expect(finding.impact.freedCpuCores).toBeCloseTo(1.5, 2);
    expect(finding.impact.usdPerMonth).toBeCloseTo(1.5 * NODE_PRICES.cpu * HOURS_PER_MONTH, 0);
  });

  it('trusts one reading an hour little', () => {
    const containers = [{ cpuRequestCores: 2, use: () => ({ cpuCores: [0.5] }) }];
    const fleet = new Fleet(days(7))
      .node('n1')
      .prices()
      .workload({ pods: [{ containers }] });
    fleet.store.db.exec('UPDATE usage_hour SET cpu_seconds = 3600, memory_seconds = 3600');
    const [hourly] = evaluate(fleet.store, cpuOverRequested, days(7));
    expect(hourly?.confidence).toMatchObject({ value: 0.4, why: expect.stringContaining('1.0 readings an hour') });
    expect(one({ cpuRequestCores: 2, use: HALF }).confidence.value).toBeGreaterThan(0.7);
  });

  it.each([
    // 0.3 cores at 60 % of the request are 0.5.
    [60, 'cpu', 0.5],
    [30, 'cpu', 1],
    [20, 'cpu', null],
    [20, 'memory', 0.3],
  ])('leaves an autoscaler with a target of %d %% of %s where it is', (utilizationPercent, resource, cores) => {
    const fleet = new Fleet(days(7))
      .node('n1')
      .prices()
      .workload({ pods: [{ containers: [{ cpuRequestCores: 1.3, use: constant(0.3) }] }] });
    const spec = {
      target: { kind: 'Deployment', name: 'api' },
      minReplicas: 1,
      maxReplicas: 9,
      metrics: [{ type: 'Resource', resource, container: null, utilizationPercent }],
    };
    addObject(fleet.store, 'HorizontalPodAutoscaler', { namespace: 'web', name: 'api' }, spec);
    const [finding] = evaluate(fleet.store, cpuOverRequested, days(7));
    const advised = finding?.evidence.at(-1)?.value;
    if (cores === null) expect(finding?.state).toBe('ok');
    else expect(Math.abs(Number(advised) / cores - 1)).toBeLessThan(0.04);
  });

  it.each([
    [0.61, 'ok', 'one per cent too little'],
    [0.62, 'ok', 'more than 80 %'],
    [0.625, 'finding', 'exactly 80 %'],
    [0.7, 'finding', 'less than 80 %'],
  ])('a request of %d over an advised 0.5: %s, %s', (cpuRequestCores, state) => {
    expect(one({ cpuRequestCores, use: HALF }).state).toBe(state);
  });

  it.each([
    [0.09, 'ok'],
    [0.15, 'finding'],
    [0.149, 'ok'],
  ])('a request of %d over an advised 0.05: %s, 100 m are the least that counts', (cpuRequestCores, state) => {
    expect(one({ cpuRequestCores, use: constant(0.0495) }).state).toBe(state);
  });

  it('takes its thresholds from the configuration', () => {
    const rules = { 'sizing/cpu-over-requested': { maxShare: 0.2 } };
    expect(one({ cpuRequestCores: 2, use: HALF }, {}, { rules }).state).toBe('ok');
  });

  it('on a recorded load finds an oversized request and leaves one that fits', () => {
    const window = days(9);
    expect(one({ cpuRequestCores: 4, use: recorded('steady', 4) }, {}, {}, days(7)).state).toBe('finding');
    expect(one({ cpuRequestCores: 2.2, use: recorded('steady', 4) }, {}, {}, days(7)).state).toBe('ok');
    expect(one({ cpuRequestCores: 4, use: recorded('level-change', 4) }, {}, {}, window).state).toBe('finding');
  });

  it('is silent where the smaller request fails its backtest, and says so', () => {
    const finding = one({ cpuRequestCores: 4, use: recorded('level-change', 4) }, {}, {}, days(11));
    expect(finding).toMatchObject({ state: 'ok', title: expect.stringContaining('failed its backtest') });
  });

  it.each<[string, string, TestWorkload]>([
    ['not-applicable', 'is a part of the cluster itself', { namespace: 'kube-system' }],
    ['not-applicable', 'asks for no CPU', { pods: [{ containers: [{ use: HALF }] }] }],
    ['not-applicable', 'asks for zero CPU', { pods: [{ containers: [{ cpuRequestCores: 0, use: HALF }] }] }],
    [
      'insufficient-data',
      'has requests that were not read',
      { pods: [{ containers: [{ resourcesKnown: false, use: HALF }] }] },
    ],
    ['insufficient-data', 'was never measured', { pods: [{ containers: [{ cpuRequestCores: 2 }] }] }],
    [
      'insufficient-data',
      'was measured for two days',
      { pods: [{ containers: [{ cpuRequestCores: 2, use: (hour) => (hour < 48 ? { cpuCores: 0.5 } : undefined) }] }] },
    ],
    [
      'insufficient-data',
      'has use of its memory alone',
      { pods: [{ containers: [{ cpuRequestCores: 2, use: () => ({ memoryBytes: GIB }) }] }] },
    ],
    [
      'insufficient-data',
      'has a sidecar that is measured and a container that is not',
      { pods: [{ containers: [{ cpuRequestCores: 2 }, { name: 'proxy', cpuRequestCores: 0.5, use: HALF }] }] },
    ],
  ])('%s where it %s', (state, _, workload) => {
    const [finding] = judged({ pods: [{ containers: [{ cpuRequestCores: 2, use: HALF }] }], ...workload });
    expect(finding?.state).toBe(state);
  });

  it.each([
    [68, 'insufficient-data'],
    [69, 'finding'],
  ])('a service with %d measured hours: %s, three days count from 95 %%', (hours, state) => {
    expect(one({ cpuRequestCores: 2, use: (hour) => (hour < hours ? { cpuCores: 0.5 } : undefined) }).state).toBe(
      state,
    );
  });

  it.each([
    [2, 'insufficient-data'],
    [3, 'finding'],
  ])('a Spark family with %d runs: %s', (runs, state) => {
    const pods = Array.from(
      { length: runs },
      (_, run): TestPod => ({
        role: 'executor',
        runName: `etl-${run}`,
        containers: [
          {
            name: 'spark-kubernetes-executor',
            cpuRequestCores: 2,
            use: (hour) => (hour === run * 24 + 2 ? { cpuCores: 0.5 } : undefined),
          },
        ],
      }),
    );
    const [finding] = judged({ kind: 'SparkApplication', name: 'etl', pods });
    expect(finding?.state).toBe(state);
  });

  it('gives a family of short runs the cost of its hours, not of a month', () => {
    const pods = [0, 1, 2].map(
      (run): TestPod => ({
        role: 'executor',
        runName: `etl-${run}`,
        containers: [{ cpuRequestCores: 2, use: (hour) => (hour === run * 24 + 2 ? { cpuCores: 0.5 } : undefined) }],
      }),
    );
    const [finding] = judged({ kind: 'SparkApplication', name: 'etl', pods });
    // 1.5 of 2 cores for 3 of 168 hours.
    expect(finding?.impact.freedCpuCores).toBeCloseTo((1.5 * 3) / 168, 3);
    expect(finding?.impact.usdPerMonth).toBeCloseTo(((1.5 * 3) / 168) * NODE_PRICES.cpu * HOURS_PER_MONTH, 1);
  });

  it('leaves out init containers, and the price where it is not known', () => {
    const containers: TestContainer[] = [
      { name: 'migrate', kind: 'init', cpuRequestCores: 4 },
      { cpuRequestCores: 2, use: HALF },
    ];
    const window = days(7);
    const fleet = new Fleet(window).node('n1').workload({ pods: [{ containers }] });
    const [finding] = evaluate(fleet.store, cpuOverRequested, window);
    expect(finding).toMatchObject({ state: 'finding', impact: { usdPerMonth: null } });
    expect(finding?.recommendation?.patches[0]?.content).not.toContain('migrate');
  });

  it('shows the backtest of the container that frees most', () => {
    const containers: TestContainer[] = [
      { name: 'a', cpuRequestCores: 0.3, use: constant(0.05) },
      { name: 'b', cpuRequestCores: 8, use: constant(1) },
    ];
    const [finding] = judged({ pods: [{ containers }] });
    expect(finding?.recommendation?.backtest?.figures.chosenCores).toBeCloseTo(1, 1);
    expect(finding?.recommendation?.summary).toMatch(/container b .*, container a /);
  });

  it('has insufficient data where Prometheus was never read', () => {
    const window = days(7);
    const fleet = new Fleet(window, ['kubernetes']).workload({});
    expect(evaluate(fleet.store, cpuOverRequested, window)).toMatchObject([
      { state: 'insufficient-data', subject: { kind: 'Cluster' }, title: expect.stringContaining('prometheus') },
    ]);
  });

  describe('that is slow to start', () => {
    /** Pods that begin on different days, and take cores for ten minutes of their first hour. */
    function started(startCores: number, pods = 4) {
      const began = Array.from({ length: pods }, (_, i) => 10 + 30 * i);
      return judged({
        pods: began.map((first) => ({
          createdMs: days(7).sinceMs + first * HOUR_MS + 5 * MINUTE_MS,
          containers: [
            {
              cpuRequestCores: 1,
              use: (hour: number) =>
                hour < first
                  ? undefined
                  : { cpuCores: Array.from({ length: 12 }, (_, i) => (hour === first && i < 2 ? startCores : 0.2)) },
            },
          ],
        })),
      })[0];
    }
    const atStart = (finding: ReturnType<typeof started>) =>
      finding?.evidence.find(({ metric }) => metric.startsWith('CPU at start'));

    it('is sized by what it takes afterwards, and its starts are told', () => {
      const finding = started(0.9);
      expect(finding?.recommendation?.sizes?.[0]?.cpuCores).toBeLessThanOrEqual(0.22);
      expect(atStart(finding)).toMatchObject({ metric: 'CPU at start, median of 4 starts (app)', value: 0.9 });
      expect(finding?.recommendation?.risk).toContain('app took 0.90 cores at its starts');
    });

    it.each([
      ['starts are no different', 0.35, 4],
      ['two starts are no habit', 0.9, 2],
    ])('says nothing of starts where %s', (_why, cores, pods) => {
      const finding = started(cores, pods);
      expect(finding?.state).toBe('finding');
      expect(atStart(finding)).toBeUndefined();
    });
  });
});
