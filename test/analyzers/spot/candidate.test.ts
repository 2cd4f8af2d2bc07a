import { describe, expect, it } from 'vitest';
import { spotCandidate } from '../../../src/analyzers/spot/candidate.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../../src/model/window.js';
import { putOnDemandPrices } from '../../../src/store/prices.js';
import { spotWriter } from '../../../src/store/spot.js';
import { WINDOW as HISTORY } from '../../spot/fixture.js';
import { Fleet, type TestPod } from '../../support/fleet.js';
import { collected, evaluate } from '../fixture.js';
import { type Course, priced } from './groups.js';

/** 5-10 % a month in the bundled snapshot. */
const TYPE = 'c5d.9xlarge';
const WINDOW = { sinceMs: HISTORY.untilMs - 6 * DAY_MS, untilMs: HISTORY.untilMs };

const half = { cpuRequestCores: 4, memoryRequestBytes: 16 * GIB, use: () => ({ cpuCores: 4, memoryBytes: 16 * GIB }) };
const executor = (run: string, node = 'firm'): TestPod => ({
  role: 'executor',
  node,
  runName: run,
  name: `${run}-${node}-exec-1`,
  containers: [half],
});
const three = ['a', 'b', 'c'].map((run) => executor(run));

interface Scene {
  courses?: Record<string, Course>;
  pods?: readonly TestPod[];
  kind?: string;
  spec?: unknown;
  onDemand?: number | null;
  instanceType?: string;
  config?: object;
}

function judge({ courses = {}, pods = three, kind, spec, onDemand = 1, instanceType = TYPE, config = {} }: Scene) {
  const fleet = new Fleet(WINDOW)
    .node('firm', { instanceType, zone: 'us-east-1c' })
    .node('spot', { instanceType, capacityType: 'spot' });
  collected(fleet.store, WINDOW, ['aws-spot']);
  fleet.db.transaction(() => spotWriter(fleet.db)(priced(courses)))();
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  if (onDemand !== null) putOnDemandPrices(fleet.db, [{ ...price, instanceType, usdPerHour: onDemand }]);
  fleet.workload({ kind: kind ?? 'SparkApplication', namespace: 'etl', name: 'daily', pods, spec });
  return evaluate(fleet.store, spotCandidate, WINDOW, config);
}

const at = (price: Course) => ({ [TYPE]: price, [`us-east-1b ${TYPE}`]: 0.95 });

describe('spot/candidate', () => {
  it('finds batch work on on-demand, with dollars, sensitivity, backtest and patch', () => {
    const [finding] = judge({ courses: at(0.4), pods: [executor('a')], kind: 'ScheduledSparkApplication', spec: {} });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'ScheduledSparkApplication', namespace: 'etl', name: 'daily' },
      title: 'Its executors on on-demand c5d.9xlarge would cost 60 % less on spot in us-east-1a',
    });
    // Half of a node of 1 USD/hour all month, 60 % of it less the little that interruptions cost.
    expect(finding?.impact.usdPerMonth).toBeCloseTo(0.5 * HOURS_PER_MONTH * 0.6, 0);
    const savings = finding?.evidence
      .filter(({ metric }) => metric.startsWith('saving with'))
      .map(({ value }) => value);
    expect(savings?.[0]).toBe(60);
    expect(savings).toEqual(savings?.toSorted((a, b) => Number(b) - Number(a)));
    expect(finding?.recommendation?.backtest).toMatchObject({ passed: true });
    expect(finding?.recommendation?.patches[0]?.content).toContain('karpenter.sh/capacity-type: spot');
  });

  it.each([
    [0.81, 'ok'],
    [0.8, 'ok'],
    [0.79, 'finding'],
  ])('asks for 20 %% after interruptions: spot at %f of on-demand', (price, state) => {
    expect(judge({ courses: at(price) })).toMatchObject([{ state }]);
  });

  it('takes thresholds from the configuration', () => {
    const rules = { 'spot/candidate': { minSavingPercent: 10 } };
    expect(judge({ courses: at(0.85), config: { rules } })).toMatchObject([{ state: 'finding' }]);
  });

  it('does not advise what the backtest would have lost', () => {
    // The window is the last six days of the history: cheap at first, dear in its last third.
    const last = 1 - 6 / 89;
    const course = (share: number) => (share < last + (6 / 89) * 0.66 ? 0.3 : 0.95);
    expect(judge({ courses: at(course) })).toMatchObject([
      { state: 'ok', title: expect.stringContaining('could not be known') },
    ]);
  });

  it.each<[string, Scene, string]>([
    ['its executors are on spot', { pods: [executor('a', 'spot')] }, 'not-applicable'],
    ['it runs once', { pods: [executor('a')], spec: { restartPolicy: { type: 'Never' } } }, 'not-applicable'],
    ['it is started again', { pods: [executor('a')], spec: { restartPolicy: { type: 'OnFailure' } } }, 'finding'],
    ['three runs were seen', { spec: { restartPolicy: { type: 'Never' } } }, 'finding'],
    ['nothing says whether it is batch', { pods: [executor('a')] }, 'insufficient-data'],
    ['no node is known', { pods: [executor('a', 'gone')] }, 'insufficient-data'],
    ['on-demand has no price', { onDemand: null }, 'insufficient-data'],
    ['spot has no price', { courses: {} }, 'insufficient-data'],
    ['the Spot Advisor does not know the type', { instanceType: 'r9.huge' }, 'insufficient-data'],
  ])('where %s', (_, scene, state) => {
    expect(judge({ courses: at(0.4), ...scene })).toMatchObject([{ state }]);
  });
});
