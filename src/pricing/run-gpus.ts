import { windowOf } from '../analyzers/derived/spark-run.js';
import { type Life, livesOf } from '../analyzers/derived/spark-slots.js';
import type { ArtifactInput } from '../analyzers/rule.js';
import type { ResourceProfile, SparkLog } from '../model/spark.js';
import { HOUR_MS } from '../model/window.js';
import { gpuHoursOfPods } from '../store/exporters.js';
import { gpuPrices, type PodPrice } from './run-cost.js';

/** Spark's name of the resource (spark.executor.resource.gpu.amount). */
const GPU = 'gpu';

/** Executors of one resource profile that held GPUs. */
export interface ProfileGpus {
  profile: ResourceProfile;
  executors: number;
  /** Of each executor. */
  gpus: number;
  gpuHours: number;
}

/** What a run did with GPUs. */
export interface RunGpus {
  profiles: ProfileGpus[];
  gpuHours: number;
  /** The GPUs' part of what the executors cost; null where a pod or its price is not known. */
  usd: number | null;
  /** Mean utilisation while the run lasted, by the DCGM exporter; null where it was not measured. */
  meanPercent: number | null;
  /** Samples behind it. */
  samples: number;
}

/** What the store knows of the pods. */
export interface GpuFacts {
  priceOf: PodPrice;
  useOf(namespace: string | null, pods: readonly string[]): { meanPercent: number; samples: number } | undefined;
}

/** GPUs that an executor was given; where the log does not tell, those that its profile asks for. */
function gpusOf({ executor }: Life, profile: ResourceProfile | undefined): number {
  return executor.resources[GPU]?.length || (profile?.executor[GPU] ?? 0);
}

function usdOf(run: SparkLog, lives: readonly Life[], { priceOf }: GpuFacts): number | null {
  let usd = 0;
  for (const { executor, sinceMs, untilMs } of lives) {
    const own = executor.podName && priceOf(run.application.namespace, executor.podName, { sinceMs, untilMs });
    if (typeof own !== 'number') return null;
    usd += own;
  }
  return usd;
}

/** GPUs by resource profile, their hours, price and use; undefined for a run without GPUs. */
export function runGpus(run: SparkLog, facts?: GpuFacts): RunGpus | undefined {
  const known = new Map(run.application.resourceProfiles.map((profile) => [profile.id, profile]));
  const byProfile = new Map<string, ProfileGpus>();
  const holders: Life[] = [];
  for (const life of livesOf(run)) {
    const id = life.executor.resourceProfileId;
    const gpus = gpusOf(life, known.get(id));
    if (gpus === 0) continue;
    holders.push(life);
    const profile = known.get(id) ?? { id, executor: {}, task: {} };
    const sum = byProfile.get(`${id}/${gpus}`) ?? { profile, executors: 0, gpus, gpuHours: 0 };
    byProfile.set(`${id}/${gpus}`, sum);
    sum.executors += 1;
    sum.gpuHours += (gpus * (life.untilMs - life.sinceMs)) / HOUR_MS;
  }
  if (holders.length === 0) return undefined;
  const profiles = [...byProfile.values()];
  const pods = holders.flatMap(({ executor }) => executor.podName ?? []);
  const use = facts?.useOf(run.application.namespace, pods);
  return {
    profiles,
    gpuHours: profiles.reduce((hours, each) => hours + each.gpuHours, 0),
    usd: facts ? usdOf(run, holders, facts) : null,
    meanPercent: use?.meanPercent ?? null,
    samples: use?.samples ?? 0,
  };
}

export function gpuFacts(run: SparkLog, cluster: string, input: ArtifactInput): GpuFacts {
  const window = windowOf(run);
  return {
    priceOf: gpuPrices(input),
    useOf: (namespace, pods) => gpuHoursOfPods(input.db, { cluster, namespace, pods, ...window }),
  };
}
