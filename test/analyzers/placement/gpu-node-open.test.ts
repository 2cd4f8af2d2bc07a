import { expect, it } from 'vitest';
import { gpuNodeOpen } from '../../../src/analyzers/placement/gpu-node-open.js';
import { addNode, addWorkload, listedStore, statesOf } from '../posture-fixture.js';

const taint = (key: string, effect: string) => [{ key, effect }];

it.each([
  [{ gpus: 1 }, 'finding'],
  [{ gpus: 1, taints: taint('nvidia.com/gpu', 'NoSchedule') }, 'ok'],
  [{ gpus: 1, taints: taint('team', 'NoExecute') }, 'ok'],
  [{ gpus: 1, taints: taint('nvidia.com/gpu', 'PreferNoSchedule') }, 'finding'],
  // Taints of a passing state keep nobody off for good.
  [{ gpus: 1, taints: taint('node.kubernetes.io/unschedulable', 'NoSchedule') }, 'finding'],
  [{ gpus: 0 }, 'not-applicable'],
])('a node with %o and a CPU pod: %s', (node, state) => {
  const store = listedStore();
  addNode(store, { name: 'gpu-1', ...node });
  addWorkload(store, { pods: [{ name: 'api-1', node: 'gpu-1' }] });
  expect(statesOf(store, gpuNodeOpen)).toEqual({ 'gpu-1': state });
});

it('counts neither GPU pods nor those that every node has', () => {
  const store = listedStore();
  addNode(store, { name: 'gpu-1', gpus: 1 });
  addWorkload(store, { name: 'trainer', pods: [{ name: 'trainer-1', node: 'gpu-1', gpus: 1 }] });
  addWorkload(store, { name: 'agent', kind: 'DaemonSet', pods: [{ name: 'agent-1', node: 'gpu-1' }] });
  addWorkload(store, { name: 'dns', namespace: 'kube-system', pods: [{ name: 'dns-1', node: 'gpu-1' }] });
  addWorkload(store, { name: 'done', pods: [{ name: 'done-1', node: 'gpu-1', phase: 'Succeeded' }] });
  expect(statesOf(store, gpuNodeOpen)).toEqual({ 'gpu-1': 'ok' });
});

it('does not know where pods could not be listed', () => {
  const store = listedStore('Pod');
  addNode(store, { name: 'gpu-1', gpus: 1 });
  expect(statesOf(store, gpuNodeOpen)).toEqual({ 'gpu-1': 'insufficient-data' });
});
