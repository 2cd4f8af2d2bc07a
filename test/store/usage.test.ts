import { describe, expect, it } from 'vitest';
import { Distribution } from '../../src/model/distribution.js';
import { HOUR_MS } from '../../src/model/window.js';
import type { Role } from '../../src/store/kubernetes.js';
import { noteContainer, putPod, putWorkload } from '../../src/store/kubernetes-write.js';
import { openStore, type Store } from '../../src/store/open.js';
import { nodeUsageHours, usageHours } from '../../src/store/usage.js';
import { putUsageHour } from '../../src/store/usage-write.js';

const WINDOW = { sinceMs: 0, untilMs: 10 * HOUR_MS };
const SEEN = { firstSeenMs: 0, lastSeenMs: 0 };

function measure(values: readonly number[]) {
  const sum = values.reduce((a, b) => a + b, 0);
  const max = values.length > 0 ? Math.max(...values) : null;
  return { samples: values.length, seconds: values.length * 300, sum, max, distribution: Distribution.of(values) };
}

function newPod(store: Store, name: string, role: Role | null): { podId: number; workloadId: number } {
  const unknown = { apiVersion: null, replicas: null, labels: null, spec: null, createdMs: null };
  const workloadId = putWorkload(store.db, {
    cluster: 'c',
    namespace: 'ns',
    kind: 'SparkApplication',
    name: 'app',
    ...unknown,
    ...SEEN,
  });
  const podId = putPod(store.db, {
    ...{
      cluster: 'c',
      namespace: 'ns',
      name,
      uid: null,
      workloadId,
      role,
      runName: null,
      sparkAppId: null,
      sparkExecId: null,
    },
    ...{
      node: 'n1',
      phase: null,
      reason: null,
      message: null,
      labels: null,
      createdMs: null,
      finishedMs: null,
      ...SEEN,
    },
  });
  return { podId, workloadId };
}

interface Hour {
  hour: number;
  cpu: number[];
  oomKills?: number;
}

function addHours(store: Store, podId: number, hours: readonly Hour[]): void {
  const containerId = noteContainer(store.db, podId, 'main');
  const none = { cfsPeriods: null, cfsThrottledPeriods: null, restarts: null };
  for (const { hour, cpu, oomKills } of hours)
    putUsageHour(store.db, {
      ...{ containerId, hourMs: hour * HOUR_MS, ...none, oomKills: oomKills ?? null },
      ...{ cpu: measure(cpu), memory: measure([]) },
    });
}

describe('usageHours', () => {
  it('pools the pods of a role, hour by hour', () => {
    const store = openStore(':memory:');
    const one = newPod(store, 'a', 'executor');
    const two = newPod(store, 'b', 'executor');
    addHours(store, one.podId, [
      { hour: 2, cpu: [1, 1] },
      { hour: 1, cpu: [3], oomKills: 1 },
    ]);
    addHours(store, two.podId, [{ hour: 1, cpu: [0.5, 0.5, 0.5] }]);
    addHours(store, newPod(store, 'd', 'driver').podId, [{ hour: 1, cpu: [9] }]);
    const hours = usageHours(store.db, { workloadId: one.workloadId, role: 'executor', window: WINDOW });
    expect(
      hours.map(({ hourMs, pods, cpuSum, cpuMax, cpuSamples, cpuSeconds, oomKills }) => ({
        hour: hourMs / HOUR_MS,
        pods,
        cpuSum,
        cpuMax,
        cpuSamples,
        cpuSeconds,
        oomKills,
      })),
    ).toEqual([
      { hour: 1, pods: 2, cpuSum: 4.5, cpuMax: 3, cpuSamples: 4, cpuSeconds: 1200, oomKills: 1 },
      { hour: 2, pods: 1, cpuSum: 2, cpuMax: 1, cpuSamples: 2, cpuSeconds: 600, oomKills: null },
    ]);
    expect(hours[0]?.memorySamples).toBe(0);
    expect(hours[0]?.memoryMax).toBeNull();
  });

  it('takes the hours that begin in the window', () => {
    const store = openStore(':memory:');
    const { podId, workloadId } = newPod(store, 'a', null);
    addHours(
      store,
      podId,
      [0, 1, 2].map((hour) => ({ hour, cpu: [1] })),
    );
    const window = { sinceMs: HOUR_MS, untilMs: 2 * HOUR_MS };
    expect(usageHours(store.db, { workloadId, window }).map((hour) => hour.hourMs)).toEqual([HOUR_MS]);
  });

  it('replaces an hour that is written again', () => {
    const store = openStore(':memory:');
    const { podId, workloadId } = newPod(store, 'a', null);
    addHours(store, podId, [{ hour: 1, cpu: [1] }]);
    addHours(store, podId, [{ hour: 1, cpu: [2, 2] }]);
    expect(usageHours(store.db, { workloadId, window: WINDOW })).toMatchObject([{ cpuSamples: 2, cpuSum: 4 }]);
  });
});

describe('nodeUsageHours', () => {
  it('gives the containers of a node hour by hour', () => {
    const store = openStore(':memory:');
    addHours(store, newPod(store, 'a', null).podId, [
      { hour: 2, cpu: [1] },
      { hour: 1, cpu: [1] },
    ]);
    addHours(store, newPod(store, 'b', null).podId, [{ hour: 1, cpu: [2] }]);
    const rows = [...nodeUsageHours(store.db, { cluster: 'c', node: 'n1', window: WINDOW })];
    expect(rows.map((row) => [row.hourMs / HOUR_MS, row.cpuUsageCores])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
    ]);
    expect([...nodeUsageHours(store.db, { cluster: 'c', node: 'other', window: WINDOW })]).toEqual([]);
  });
});
