import { Distribution } from '../../model/distribution.js';
import type { Subject } from '../../model/finding.js';
import type { JvmHeap } from '../../model/posture.js';
import { DAY_MS, HOUR_MS, type Window } from '../../model/window.js';
import { foldsOf } from '../../recommend/folds.js';
import { withHeap } from '../../recommend/jvm-heap.js';
import type { Strategy } from '../../recommend/peers.js';
import { type CpuSize, type Risk, sizeCpu } from '../../recommend/size-cpu.js';
import { type MemorySize, sizeMemory } from '../../recommend/size-memory.js';
import type { Db } from '../../store/open.js';
import { networkHours } from '../../store/usage.js';
import type { UsageSlot } from '../../store/usage-slot.js';
import { type ContainerUsage, SlotReader } from '../../store/usage-slots.js';
import { type ContainerRow, containerRows, type ProfileRow, profileRows } from '../../store/workloads.js';
import { defineArtifact } from '../rule.js';
import { sum } from './numbers.js';
import { type Posture, posture } from './posture.js';

/** Least history of what runs on: 3 days and 100 samples; of batch and Spark families: 3 runs (RULES). */
const LEAST_HOURS = 3 * 24 * 0.95;
const LEAST_SAMPLES = 100;
const LEAST_RUNS = 3;
/** Throttled periods / periods above which an hour counts as throttled (kubernetes-mixin, CPUThrottlingHigh). */
export const THROTTLED_SHARE = 0.25;
/** How far back strategies look at each pod apart (Robusta KRR's history). */
const PODS_DAYS = 14;

/** Pods of these namespaces are the cluster's own. */
const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/** One container (or Spark role) of a workload: what it asks for, what it used, what would have been right. */
export interface ContainerProfile {
  name: string;
  role: 'driver' | 'executor' | null;
  /** Whether its requests and limits were read: only then does null mean that there is none. */
  resourcesKnown: boolean;
  cpuRequestCores: number | null;
  cpuLimitCores: number | null;
  memoryRequestBytes: number | null;
  memoryLimitBytes: number | null;
  gpuRequest: number | null;
  /** Container-hours measured in the window. */
  containerHours: number;
  cpuSamples: number;
  memorySamples: number;
  cpuMeanCores: number | null;
  cpuP95Cores: number | null;
  cpuMaxCores: number | null;
  memoryMeanBytes: number | null;
  memoryMaxBytes: number | null;
  /** Share of samples with a working set above 90 % of the limit; null without limit or samples. */
  memoryNearLimitShare: number | null;
  /** The same above the request; null without request or samples. */
  memoryAboveRequestShare: number | null;
  /** Share of samples with CPU use above the request; null without request or samples. */
  cpuAboveRequestShare: number | null;
  /** Container-hours throttled for more than a quarter of their periods; null where throttling was not measured. */
  throttledHours: number | null;
  /** Throttled share of all periods, and of the worst container-hour. */
  throttledShare: number | null;
  mostThrottledShare: number | null;
  oomKills: number;
  lastOomMs: number | null;
  cpuSize: CpuSize | undefined;
  memorySize: MemorySize | undefined;
  /** What its JVM was told of its heap; of Spark's own containers Spark says it. */
  jvmHeap: JvmHeap | undefined;
  /** Mean of max(request, use) under a request in cores: what is charged. */
  cpuChargedCores(requestCores: number): number;
}

export interface CpuHour {
  hourMs: number;
  /** Mean cores of one pod: the sum over its containers, pooled over the pods of the hour. */
  coresPerPod: number;
}

export interface NetworkRate {
  hourMs: number;
  /** Received and sent. */
  bytesPerSecondPerPod: number;
}

export interface WorkloadProfile {
  row: ProfileRow;
  subject: Subject;
  /** The cluster's own: kube-system and the like. */
  system: boolean;
  spark: boolean;
  /** Hours of the window with a measurement. */
  hours: number;
  /** First measured hour and end of the last; null if never measured. */
  measured: Window | null;
  /** Why sizing has too little to go by; undefined if it has enough. */
  tooLittle: string | undefined;
  containers: ContainerProfile[];
  /** CPU use by hour from `sinceMs` to the window's end, read when asked for. */
  cpuHoursSince(sinceMs: number): CpuHour[];
  networkHours: NetworkRate[];
}

function isSpark(kind: string): boolean {
  return kind === 'SparkApplication' || kind === 'ScheduledSparkApplication';
}

function isBatch(kind: string): boolean {
  return isSpark(kind) || kind === 'Job' || kind === 'CronJob';
}

function lackOf(row: ProfileRow, hours: number, samples: number): string | undefined {
  if (isBatch(row.kind) && row.runs >= LEAST_RUNS) return undefined;
  if (hours >= LEAST_HOURS && samples >= LEAST_SAMPLES) return undefined;
  const have = `${(hours / 24).toFixed(1)} days, ${samples} samples`;
  return isBatch(row.kind)
    ? `needs 3 runs, or 3 days and ${LEAST_SAMPLES} samples of running time; has ${row.runs} runs, ${have}`
    : `needs 3 days and ${LEAST_SAMPLES} samples of running time; has ${have}`;
}

