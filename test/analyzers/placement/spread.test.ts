import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { spread } from '../../../src/analyzers/placement/spread.js';
import { addNode, addWorkload, listedStore, patchOf, statesOf, type TestWorkload } from '../posture-fixture.js';

function on(...nodes: (string | null)[]) {
  return nodes.map((node, i) => ({ name: `api-${i}`, node, phase: node ? 'Running' : 'Pending' }));
}

function stateOf(workload: TestWorkload, nodes = ['a', 'b']): string | undefined {
  const store = listedStore();
  for (const name of nodes) addNode(store, { name });
  addWorkload(store, workload);
  return statesOf(store, spread).api;
}

it.each([
  [{ pods: on('a', 'a') }, 'finding'],
  [{ pods: on('a', 'b') }, 'ok'],
  [{ pods: on('a', 'a', 'b') }, 'ok'],
  [{ replicas: 1, pods: on('a') }, 'not-applicable'],
  [{ replicas: 0 }, 'not-applicable'],
  [{ replicas: 2, pods: on('a', null) }, 'insufficient-data'],
  [{ kind: 'StatefulSet', pods: on('a', 'a') }, 'finding'],
  [{ kind: 'DaemonSet', pods: on('a', 'a') }, 'not-applicable'],
  [{ kind: 'SparkApplication', pods: on('a', 'a') }, 'not-applicable'],
  [{ kind: 'Job', pods: on('a', 'a') }, 'not-applicable'],
  [{ namespace: 'kube-system', pods: on('a', 'a') }, 'not-applicable'],
])('%o is %s', (workload, state) => {
  expect(stateOf(workload)).toBe(state);
});

it('cannot spread over one node', () => {
  expect(stateOf({ pods: on('a', 'a') }, ['a'])).toBe('not-applicable');
});

it('patches constraints by labels that stay', () => {
  const store = listedStore();
  for (const name of ['a', 'b']) addNode(store, { name });
  addWorkload(store, { pods: on('a', 'a'), posture: { labels: { app: 'api', version: '7' } } });
  const [constraint] = parse(patchOf(store, spread).content).spec.template.spec.topologySpreadConstraints;
  expect(constraint).toMatchObject({
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { app: 'api' } },
  });
  expect(constraint.labelSelector.matchLabels).not.toHaveProperty('version');
});
