import { z } from 'zod';
import type { Db } from './open.js';

const POD_REQUEST = `SELECT p.node, sum(c.cpu_request_cores) AS cpuCores, sum(c.memory_request_bytes) AS memoryBytes,
    coalesce(sum(c.gpu_request), 0) AS gpus
  FROM pod p JOIN container c ON c.pod_id = p.id
  WHERE p.name = @pod AND (@namespace IS NULL OR p.namespace = @namespace)
  GROUP BY p.id HAVING cpuCores IS NOT NULL AND memoryBytes IS NOT NULL LIMIT 1`;

const PodRequest = z.object({
  node: z.string().nullable(),
  cpuCores: z.number(),
  memoryBytes: z.number(),
  gpus: z.number(),
});
export type PodRequest = z.infer<typeof PodRequest>;

/** What a pod asks for and where it ran; undefined if it is not known, or asks for nothing. */
export function podRequestReader(db: Db): (namespace: string | null, pod: string) => PodRequest | undefined {
  const statement = db.prepare(POD_REQUEST);
  return (namespace, pod) => PodRequest.optional().parse(statement.get({ namespace, pod }));
}
