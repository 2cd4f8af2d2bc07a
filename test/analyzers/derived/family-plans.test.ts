import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planPatches } from '../../../src/analyzers/derived/family-plan-patch.js';
import { familyPlans } from '../../../src/analyzers/derived/family-plans.js';
import { sparkPlaces } from '../../../src/analyzers/derived/spark-places.js';
import { artifactInput } from '../../../src/analyzers/run.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import type { Db } from '../../../src/store/open.js';
import { putInstanceTypes, putOnDemandPrices } from '../../../src/store/prices.js';
import { spotWriter } from '../../../src/store/spot.js';
import { WINDOW as HISTORY } from '../../spot/fixture.js';
import { Fleet, type TestPod } from '../../support/fleet.js';
import { collected, testConfig } from '../fixture.js';
import { type Course, offering, priced, ran } from '../spot/groups.js';

/** 5-10 % a month in the bundled snapshot. */
const TYPE = 'c5d.9xlarge';
const SEEN = { sinceMs: HISTORY.untilMs - 6 * DAY_MS, untilMs: HISTORY.untilMs };

function pods(lifecycle: 'firm' | 'spot'): TestPod[] {
  const use = () => ({ cpuCores: 4, memoryBytes: GIB });
  return ['a', 'b', 'c'].map((run) => ({
    role: 'executor' as const,
    node: lifecycle,
    runName: run,
    name: `${run}-exec-1`,
    containers: [{ cpuRequestCores: 18, memoryRequestBytes: 4 * GIB, use }],
  }));
}

interface Scene {
  courses?: Record<string, Course>;
  on?: 'firm' | 'spot';
  kind?: string;
  spec?: unknown;
  onDemand?: number | null;
  market?: (db: Db) => void;
  /** One run of an hour instead of three of six days. */
  once?: boolean;
}

function planOf({
  courses = {},
  on = 'spot',
  kind = 'SparkApplication',
  spec,
  onDemand = 1,
  market,
  once = false,
}: Scene) {
  const taints = '[{"key":"spot","value":"true","effect":"NoSchedule"}]';
  const fleet = new Fleet(SEEN)
    .node('firm', { instanceType: TYPE, zone: 'us-east-1c' })
    .node('spot', { instanceType: TYPE, zone: 'us-east-1b', capacityType: 'spot', taints });
  collected(fleet.store, SEEN, ['aws-spot']);
  fleet.db.transaction(() => spotWriter(fleet.db)(priced(courses)))();
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  if (onDemand !== null) putOnDemandPrices(fleet.db, [{ ...price, instanceType: TYPE, usdPerHour: onDemand }]);
  putInstanceTypes(fleet.db, [
    { name: TYPE, vcpu: 36, memoryBytes: 72 * GIB, architecture: 'x86_64', gpuCount: 0, gpuName: null },
  ]);
  market?.(fleet.db);
  fleet.workload({ kind, namespace: 'etl', name: 'daily', pods: once ? pods(on).slice(0, 1) : pods(on), spec });
  if (once) fleet.db.prepare('UPDATE pod SET finished_ms = first_seen_ms + 3600000').run();
  const [plan] = artifactInput(fleet.db, HISTORY, testConfig()).get(familyPlans);
  return plan;
}

const zones = (a: Course, b: Course) => ({ [TYPE]: a, [`us-east-1b ${TYPE}`]: b });

