import { describe, expect, it } from 'vitest';
import { schedulerReasons, unschedulable } from '../../../src/analyzers/placement/unschedulable.js';
import { MINUTE_MS } from '../../../src/model/window.js';
import { addWorkload, foundBy, listedStore, statesOf, type TestPod } from '../posture-fixture.js';

const MESSAGE =
  '0/12 nodes are available: 3 node(s) had untolerated taint(s), 9 Insufficient cpu. no new claims to deallocate, preemption: 0/12 nodes are available: 12 Preemption is not helpful for scheduling.';

function stateOf(pod: Partial<TestPod>): string | undefined {
  const store = listedStore();
  addWorkload(store, { pods: [{ name: 'api-1', phase: 'Pending', node: null, ...pod }] });
  return statesOf(store, unschedulable).api;
}

describe('placement/unschedulable', () => {
  it('translates and counts the scheduler’s reasons', () => {
    const store = listedStore();
    const pod = { name: 'big', phase: 'Pending', node: null, reason: 'Unschedulable', message: MESSAGE };
    addWorkload(store, { kind: 'Pod', name: 'big', pods: [pod] });
    const [finding] = foundBy(store, unschedulable);
    expect(finding?.subject).toMatchObject({ kind: 'Pod', name: 'big' });
    expect(finding?.title).toBe(
      '1 of 1 pod cannot start: 9 nodes: too little CPU is free on them; 3 nodes: their taint is not tolerated',
    );
  });

  it.each([
    [{ reason: 'Unschedulable', ageMs: MINUTE_MS }, 'finding'],
    [{ ageMs: 9 * MINUTE_MS }, 'ok'],
    [{ ageMs: 10 * MINUTE_MS }, 'ok'],
    [{ ageMs: 11 * MINUTE_MS }, 'finding'],
    // Held back on purpose, by a queue.
    [{ reason: 'SchedulingGated', ageMs: 60 * MINUTE_MS }, 'ok'],
    [{ phase: 'Running', node: 'node-1' }, 'ok'],
    [{ phase: 'Failed' }, 'not-applicable'],
  ])('%o is %s', (pod, state) => {
    expect(stateOf(pod)).toBe(state);
  });

  it('does not know where pods could not be listed', () => {
    const store = listedStore('Pod');
    addWorkload(store, {});
    expect(statesOf(store, unschedulable)).toEqual({ api: 'insufficient-data' });
  });
});

describe('schedulerReasons', () => {
  it.each([
    [
      '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.',
      [{ nodes: 1, why: 'no nvidia.com/gpu is free on them' }],
    ],
    [
      "0/5 nodes are available: 2 node(s) didn't match Pod's node affinity/selector, 3 node(s) had volume node affinity conflict.",
      [
        { nodes: 2, why: 'they do not match its node selector or affinity' },
        { nodes: 3, why: 'its volume lies in another zone' },
      ],
    ],
    ['0/2 nodes are available: 2 something new.', [{ nodes: 2, why: 'something new' }]],
    ['a message of another scheduler', []],
  ])('%s', (message, reasons) => {
    expect(schedulerReasons(message)).toEqual(reasons);
  });
});