/** The heap of each container's JVM, by workload. */
type Heaps = ReadonlyMap<number, ReadonlyMap<string, JvmHeap>>;

interface ProfileInput {
  db: Db;
  reader: SlotReader;
  window: Window;
  risk: Risk;
  strategy: Strategy;
  heaps: Heaps;
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((a, b) => Math.max(a, b)) : null;
}

/** OOM kills by the counter of the kubelet, or by what the API remembers of the last termination. */
function oomOf(
  slots: readonly UsageSlot[],
  rows: readonly ContainerRow[],
  window: Window,
): { oomKills: number; lastOomMs: number | null } {
  const remembered = rows.filter(
    (row) =>
      row.lastTerminationReason === 'OOMKilled' &&
      (row.lastTerminatedMs === null ||
        (row.lastTerminatedMs >= window.sinceMs && row.lastTerminatedMs < window.untilMs)),
  );
  const counted = sum(slots.map((slot) => slot.oomKills));
  const times = [...remembered.map((row) => row.lastTerminatedMs), ...slots.map((slot) => slot.lastOomMs)];
  return { oomKills: Math.max(Math.round(counted), remembered.length), lastOomMs: highest(times) };
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest > 0; rest &= rest - 1) count += 1;
  return count;
}

function sizesOf(
  usage: ContainerUsage,
  { risk, strategy }: ProfileInput,
  heap: JvmHeap | undefined,
): Pick<ContainerProfile, 'cpuSize' | 'memorySize'> {
  const folds = foldsOf(
    usage.slots.map(({ sinceMs, lastHourMs, hourBits, cpu, memoryMax, cfsPeriods, cfsThrottledPeriods }) => ({
      ...{ hourMs: sinceMs, lastHourMs, hours: bits(hourBits) },
      ...{ cpu, memoryMaxBytes: memoryMax, cfsPeriods, cfsThrottledPeriods },
    })),
  );
  return {
    cpuSize: sizeCpu(folds, { risk, strategy, pods: usage.pods }),
    // A peer's strategy knows nothing of heaps.
    memorySize: strategy === 'own' ? withHeap(sizeMemory(folds), heap) : sizeMemory(folds, strategy),
  };
}

function throttlingOf(
  slots: readonly UsageSlot[],
): Pick<ContainerProfile, 'throttledHours' | 'throttledShare' | 'mostThrottledShare'> {
  const measured = slots.filter((slot) => slot.cfsPeriods !== null && slot.cfsThrottledPeriods !== null);
  if (measured.length === 0) return { throttledHours: null, throttledShare: null, mostThrottledShare: null };
  const periods = sum(measured.map((slot) => slot.cfsPeriods ?? 0));
  return {
    throttledHours: Math.round(sum(measured.map((slot) => slot.throttledHours))),
    throttledShare: periods > 0 ? sum(measured.map((slot) => slot.cfsThrottledPeriods ?? 0)) / periods : 0,
    mostThrottledShare: highest(measured.map((slot) => slot.mostThrottledShare)),
  };
}

/** Share of memory samples above `bytes`; null without samples or bytes. */
function memoryShareAbove(
  { containerIds, slots }: ContainerUsage,
  samples: number,
  { reader, window }: ProfileInput,
  bytes: number | null,
): number | null {
  if (bytes === null || samples === 0) return null;
  const reached = slots.some((slot) => (slot.memoryMax ?? 0) > bytes);
  return reached ? reader.memorySamplesAbove(containerIds, window, bytes) / samples : 0;
}

/** Made apart from the profile, so that what is kept of it is one distribution and not all that it was made of. */
function chargedCores(cpu: Distribution): ContainerProfile['cpuChargedCores'] {
  return (request) => request + (cpu.count > 0 ? cpu.meanExcess(request) : 0);
}

