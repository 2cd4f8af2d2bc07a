import { MIB } from '../../model/quantity.js';
import type { SparkExecutor, SparkLog } from '../../model/spark.js';
import { conf, confBytes, confFlag, confNumber } from './spark-conf.js';
import { workersOf } from './spark-run.js';

/** Least overhead, and its share of the heap (Spark's BasicExecutorFeatureStep; DOMAIN.md 4). */
const OVERHEAD_FLOOR_BYTES = 384 * MIB;
const JVM_FACTOR = 0.1;
const PYTHON_FACTOR = 0.4;

export type Role = 'driver' | 'executor';

/** What a driver or executor gets: heap and everything beside it. */
export interface Granted {
  heapBytes: number;
  overheadBytes: number;
  /** Off-heap and Python memory, where they are set. */
  otherBytes: number;
  totalBytes: number;
}

/** Whether Python or R workers run beside the JVM. */
function isNonJvm(run: SparkLog): boolean {
  const kind = conf(run, 'spark.kubernetes.resource.type');
  return kind === 'python' || kind === 'r';
}

function overheadOf(run: SparkLog, role: Role, heapBytes: number, scale: number): number {
  const own = confBytes(run, `spark.${role}.memoryOverhead`, MIB);
  if (own !== undefined) return own * scale;
  const factor =
    confNumber(run, `spark.${role}.memoryOverheadFactor`) ??
    confNumber(run, 'spark.kubernetes.memoryOverheadFactor') ??
    (isNonJvm(run) ? PYTHON_FACTOR : JVM_FACTOR);
  const floor = confBytes(run, `spark.${role}.minMemoryOverhead`, MIB) ?? OVERHEAD_FLOOR_BYTES;
  return Math.max(factor * heapBytes, floor);
}

/** `scale`: an executor of so many times its size. What is set is scaled, what Spark adds by itself follows its own rule. */
export function grantedOf(run: SparkLog, role: Role, scale = 1): Granted {
  const heapBytes = scale * (confBytes(run, `spark.${role}.memory`, MIB) ?? 1024 * MIB);
  const overheadBytes = overheadOf(run, role, heapBytes, scale);
  const offHeap = confFlag(run, 'spark.memory.offHeap.enabled')
    ? (confBytes(run, 'spark.memory.offHeap.size') ?? 0)
    : 0;
  const python = role === 'executor' ? (confBytes(run, 'spark.executor.pyspark.memory', MIB) ?? 0) : 0;
  const otherBytes = role === 'executor' ? scale * (offHeap + python) : 0;
  return { heapBytes, overheadBytes, otherBytes, totalBytes: heapBytes + overheadBytes + otherBytes };
}

/** The peak of one executor: heap, what the JVM takes beside it, and the other processes in its container. */
export interface MemoryPeak {
  executor: SparkExecutor;
  heapBytes: number;
  besideBytes: number;
  totalBytes: number;
}

function peakOf(executor: SparkExecutor): MemoryPeak | undefined {
  const peak = (name: string) => executor.peaks[name] ?? 0;
  const heapBytes = peak('JVMHeapMemory');
  if (heapBytes <= 0) return undefined;
  const besideBytes =
    peak('JVMOffHeapMemory') +
    peak('DirectPoolMemory') +
    peak('MappedPoolMemory') +
    peak('OffHeapUnifiedMemory') +
    peak('ProcessTreePythonRSSMemory') +
    peak('ProcessTreeOtherRSSMemory');
  return { executor, heapBytes, besideBytes, totalBytes: heapBytes + besideBytes };
}

/** The highest peak of the role's executors; undefined where none was logged. */
export function highestPeak(run: SparkLog, role: Role): { peak: MemoryPeak; samples: number } | undefined {
  const those = role === 'driver' ? run.executors.filter(({ isDriver }) => isDriver) : workersOf(run);
  const peaks = those.flatMap((executor) => peakOf(executor) ?? []);
  const [first, ...rest] = peaks;
  if (!first) return undefined;
  return {
    peak: rest.reduce((most, next) => (next.totalBytes > most.totalBytes ? next : most), first),
    samples: peaks.length,
  };
}

/** Whether the driver's memory is Spark's to set: in client mode outside of Kubernetes it is the user's own process. */
export function hasOwnDriver(run: SparkLog): boolean {
  return conf(run, 'spark.submit.deployMode') === 'cluster' || (conf(run, 'spark.master') ?? '').startsWith('k8s');
}

const STEP_BYTES = 64 * MIB;
/** Below this Spark does not start an executor or driver (1.5 × 300 MiB reserved). */
const LEAST_HEAP_BYTES = 512 * MIB;

/** Memory that fits the peak with `room` above it, in steps of 64 MiB. */
export function fitted(run: SparkLog, role: Role, peak: MemoryPeak, room: number): Granted {
  const rounded = (bytes: number) => Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
  const heapBytes = Math.max(LEAST_HEAP_BYTES, rounded(peak.heapBytes * room));
  const { otherBytes } = grantedOf(run, role);
  const overheadBytes = Math.max(OVERHEAD_FLOOR_BYTES, rounded((peak.besideBytes - otherBytes) * room));
  return { heapBytes, overheadBytes, otherBytes, totalBytes: heapBytes + overheadBytes + otherBytes };
}
