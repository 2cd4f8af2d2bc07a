import { describe, expect, it } from 'vitest';
import { idleEc2LongRunning } from '../../../src/analyzers/idle/ec2-long-running.js';
import type { SourceId } from '../../../src/model/sources.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../../src/model/window.js';
import { type InstanceRecord, putInstances } from '../../../src/store/instances.js';
import { openStore } from '../../../src/store/open.js';
import { putOnDemandPrices } from '../../../src/store/prices.js';
import { addNodes, collected, evaluate } from '../fixture.js';

const untilMs = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: untilMs - 14 * DAY_MS, untilMs };

function instance(days: number, more: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    region: 'us-east-1',
    id: 'i-0abc',
    instanceType: 'p3.2xlarge',
    zone: 'us-east-1c',
    lifecycle: 'on-demand',
    state: 'running',
    launchedMs: untilMs - days * DAY_MS,
    tags: {},
    volumes: [],
    ...more,
  };
}

function evaluateWith(
  record: InstanceRecord,
  { sources = ['kubernetes', 'aws-instances'], config = {} }: { sources?: SourceId[]; config?: object } = {},
) {
  const store = openStore(':memory:');
  collected(store, WINDOW, sources);
  addNodes(store, WINDOW, [{ name: 'n1', instanceId: 'i-0node' }]);
  putInstances(store.db, [record], untilMs);
  putOnDemandPrices(store.db, [
    {
      region: 'us-east-1',
      instanceType: 'p3.2xlarge',
      product: 'Linux/UNIX',
      usdPerHour: 3.06,
      source: 'list',
      asOfMs: 0,
    },
  ]);
  return evaluate(store, idleEc2LongRunning, WINDOW, config);
}

describe('idle/ec2-long-running', () => {
  it('finds a machine that nobody stopped, with its price and the command', () => {
    const [finding] = evaluateWith(instance(43, { tags: { Name: 'forgotten' } }));
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'EC2Instance', name: 'i-0abc' },
      title: "p3.2xlarge 'forgotten' has been running for 43 days outside any known cluster",
      impact: { usdPerMonth: 3.06 * HOURS_PER_MONTH },
    });
    expect(finding?.recommendation?.patches).toEqual([
      {
        format: 'aws-cli',
        target: 'EC2Instance i-0abc',
        content: 'aws ec2 stop-instances --region us-east-1 --instance-ids i-0abc',
      },
    ]);
  });

  it.each([
    [6.9, 'ok'],
    [7, 'ok'],
    [7.1, 'finding'],
  ])('counts more than 7 days from the launch to the end of the window: %f days', (days, state) => {
    expect(evaluateWith(instance(days))).toMatchObject([{ state }]);
  });

  it.each<[string, Partial<InstanceRecord>]>([
    ['a node of the cluster', { id: 'i-0node' }],
    ['tagged for a cluster', { tags: { 'kubernetes.io/cluster/other': 'owned' } }],
    ['a node of EKS', { tags: { 'eks:nodegroup-name': 'spark' } }],
    ['a node of Karpenter', { tags: { 'karpenter.sh/nodepool': 'default' } }],
    ['meant to stay', { tags: { 'sparkfit:keep': 'true' } }],
    ['stopped', { state: 'stopped' }],
  ])('does not apply to one that is %s', (_name, more) => {
    expect(evaluateWith(instance(43, more))).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('does not take another value of the tag for keep', () => {
    expect(evaluateWith(instance(43, { tags: { 'sparkfit:keep': 'false' } }))).toMatchObject([{ state: 'finding' }]);
  });

  it('knows the tag from the configuration', () => {
    const config = { aws: { keepTag: 'team=core' } };
    expect(evaluateWith(instance(43, { tags: { team: 'core' } }), { config })).toMatchObject([
      { state: 'not-applicable' },
    ]);
  });

  it('does not know the age of one without a launch time', () => {
    expect(evaluateWith(instance(43, { launchedMs: null }))).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('leaves the dollars open where the price is not known', () => {
    expect(evaluateWith(instance(43, { instanceType: 'x1.large' }))).toMatchObject([
      { state: 'finding', impact: { usdPerMonth: null } },
    ]);
  });

  it('terminates a spot instance, which cannot be stopped', () => {
    const [finding] = evaluateWith(instance(43, { lifecycle: 'spot' }));
    expect(finding?.recommendation?.patches[0]?.content).toContain('terminate-instances');
  });

  it('is less sure without any cluster', () => {
    const sure = evaluateWith(instance(43))[0]?.confidence.value ?? 0;
    const [finding] = evaluateWith(instance(43), { sources: ['aws-instances'] });
    expect(finding?.confidence.value).toBeLessThan(sure);
    expect(finding?.confidence.why).toContain('no cluster was read');
  });
});
