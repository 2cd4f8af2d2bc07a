import { describe, expect, it } from 'vitest';
import { idleNode } from '../../../src/analyzers/idle/node.js';
import { putObject } from '../../../src/store/posture-write.js';
import { evaluate } from '../fixture.js';
import { cluster, WINDOW } from './nodes.js';

type Nodes = Parameters<typeof cluster>[0];

function statesOf(nodes: Nodes, forbidden: Parameters<typeof cluster>[1] = []) {
  const found = evaluate(cluster(nodes, forbidden).store, idleNode, WINDOW);
  return Object.fromEntries(found.map(({ subject, state }) => [subject.name, state]));
}

/** Full enough never to be idle, with room for 3 cores. */
const OTHER = { pods: [{ cores: 5 }] };

describe('idle/node', () => {
  it('finds a node with nothing but the pods that every node has, at its whole price', () => {
    const store = cluster({ n1: { pods: [{ cores: 1, kind: 'DaemonSet' }] }, n2: OTHER }).store;
    const [finding] = evaluate(store, idleNode, WINDOW).filter(({ state }) => state === 'finding');
    expect(finding).toMatchObject({
      subject: { kind: 'Node', name: 'n1' },
      title: 'Nothing but the pods that every node has',
    });
    expect(finding?.impact.usdPerMonth).toBeCloseTo(730);
  });

  it('finds an empty node', () => {
    expect(statesOf({ n1: {}, n2: OTHER })).toEqual({ n1: 'finding', n2: 'ok' });
  });

  it.each([
    [3.9, 'ok'],
    [3, 'finding'],
  ])('%d of 8 cores requested, with room for 3 elsewhere: %s', (cores, state) => {
    expect(statesOf({ n1: { pods: [{ cores }] }, n2: OTHER })).toEqual({ n1: state, n2: 'ok' });
  });

  it.each([
    ['half requested', { cores: 4 }],
    ['half used', { cores: 1, use: () => 4 }],
    ['busy for six of 96 hours', { cores: 1, use: (hour: number) => (hour < 6 ? 5 : 0.1) }],
  ])('leaves a node alone: %s', (_, pod) => {
    expect(statesOf({ n1: { pods: [pod] }, n2: { pods: [{ cores: 0.5 }, { cores: 3.6 }] } }).n1).toBe('ok');
  });

  it('leaves one alone that is busy for an hour of each day, if the others have no room for that', () => {
    const use = (hour: number) => (hour % 24 === 2 ? 5 : 0.1);
    expect(statesOf({ n1: { pods: [{ cores: 1, use }] }, n2: OTHER }).n1).toBe('ok');
    expect(statesOf({ n1: { pods: [{ cores: 1, use }] }, n2: { pods: [{ cores: 3 }] } }).n1).toBe('finding');
  });

  it('finds one that is busy for four of 96 hours', () => {
    const use = (hour: number) => (hour < 4 ? 5 : 0.1);
    expect(statesOf({ n1: { pods: [{ cores: 1, use }] }, n2: OTHER }).n1).toBe('finding');
  });

  it.each([
    ['a bare pod', { cores: 1, scheduling: { controlled: false } }],
    ['a pod that asks to be left alone', { cores: 1, scheduling: { doNotDisrupt: true } }],
    ['a Spark driver', { cores: 1, kind: 'SparkApplication', role: 'driver' as const }],
    ['a pod bound to it', { cores: 1, scheduling: { nodeSelector: { only: 'here' } } }],
  ])('keeps a node for the sake of %s', (_, pod) => {
    expect(statesOf({ n1: { pods: [pod] }, n2: OTHER })).toEqual({ n1: 'ok', n2: 'ok' });
  });

  it.each([
    [0, 'ok'],
    [1, 'finding'],
  ])('heeds a budget that allows %d disruptions', (disruptionsAllowed, state) => {
    const { store } = cluster({ n1: { pods: [{ cores: 1 }] }, n2: OTHER });
    const selector = { matchLabels: {}, matchExpressions: [] };
    putObject(store.db, {
      ...{ cluster: 'test', kind: 'PodDisruptionBudget', namespace: 'web', name: 'b', labels: {}, createdMs: null },
      ...{ nowMs: WINDOW.untilMs, spec: { selector, disruptionsAllowed } },
    });
    expect(evaluate(store, idleNode, WINDOW).find(({ subject }) => subject.name === 'n1')?.state).toBe(state);
  });

  it('promises no two nodes that could not go together', () => {
    const half = { pods: [{ cores: 3 }] };
    expect(Object.values(statesOf({ n1: half, n2: half, n3: half })).sort()).toEqual(['finding', 'ok', 'ok']);
  });

  it('says where there is too little to judge by, and where it does not apply', () => {
    const young = { node: { firstSeenMs: WINDOW.untilMs - 3_600_000, createdMs: null } };
    expect(statesOf({ n1: young, n2: OTHER }).n1).toBe('insufficient-data');
    expect(statesOf({ n1: { node: { cpuAllocatableCores: null } }, n2: OTHER }).n1).toBe('insufficient-data');
    expect(statesOf({ n1: {}, n2: OTHER }, ['Pod']).n1).toBe('insufficient-data');
    const labels = JSON.stringify({ 'node-role.kubernetes.io/control-plane': '' });
    expect(statesOf({ n1: { node: { labels } }, n2: OTHER }).n1).toBe('not-applicable');
  });
});