function profileContainer(
  usage: ContainerUsage,
  rows: readonly ContainerRow[],
  input: ProfileInput,
  jvmHeap: JvmHeap | undefined,
): ContainerProfile {
  const { slots, name, role } = usage;
  const now = rows[0];
  // A slot has its share of a merged day's samples.
  const samplesOf = (of: (slot: UsageSlot) => number) => Math.round(sum(slots.map(of)));
  const [cpuSamples, memorySamples] = [samplesOf((slot) => slot.cpuSamples), samplesOf((slot) => slot.memorySamples)];
  const cpu = new Distribution();
  for (const slot of slots) cpu.merge(slot.cpu);
  const [cpuRequest, memoryRequest] = [now?.cpuRequestCores ?? null, now?.memoryRequestBytes ?? null];
  const limit = now?.memoryLimitBytes ?? null;
  const memoryAbove = (bytes: number | null) => memoryShareAbove(usage, memorySamples, input, bytes);
  return {
    ...{ name, role },
    resourcesKnown: now?.resourcesKnown ?? false,
    cpuRequestCores: cpuRequest,
    cpuLimitCores: now?.cpuLimitCores ?? null,
    memoryRequestBytes: memoryRequest,
    memoryLimitBytes: limit,
    gpuRequest: now?.gpuRequest ?? null,
    containerHours: sum(slots.map((slot) => slot.seconds)) / 3600,
    cpuSamples,
    memorySamples,
    cpuMeanCores: cpuSamples > 0 ? sum(slots.map((slot) => slot.cpuSum)) / cpuSamples : null,
    cpuP95Cores: cpu.count > 0 ? cpu.quantile(0.95) : null,
    cpuMaxCores: highest(slots.map((slot) => slot.cpuMax)),
    memoryMeanBytes: memorySamples > 0 ? sum(slots.map((slot) => slot.memorySum)) / memorySamples : null,
    memoryMaxBytes: highest(slots.map((slot) => slot.memoryMax)),
    memoryNearLimitShare: memoryAbove(limit === null ? null : 0.9 * limit),
    memoryAboveRequestShare: memoryAbove(memoryRequest),
    cpuAboveRequestShare: cpuRequest !== null && cpu.count > 0 ? cpu.fractionAbove(cpuRequest) : null,
    ...throttlingOf(slots),
    ...oomOf(slots, rows, input.window),
    ...sizesOf(usage, input, jvmHeap),
    jvmHeap,
    cpuChargedCores: chargedCores(cpu),
  };
}

function networkByHour(db: Db, workloadId: number, window: Window): NetworkRate[] {
  return [...networkHours(db, { workloadId, window })]
    .filter((hour) => hour.seconds > 0)
    .map(({ hourMs, receiveBytes, transmitBytes, seconds }) => ({
      hourMs,
      bytesPerSecondPerPod: (receiveBytes + transmitBytes) / seconds,
    }));
}

/** Hours of the window in which any container was measured. */
function measuredHours(usages: readonly ContainerUsage[]): number {
  const hours = new Map<number, number>();
  for (const { slots } of usages)
    for (const { index, hourBits } of slots) hours.set(index, (hours.get(index) ?? 0) | hourBits);
  return sum([...hours.values()].map(bits));
}

function withUnmeasured(usages: readonly ContainerUsage[], rows: readonly ContainerRow[]): ContainerUsage[] {
  const all = [...usages];
  for (const { role, name } of rows)
    if (!all.some((each) => each.role === role && each.name === name))
      all.push({ role, name, containerIds: [], slots: [], pods: [] });
  return all;
}

function profile(row: ProfileRow, input: ProfileInput): WorkloadProfile {
  const { db, reader, window, strategy } = input;
  const podsSinceMs = window.untilMs - PODS_DAYS * DAY_MS;
  const usages = reader.slots({
    ...{ workloadId: row.id, window, throttledShare: THROTTLED_SHARE },
    ...(strategy === 'krr' ? { podsSinceMs } : {}),
  });
  const rows = containerRows(db, row.id, window);
  const containers = withUnmeasured(usages, rows).map((usage) =>
    profileContainer(
      usage,
      rows.filter((each) => each.role === usage.role && each.name === usage.name),
      input,
      usage.role === null ? input.heaps.get(row.id)?.get(usage.name) : undefined,
    ),
  );
  const slots = usages.flatMap((usage) => usage.slots);
  const hours = measuredHours(usages);
  const samples = Math.max(0, ...containers.map((container) => container.cpuSamples));
  return {
    row,
    subject: { kind: row.kind, cluster: row.cluster, namespace: row.namespace, name: row.name },
    system: SYSTEM_NAMESPACES.has(row.namespace),
    spark: isSpark(row.kind),
    hours,
    measured:
      slots.length > 0
        ? {
            sinceMs: Math.min(...slots.map((slot) => slot.sinceMs)),
            untilMs: Math.max(...slots.map((slot) => slot.lastHourMs)) + HOUR_MS,
          }
        : null,
    tooLittle: lackOf(row, hours, samples),
    containers,
    cpuHoursSince: (sinceMs) =>
      [...reader.cpuByHour(row.id, { sinceMs: Math.max(sinceMs, window.sinceMs), untilMs: window.untilMs })].map(
        ([hourMs, coresPerPod]) => ({ hourMs, coresPerPod }),
      ),
    networkHours: networkByHour(db, row.id, window),
  };
}

function heapsOf({ workloads }: Posture): Heaps {
  const named = workloads.map(({ row, roles }) => {
    const containers = roles.flatMap(({ posture }) => posture.containers);
    return [row.id, new Map(containers.flatMap(({ name, jvmHeap }) => (jvmHeap ? [[name, jvmHeap]] : [])))] as const;
  });
  return new Map(named.filter(([, heaps]) => heaps.size > 0));
}

/** What every workload with a pod in the window asked for and used; small, however long the history. */
export const workloadProfiles = defineArtifact<WorkloadProfile[]>({
  id: 'workload-profiles',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, config, get }) {
    const { risk, strategy } = config.analysis;
    const heaps = heapsOf(get(posture));
    const input = { db, reader: new SlotReader(db), window, risk, strategy, heaps };
    return profileRows(db, window)
      .filter((row) => row.pods > 0)
      .map((row) => profile(row, input));
  },
});
