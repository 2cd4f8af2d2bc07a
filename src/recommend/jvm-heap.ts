import type { JvmHeap } from '../model/posture.js';
import { MIB } from '../model/quantity.js';
import type { MemorySize } from './size-memory.js';

/** What a JVM takes beside its heap (classes, code, stacks, buffers): Spark's own rule, spark.executor.memoryOverhead. */
const BESIDE_SHARE = 0.1;
const LEAST_BESIDE_BYTES = 384 * MIB;
const STEP_BYTES = 16 * MIB;

/** A small heap has little beside it: never more than the heap again. */
function besideBytes(heapBytes: number): number {
  return Math.min(heapBytes, Math.max(LEAST_BESIDE_BYTES, heapBytes * BESIDE_SHARE));
}

/**
 * The least memory that leaves a JVM its heap. A fixed heap stays what it is, used yet or not. A share of the container's
 * memory shrinks with it: what is left must still hold all that was ever in use.
 */
export function leastForHeap(
  { bytes, percent }: JvmHeap,
  peakBytes: number,
): { bytes: number; how: string } | undefined {
  if (bytes !== null)
    return { bytes: bytes + besideBytes(bytes), how: `heap of ${Math.round(bytes / MIB)} MiB and what is beside it` };
  return percent === null
    ? undefined
    : { bytes: (peakBytes * 100) / percent, how: `highest working set within the heap, ${percent} % of it` };
}

/** The size, but no less than the JVM's heap allows. */
export function withHeap(size: MemorySize | undefined, heap: JvmHeap | undefined): MemorySize | undefined {
  const least = size && heap ? leastForHeap(heap, size.peakBytes) : undefined;
  if (!size || !least || least.bytes <= size.bytes) return size;
  return { ...size, bytes: Math.ceil(least.bytes / STEP_BYTES) * STEP_BYTES, how: least.how };
}
