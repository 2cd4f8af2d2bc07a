import { describe, expect, it } from 'vitest';
import { OwnerIndex, type OwnerRef, type PodFacts } from '../../src/collectors/owners.js';

function pod(name: string, owner?: OwnerRef, labels: Record<string, string> = {}, containers = ['main']): PodFacts {
  return { namespace: 'ns', name, owner, labels, containers };
}

function index(owners: readonly (readonly [kind: string, name: string, owner: OwnerRef])[]): OwnerIndex {
  const found = new OwnerIndex();
  for (const [kind, name, owner] of owners) found.setOwner(kind, 'ns', name, owner);
  return found;
}

describe('OwnerIndex', () => {
  it.each([
    ['ReplicaSet', 'web-6d4', 'Deployment', 'web'],
    ['ReplicaSet', 'web-6d4', 'Rollout', 'web'],
    ['Job', 'backup-28', 'CronJob', 'backup'],
  ])('goes from %s %s up to %s %s', (kind, name, topKind, topName) => {
    const owners = index([[kind, name, { kind: topKind, name: topName }]]);
    expect(owners.place(pod('p', { kind, name }))).toEqual({ kind: topKind, name: topName, role: null, runName: null });
  });

  it.each(['StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet', 'RayCluster', 'PyTorchJob'])(
    'keeps a %s that nothing owns',
    (kind) => {
      expect(index([]).place(pod('p', { kind, name: 'it' }))).toMatchObject({ kind, name: 'it' });
    },
  );

  it('leaves a bare pod and a static one to themselves', () => {
    expect(index([]).place(pod('alone'))).toMatchObject({ kind: 'Pod', name: 'alone' });
    expect(index([]).place(pod('kube-proxy-a', { kind: 'Node', name: 'a' }))).toMatchObject({
      kind: 'Pod',
      name: 'kube-proxy-a',
    });
  });

  it('takes executors to the application of their driver', () => {
    const owners = index([['Pod', 'etl-driver', { kind: 'SparkApplication', name: 'etl' }]]);
    const executor = pod(
      'etl-0123456789abcdef-exec-1',
      { kind: 'Pod', name: 'etl-driver' },
      { 'spark-role': 'executor' },
    );
    expect(owners.place(executor)).toEqual({ kind: 'SparkApplication', name: 'etl', role: 'executor', runName: 'etl' });
  });

  it('takes a run to its schedule: by owner, by label, by name', () => {
    const driver = (labels = {}) =>
      pod('etl-1621987200-driver', { kind: 'SparkApplication', name: 'etl-1621987200' }, labels);
    const schedule = { kind: 'ScheduledSparkApplication', name: 'etl' };
    const byOwner = index([['SparkApplication', 'etl-1621987200', schedule]]);
    const byName = index([]);
    byName.addSchedule('ns', 'etl');
    const label = { 'sparkoperator.k8s.io/scheduled-app-name': 'etl' };
    for (const placed of [byOwner.place(driver()), byName.place(driver()), index([]).place(driver(label))])
      expect(placed).toMatchObject({ ...schedule, runName: 'etl-1621987200' });
    expect(index([]).place(driver())).toMatchObject({ kind: 'SparkApplication', name: 'etl' });
  });

  it('does not take an application for a run because its name begins alike', () => {
    const owners = index([]);
    owners.addSchedule('ns', 'etl');
    const driver = pod('etl-backfill-driver', { kind: 'SparkApplication', name: 'etl-backfill' });
    expect(owners.place(driver)).toMatchObject({ kind: 'SparkApplication', name: 'etl-backfill' });
  });

  it('makes an application of a driver that spark-submit started, and of its executors', () => {
    const labels = { 'spark-app-name': 'spark-pi' };
    const driver = pod('spark-pi-0123456789abcdef-driver', undefined, { ...labels, 'spark-role': 'driver' });
    const executor = pod(
      'spark-pi-0123456789abcdef-exec-1',
      { kind: 'Pod', name: driver.name },
      { ...labels, 'spark-role': 'executor' },
    );
    expect(index([]).place(driver)).toEqual({
      kind: 'SparkApplication',
      name: 'spark-pi',
      role: 'driver',
      runName: null,
    });
    expect(index([]).place(executor)).toMatchObject({ kind: 'SparkApplication', name: 'spark-pi', role: 'executor' });
  });

  it('knows Spark pods by their containers where only metrics are left', () => {
    const gone = pod('pi-0123456789abcdef-exec-4', undefined, {}, ['spark-kubernetes-executor']);
    expect(index([]).place(gone)).toMatchObject({ kind: 'SparkApplication', name: 'pi', role: 'executor' });
  });

  it('takes executors of a notebook to their application: its settings are what can be edited', () => {
    const owners = index([['Pod', 'jupyter-0', { kind: 'StatefulSet', name: 'jupyter' }]]);
    const executor = pod('shell-1-exec-1', { kind: 'Pod', name: 'jupyter-0' }, { 'spark-role': 'executor' });
    expect(owners.place(executor)).toMatchObject({ kind: 'SparkApplication', name: 'shell-1', role: 'executor' });
  });

  it('ends where owners go round in a circle', () => {
    const owners = index([
      ['A', 'a', { kind: 'B', name: 'b' }],
      ['B', 'b', { kind: 'A', name: 'a' }],
    ]);
    expect(['A', 'B']).toContain(owners.place(pod('p', { kind: 'A', name: 'a' })).kind);
  });
});
