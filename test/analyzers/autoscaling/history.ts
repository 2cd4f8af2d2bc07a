import type { Store } from '../../../src/store/open.js';
import type { AutoscalerHour } from '../../../src/store/posture.js';
import { putAutoscalerHour } from '../../../src/store/posture-write.js';
import { addObject, addWorkload, HOURS_AGO, listedStore } from '../posture-fixture.js';

export interface Case {
  min?: number;
  max?: number;
  hours?: number;
  /** Of 60 samples in each hour. */
  atMin?: number;
  atMax?: number;
  directionChanges?: number;
  /** CPU use in per cent of the request; undefined: not measured. */
  cpuPercent?: number;
  /** The highest sample of each hour; by default the mean. */
  peakPercent?: number;
  /** Mean replicas, by hours before the end. */
  replicas?: (ago: number) => number;
  targetPercent?: number | null;
}

/** An autoscaler web/api with the same in every hour; its pod asks for one core. */
export function autoscalerStore(facts: Case): Store {
  const { min = 2, max = 10, hours = 72, atMin = 0, atMax = 0, directionChanges = 0, targetPercent = 60 } = facts;
  const store = listedStore();
  const key = { cluster: 'test', namespace: 'web', name: 'api' };
  addWorkload(store, { pods: [{ name: 'api-1' }] });
  const metrics = [{ type: 'Resource', resource: 'cpu', container: null, utilizationPercent: targetPercent }];
  const target = { kind: 'Deployment', name: 'api' };
  addObject(store, 'HorizontalPodAutoscaler', key, { target, minReplicas: min, maxReplicas: max, metrics });
  const hour: Omit<AutoscalerHour, 'hourMs'> = { samples: 60, atMin, atMax, directionChanges, replicasSum: 120 };
  const { replicas = () => 2 } = facts;
  const use = store.db.prepare(
    'INSERT INTO usage_hour (container_id, hour_ms, cpu_samples, cpu_seconds, cpu_sum, cpu_max) VALUES (1, ?, 12, 3600, ?, ?)',
  );
  for (let ago = 1; ago <= hours; ago++) {
    putAutoscalerHour(store.db, { ...key, hourMs: HOURS_AGO(ago), ...hour, replicasSum: 60 * replicas(ago) });
    if (facts.cpuPercent !== undefined)
      use.run(HOURS_AGO(ago), (12 * facts.cpuPercent) / 100, (facts.peakPercent ?? facts.cpuPercent) / 100);
  }
  return store;
}
