import { z } from 'zod';
import { MIB, parseJvmMemory } from '../model/quantity.js';

/** Spark's own: heap × factor, at least 384 MiB, unless an overhead is set (Spark 3.5 docs, spark.executor.memoryOverhead). */
const LEAST_OVERHEAD_BYTES = 384 * MIB;
const JVM_FACTOR = 0.1;
/** For Python and R on Kubernetes in cluster mode. */
const NON_JVM_FACTOR = 0.4;
const STEP_BYTES = 16 * MIB;

const RolePart = z.object({
  cores: z.number().optional(),
  memory: z.string().optional(),
  memoryOverhead: z.string().optional(),
});

/** What of a SparkApplication's spec sizing needs; a schedule holds it as its template. */
const Spec = z.object({
  type: z.string().optional(),
  driver: RolePart.optional(),
  executor: RolePart.optional(),
  sparkConf: z.record(z.string(), z.string()).optional(),
});
export type SparkSpec = z.infer<typeof Spec>;

const Stored = z.union([z.object({ template: Spec }).transform((schedule) => schedule.template), Spec]);

/** The spec as the store keeps it (JSON); undefined if it was never seen or is none of Spark's. */
export function parseSparkSpec(json: string | null): SparkSpec | undefined {
  return json === null ? undefined : Stored.safeParse(JSON.parse(json)).data;
}

export interface SparkMemory {
  heapBytes: number;
  overheadBytes: number;
  /** Whether the overhead follows from a factor, so that it need not be written. */
  overheadByFactor: boolean;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
}

/**
 * Splits a pod's memory into heap and overhead as the application does today: the same proportion where the overhead
 * is set, Spark's factor otherwise. Heap + overhead ≥ `podBytes`, each a multiple of 16 MiB.
 */
export function splitPodMemory(
  podBytes: number,
  role: 'driver' | 'executor',
  spec: SparkSpec | undefined,
): SparkMemory {
  const part = spec?.[role];
  const heapNow = parseJvmMemory(part?.memory ?? spec?.sparkConf?.[`spark.${role}.memory`]);
  const overheadNow = parseJvmMemory(part?.memoryOverhead ?? spec?.sparkConf?.[`spark.${role}.memoryOverhead`]);
  if (heapNow && overheadNow) {
    const overheadBytes = Math.max(LEAST_OVERHEAD_BYTES, roundUp((podBytes * overheadNow) / (heapNow + overheadNow)));
    return {
      heapBytes: roundUp(Math.max(STEP_BYTES, podBytes - overheadBytes)),
      overheadBytes,
      overheadByFactor: false,
    };
  }
  const factor = spec?.type === 'Python' || spec?.type === 'R' ? NON_JVM_FACTOR : JVM_FACTOR;
  const heapBytes = roundUp(Math.min(podBytes / (1 + factor), podBytes - LEAST_OVERHEAD_BYTES));
  return {
    heapBytes: Math.max(STEP_BYTES, heapBytes),
    overheadBytes: Math.max(LEAST_OVERHEAD_BYTES, roundUp(heapBytes * factor)),
    overheadByFactor: true,
  };
}

/** Memory as Spark's settings take it: `3072m`. */
export function formatJvmMemory(bytes: number): string {
  return `${Math.ceil(bytes / MIB)}m`;
}
