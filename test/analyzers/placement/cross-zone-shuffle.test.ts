import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crossZoneShuffle } from '../../../src/analyzers/placement/cross-zone-shuffle.js';
import type { Store } from '../../../src/store/open.js';
import { addNode, addWorkload, foundBy, listedStore, patchOf, statesOf } from '../posture-fixture.js';

const family = {
  kind: 'SparkApplication',
  namespace: 'analytics',
  name: 'etl',
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
};

function withNodes(): Store {
  const store = listedStore();
  addNode(store, { name: 'a1', zone: 'us-east-1a' });
  addNode(store, { name: 'a2', zone: 'us-east-1a' });
  addNode(store, { name: 'b1', zone: 'us-east-1b' });
  return store;
}

function executors(run: string, ...nodes: string[]) {
  return nodes.map((node, i) => ({
    name: `${run}-exec-${i}`,
    node,
    role: 'executor' as const,
    run,
    appId: `app-${run}`,
  }));
}

describe('placement/cross-zone-shuffle', () => {
  it.each([
    [executors('r1', 'a1', 'b1'), 'finding'],
    [executors('r1', 'a1', 'a2'), 'ok'],
    // Different runs may be in different zones.
    [[...executors('r1', 'a1', 'a2'), ...executors('r2', 'b1')], 'ok'],
    [[{ name: 'd', node: 'b1', role: 'driver' as const, run: 'r1' }, ...executors('r1', 'a1', 'a2')], 'ok'],
    [executors('r1', 'gone'), 'insufficient-data'],
    [[], 'not-applicable'],
  ])('case %#: %s', (pods, state) => {
    const store = withNodes();
    addWorkload(store, { ...family, pods });
    expect(statesOf(store, crossZoneShuffle)).toEqual({ etl: state });
  });

  it('is information where no log tells how much is shuffled', () => {
    const store = withNodes();
    addWorkload(store, { ...family, pods: executors('r1', 'a1', 'a2', 'b1') });
    const [finding] = foundBy(store, crossZoneShuffle);
    expect(finding?.severity).toBe('info');
    expect(finding?.title).toBe('Executors of one run in 2 zones: us-east-1a 2, us-east-1b 1');
    expect(parse(patchOf(store, crossZoneShuffle).content).spec.executor.nodeSelector).toEqual({
      'topology.kubernetes.io/zone': 'us-east-1a',
    });
  });

  it('prices the shuffle between zones in both directions', () => {
    const store = withNodes();
    addWorkload(store, { ...family, pods: executors('r1', 'a1', 'b1') });
    store.db
      .prepare(
        `INSERT INTO spark_application (id, cluster, app_id, attempt_id, name, family, user, spark_version, java_version,
           scala_version, start_ms, last_event_ms, finished, conf_json, resource_profiles_json, log_json)
         VALUES (1, 'test', 'app-r1', '', 'etl', 'etl', '', '', '', '', 0, 0, 1, '{}', '[]', '{}')`,
      )
      .run();
    store.db
      .prepare(
        `INSERT INTO spark_executor VALUES (1, '1', 0, 'h', 2, 0, NULL, NULL, 0, NULL, '{}', NULL, '{}', 1, 0, 0, 1, 0, 0, @bytes, 0)`,
      )
      .run({ bytes: 10e12 });
    const [finding] = foundBy(store, crossZoneShuffle);
    // Half of 10 TB crosses: 5,000 GB × $0.01 × 2 directions = $100 in 8 of 30.4 days.
    const price = finding?.evidence.find(({ unit }) => unit === 'USD/month')?.value;
    expect(price).toBeCloseTo((100 * 730) / 192, 6);
    expect(finding?.severity).toBe('warning');
  });
});