describe('familyPlans', () => {
  it('moves a family to the cheaper zone, with dollars and patches', () => {
    const plan = planOf({ courses: zones(0.4, 0.5) });
    expect(plan).toMatchObject({
      advice: 'move',
      runs: 3,
      work: { nodes: 0.5, nodesAtRisk: 1 },
      today: { lifecycle: 'spot', zone: 'us-east-1b' },
    });
    // The machine that runs in the dear zone was not taken back: a little in its favour.
    expect(plan?.plan?.savingPercent).toBeCloseTo(20, 2);
    // Half a node at 0.5 USD/hour; three runs of six days in six days; 20 % of it.
    expect(plan?.savingUsdPerMonth).toBeCloseTo(3 * 730 * 0.5 * 0.1, 0);
    const [application, pool] = plan?.patches ?? [];
    const spec = parse(application?.content ?? '').spec;
    expect(spec.driver.nodeSelector).toEqual({ 'karpenter.sh/capacity-type': 'on-demand' });
    expect(spec.sparkConf['spark.decommission.enabled']).toBe('true');
    expect(spec.executor.tolerations).toEqual([
      { key: 'spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' },
    ]);
    const [term] = spec.executor.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
    expect(term.matchExpressions.map(({ values }: { values: string[] }) => values[0])).toEqual([
      'spot',
      'us-east-1a',
      TYPE,
    ]);
    expect(parse(pool?.content ?? '').spec.template.spec.requirements).toHaveLength(3);
  });

  it('advises no zone that does not have the type', () => {
    const plan = planOf({ courses: zones(0.4, 0.5), market: offering(`us-east-1b ${TYPE}`) });
    expect(plan).toMatchObject({ advice: 'stay', plan: { best: { zone: 'us-east-1b' } } });
  });

  it('prices in what was taken back here, and says how much was seen', () => {
    const often = planOf({ courses: zones(0.4, 0.5), market: (db) => ran(db, TYPE, 'us-east-1a', 40, 20, 38) });
    // Runs of 144 hours on one node; 38 machines of 19,200 hours, and a month of the Spot Advisor's 10 %.
    expect(often?.plan?.best.interruptionsPerRun).toBeCloseTo((144 * (38 - Math.log(0.9))) / (19_200 + 730), 3);
    const steady = planOf({ courses: zones(0.4, 0.5), market: (db) => ran(db, TYPE, 'us-east-1a', 40, 20, 0) });
    expect(steady?.capacity?.seen).toMatchObject({ interruptions: 0, runningHours: 40 * 20 * 24 });
    expect(steady?.plan?.best.interruptionsPerRun).toBeLessThan(0.01);
  });

  it('gives no advice that would have lost money on the last third of the history', () => {
    const plan = planOf({ courses: zones((share) => (share < 0.67 ? 0.3 : 0.65), 0.5) });
    expect(plan?.plan?.savingPercent).toBeGreaterThan(2);
    expect(plan).toMatchObject({ advice: 'stay', why: expect.stringContaining('would have lost'), patches: [] });
  });

  it('says to stay where nothing saves', () => {
    expect(planOf({ courses: zones(0.5, 0.5) })).toMatchObject({ advice: 'stay', patches: [] });
  });

  it('advises nothing after one short run, and shows what it would come to', () => {
    const plan = planOf({ courses: zones(0.3, 0.4), on: 'firm', once: true });
    expect(plan).toMatchObject({ advice: 'unknown', why: 'insufficient data: 1 of 3 runs were seen', patches: [] });
    expect(plan?.plan?.savingPercent).toBeGreaterThan(65);
  });

  it('compares on-demand with spot', () => {
    const plan = planOf({ courses: zones(0.3, 0.4), on: 'firm' });
    expect(plan).toMatchObject({ advice: 'move', today: { lifecycle: 'on-demand', usdPerHour: 1 } });
    expect(plan?.plan?.savingPercent).toBeGreaterThan(65);
  });

  it('moves a schedule to the hour of the plan, and leaves its minute and days', () => {
    const fleet = new Fleet(SEEN).node('spot', { instanceType: TYPE, capacityType: 'spot' });
    fleet.workload({ kind: 'ScheduledSparkApplication', namespace: 'etl', name: 'daily', pods: pods('spot') });
    const [family] = artifactInput(fleet.db, HISTORY, testConfig()).get(sparkPlaces);
    if (!family) throw new Error('no family');
    const cell = { usdPerHour: 1, usdPerRun: 1, interruptionsPerRun: 0, interruptionChance: 0 };
    const best = { ...cell, type: TYPE, zone: 'us-east-1a', startHour: 3 };
    const schedule = '30 12 * * 1-5';
    expect(planPatches({ family, best, schedule, taints: [] }).at(-1)).toMatchObject({
      target: 'ScheduledSparkApplication etl/daily',
      content: [
        'apiVersion: sparkoperator.k8s.io/v1beta2',
        'kind: ScheduledSparkApplication',
        'metadata:\n  name: daily\n  namespace: etl',
        'spec:\n  schedule: 30 3 * * 1-5\n',
      ].join('\n'),
    });
    const any = { ...best, startHour: null };
    expect(planPatches({ family, best: any, schedule, taints: [] })).toHaveLength(2);
  });

  it.each<[string, Scene]>([
    ['spot prices', { courses: {} }],
    ['the on-demand price', { courses: zones(0.4, 0.5), on: 'firm', onDemand: null }],
  ])('has no advice without %s', (_, scene) => {
    expect(planOf(scene)).toMatchObject({ advice: 'unknown', plan: null });
  });
});
