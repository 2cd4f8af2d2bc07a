import { MIB } from '../../model/quantity.js';
import type { SparkExecutor, SparkLog } from '../../model/spark.js';
import { formatCount } from '../../reports/format.js';
import { conf, confBytes, confFlag, confNumber } from './spark-conf.js';
import { perRun, workersOf } from './spark-run.js';

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

function isPythonNode(name: string): boolean {
  return /EvalPython|InPandas|InArrow|PythonUDTF/.test(name);
}

/** Whether Python worked beside the JVMs: functions on RDDs, or UDFs. */
const hasPythonWork = perRun(
  (run) =>
    run.sqlExecutions.some(({ nodes }) => nodes.some(({ name }) => isPythonNode(name))) ||
    run.stages.some(
      ({ scopes, details }) =>
        scopes.includes('PythonRDD') || /\.python\.PythonRDD\S*\.(?:collectAndServe|runJob)/.test(details),
    ),
);

/**
 * Whether Python took memory that no peak holds: Spark samples the process tree only where
 * `spark.executor.processTreeMetrics.enabled` says so, and logs 0 where it does not.
 */
function isPythonUnmeasured(run: SparkLog, role: Role, those: readonly SparkExecutor[]): boolean {
  const isSampled = those.some(({ peaks }) =>
    Object.entries(peaks).some(([name, peak]) => /^ProcessTree\w+RSSMemory$/.test(name) && peak > 0),
  );
  if (isSampled) return false;
  return hasPythonWork(run) || (role === 'driver' && conf(run, 'spark.kubernetes.resource.type') === 'python');
}

export interface HighestPeak {
  peak: MemoryPeak;
  /** Executors with a peak, and those that ran tasks and have none. */
  samples: number;
  unmeasured: number;
  /** Python's memory is not in the peak: it tells of the heap alone. */
  withoutPython: boolean;
}

/** Why a peak is a lower bound where some executors that worked have none. */
export function unmeasuredText({ unmeasured, samples }: HighestPeak, role: Role): string {
  return `no memory peak of ${unmeasured} of ${formatCount(unmeasured + samples, role)}: what ended between two heartbeats is not sampled`;
}

/** The highest peak of the role's executors; undefined where none was logged. */
export function highestPeak(run: SparkLog, role: Role): HighestPeak | undefined {
  const those = role === 'driver' ? run.executors.filter(({ isDriver }) => isDriver) : workersOf(run);
  const peaks = those.flatMap((executor) => peakOf(executor) ?? []);
  const [first, ...rest] = peaks;
  if (!first) return undefined;
  const measured = new Set(peaks.map(({ executor }) => executor));
  const worked = those.filter(({ tasks, failedTasks, killedTasks }) => tasks + failedTasks + killedTasks > 0);
  return {
    peak: rest.reduce((most, next) => (next.totalBytes > most.totalBytes ? next : most), first),
    samples: peaks.length,
    unmeasured: worked.filter((executor) => !measured.has(executor)).length,
    withoutPython: isPythonUnmeasured(run, role, those),
  };
}

/** Whether the driver's memory is Spark's to set: in client mode outside of Kubernetes it is the user's own process. */
export function hasOwnDriver(run: SparkLog): boolean {
  return conf(run, 'spark.submit.deployMode') === 'cluster' || (conf(run, 'spark.master') ?? '').startsWith('k8s');
}

const STEP_BYTES = 64 * MIB;
/** Below this Spark does not start an executor or driver (1.5 × 300 MiB reserved). */
const LEAST_HEAP_BYTES = 512 * MIB;

/** Memory that fits the peak with `room` above it, in steps of 64 MiB. What Python may take unmeasured stays as it is. */
export function fitted(run: SparkLog, role: Role, { peak, withoutPython }: HighestPeak, room: number): Granted {
  const rounded = (bytes: number) => Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
  const heapBytes = Math.max(LEAST_HEAP_BYTES, rounded(peak.heapBytes * room));
  const granted = grantedOf(run, role);
  const { otherBytes } = granted;
  const fittedBytes = Math.max(OVERHEAD_FLOOR_BYTES, rounded((peak.besideBytes - otherBytes) * room));
  const overheadBytes = withoutPython ? Math.max(granted.overheadBytes, fittedBytes) : fittedBytes;
  return { heapBytes, overheadBytes, otherBytes, totalBytes: heapBytes + overheadBytes + otherBytes };
}
