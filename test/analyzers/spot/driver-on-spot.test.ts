import { describe, expect, it } from 'vitest';
import { spotDriverOnSpot } from '../../../src/analyzers/spot/driver-on-spot.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import { putInstances } from '../../../src/store/instances.js';
import { Fleet, type TestPod } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const untilMs = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: untilMs - DAY_MS, untilMs };

function fleet(): Fleet {
  return new Fleet(WINDOW)
    .node('spot', { capacityType: 'spot' })
    .node('firm', { labels: '{"eks.amazonaws.com/capacityType":"ON_DEMAND"}' })
    .node('odd', { capacityType: 'unknown', instanceId: 'i-odd' });
}

const driver = (node: string, run = 'run-1'): TestPod => ({
  role: 'driver',
  node,
  runName: run,
  name: `${run}-driver`,
});
const executor = (node: string): TestPod => ({ role: 'executor', node, name: `exec-on-${node}` });

function judge(pods: readonly TestPod[], spec?: unknown, kind = 'SparkApplication', on = fleet()) {
  on.workload({ kind, namespace: 'etl', name: 'daily', pods, spec });
  // The later its place in the list, the later a pod began.
  pods.forEach(({ name }, i) => {
    on.db.prepare('UPDATE pod SET first_seen_ms = ? WHERE name = ?').run(WINDOW.sinceMs + i * HOUR_MS, name);
  });
  return evaluate(on.store, spotDriverOnSpot, WINDOW);
}

describe('spot/driver-on-spot', () => {
  it('finds a driver on a spot node, with the label of the cluster’s on-demand nodes in the patch', () => {
    const [finding, ...others] = judge([driver('spot'), executor('firm')], {});
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'SparkApplication', namespace: 'etl', name: 'daily' },
      title: 'Its driver runs on a spot node: one interruption ends the run',
    });
    expect(finding?.recommendation?.patches[0]?.content).toBe(
      'apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata:\n  name: daily\n  namespace: etl\nspec:\n  driver:\n    nodeSelector:\n      eks.amazonaws.com/capacityType: ON_DEMAND\n',
    );
  });

  it('names the schedule for its runs, whose template is patched', () => {
    const pods = ['run-1', 'run-2', 'run-3'].map((run, i) => driver(i === 1 ? 'firm' : 'spot', run));
    const [finding] = judge(pods, { template: {} }, 'ScheduledSparkApplication');
    expect(finding).toMatchObject({
      subject: { kind: 'ScheduledSparkApplication' },
      title: '2 of 3 drivers ran on spot nodes: one interruption ends the run',
    });
    expect(finding?.recommendation?.patches[0]?.content).toMatch(
      /^spec:\n {2}template:\n {4}driver:\n {6}nodeSelector:/m,
    );
  });

  it('is fine with a driver on on-demand while executors are on spot', () => {
    expect(judge([driver('firm'), executor('spot')])).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    ['the last driver follows the selector', ['spot', 'firm'], 'ok'],
    ['the last driver is on spot all the same', ['firm', 'spot'], 'finding'],
  ])('believes that it is held to on-demand where %s', (_, nodes, state) => {
    const pods = nodes.map((node, i) => driver(node, `run-${i}`));
    const spec = { driver: { nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' } } };
    expect(judge(pods, spec)).toMatchObject([{ state }]);
  });

  it('does not take a selector of spot nodes for a pin', () => {
    const spec = { driver: { nodeSelector: { 'karpenter.sh/capacity-type': 'spot' } } };
    expect(judge([driver('spot', 'run-1'), driver('firm', 'run-2')], spec)).toMatchObject([{ state: 'finding' }]);
  });

  it.each([
    ['no driver pod was seen', [executor('spot')]],
    ['its node is not known', [driver('gone')]],
    ['nobody knows how its node is bought', [driver('odd')]],
  ])('has too little where %s', (_, pods) => {
    expect(judge(pods)).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('believes AWS where labels do not tell', () => {
    const on = fleet();
    const instance = { region: 'us-east-1', id: 'i-odd', instanceType: 'r5.xlarge', zone: null, launchedMs: null };
    putInstances(on.db, [{ ...instance, lifecycle: 'spot', state: 'running', tags: {}, volumes: [] }], untilMs);
    expect(judge([driver('odd')], undefined, 'SparkApplication', on)).toMatchObject([{ state: 'finding' }]);
  });

  it('does not apply where the driver is no pod', () => {
    expect(judge([executor('spot')], { mode: 'client' })).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('says nothing of what is not Spark', () => {
    expect(judge([{ node: 'spot' }], undefined, 'Deployment')).toEqual([]);
  });
});
