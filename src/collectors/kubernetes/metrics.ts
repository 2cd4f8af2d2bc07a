import { z } from 'zod';
import { parseQuantity } from '../../model/quantity.js';
import { hourOf } from '../../model/window.js';
import { knownPod, noteContainer } from '../../store/kubernetes-write.js';
import { addReading } from '../../store/readings.js';
import type { CustomResource } from './requests.js';
import * as schema from './schema.js';
import { parsed, type Steps } from './steps.js';

/** What `kubectl top` shows: use of the last seconds, no history. */
export const POD_METRICS: CustomResource = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'pods',
  namespaced: true,
  whole: true,
};

const Quantity = z.union([z.string(), z.number()]);
const PodMetrics = z.object({
  metadata: schema.Metadata,
  timestamp: schema.time,
  containers: z.array(z.object({ name: z.string(), usage: z.object({ cpu: Quantity, memory: Quantity }) })),
});

/** Notes one reading of each container; those up to `afterMs` were noted by a collection before. Gives the newest one's time. */
export function noteReadings(
  steps: Steps,
  items: unknown[],
  afterMs: number,
): { newestMs: number; containers: number } {
  const { db, here } = steps;
  let [newestMs, containers] = [afterMs, 0];
  for (const { metadata, timestamp, containers: own } of parsed(steps, PodMetrics, items, 'a reading of a pod')) {
    const pod = knownPod(db, { cluster: here.cluster, namespace: metadata.namespace ?? '', name: metadata.name });
    if (!pod || timestamp <= afterMs) continue;
    newestMs = Math.max(newestMs, timestamp);
    for (const { name, usage } of own) {
      const [cpuCores, memoryBytes] = [parseQuantity(usage.cpu), parseQuantity(usage.memory)];
      if (cpuCores === undefined || memoryBytes === undefined) continue;
      addReading(db, {
        containerId: noteContainer(db, pod.id, name),
        hourMs: hourOf(timestamp),
        cpuCores,
        memoryBytes,
      });
      containers += 1;
    }
  }
  return { newestMs, containers };
}
