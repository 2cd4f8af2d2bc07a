import { Distribution } from '../../model/distribution.js';
import { HOUR_MS, hourOf } from '../../model/window.js';
import type { Measure } from '../../store/usage-write.js';
import type { Labels, Series } from './schema.js';

/** One container of one pod in one hour, while a chunk is read. */
export interface ContainerHour {
  cpu: Measure;
  memory: Measure;
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  oomKills: number | null;
  restarts: number | null;
}

export interface PodHour {
  receiveBytes: number;
  transmitBytes: number;
  seconds: number;
}

/** All that a chunk says of one pod. */
export interface PodUse {
  namespace: string;
  name: string;
  firstSeenMs: number;
  lastSeenMs: number;
  /** By container name, then by hour. */
  containers: Map<string, Map<number, ContainerHour>>;
  network: Map<number, PodHour>;
}

export class ChunkUse {
  readonly pods = new Map<string, PodUse>();

  /** The pods in it that were measured; others only have counters, as of a pod that ended long ago. */
  measured(): PodUse[] {
    return [...this.pods.values()].filter((pod) => pod.containers.size > 0);
  }

  pod({ namespace = '', pod: name = '' }: Labels): PodUse {
    const key = `${namespace}/${name}`;
    let found = this.pods.get(key);
    if (!found) {
      const seen = { firstSeenMs: Number.POSITIVE_INFINITY, lastSeenMs: Number.NEGATIVE_INFINITY };
      found = { namespace, name, ...seen, containers: new Map(), network: new Map() };
      this.pods.set(key, found);
    }
    return found;
  }

  find({ namespace = '', pod = '' }: Labels): PodUse | undefined {
    return this.pods.get(`${namespace}/${pod}`);
  }
}

/** A sample stands for the step before it, so one at 13:00 belongs to the hour of 12. */
function hourBefore(timeMs: number): number {
  return hourOf(timeMs - 1);
}

function emptyMeasure(): Measure {
  return { samples: 0, seconds: 0, sum: 0, max: null, distribution: new Distribution() };
}

function hourOfContainer(pod: PodUse, container: string, hourMs: number): ContainerHour {
  let hours = pod.containers.get(container);
  if (!hours) {
    hours = new Map();
    pod.containers.set(container, hours);
  }
  let hour = hours.get(hourMs);
  if (!hour) {
    const counters = { cfsPeriods: null, cfsThrottledPeriods: null, oomKills: null, restarts: null };
    hour = { cpu: emptyMeasure(), memory: emptyMeasure(), ...counters };
    hours.set(hourMs, hour);
  }
  return hour;
}

/** Counts of series by hour, for one metric. */
export type HourCounts = Map<number, number>;

/** Adds CPU (cores) or memory (bytes) samples; gives how many series each hour had. */
export function addSamples(
  use: ChunkUse,
  resource: 'cpu' | 'memory',
  series: readonly Series[],
  stepSeconds: number,
): HourCounts {
  const counts: HourCounts = new Map();
  for (const { labels, points } of series) {
    const pod = use.pod(labels);
    const hours = new Set<number>();
    for (const { timeMs, value } of points) {
      if (value < 0) continue;
      const hourMs = hourBefore(timeMs);
      const measure = hourOfContainer(pod, labels.container ?? '', hourMs)[resource];
      measure.samples += 1;
      measure.seconds += stepSeconds;
      measure.sum += value;
      measure.max = Math.max(measure.max ?? 0, value);
      measure.distribution.add(value);
      pod.firstSeenMs = Math.min(pod.firstSeenMs, timeMs - stepSeconds * 1000);
      pod.lastSeenMs = Math.max(pod.lastSeenMs, timeMs);
      hours.add(hourMs);
    }
    for (const hour of hours) counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  return counts;
}

type Counter = 'cfsPeriods' | 'cfsThrottledPeriods' | 'oomKills' | 'restarts';

/** Adds a counter's growth per hour; `whole` for events, whose extrapolated growth is rounded. */
export function addCounter(use: ChunkUse, name: Counter, series: readonly Series[], whole: boolean): HourCounts {
  const counts: HourCounts = new Map();
  for (const { labels, points } of series) {
    const hours = use.find(labels)?.containers.get(labels.container ?? '');
    for (const { timeMs, value } of points) {
      const hourMs = timeMs - HOUR_MS;
      counts.set(hourMs, (counts.get(hourMs) ?? 0) + 1);
      const hour = hours?.get(hourMs);
      if (hour) hour[name] = Math.max(hour[name] ?? 0, whole ? Math.round(value) : value);
    }
  }
  return counts;
}

/** Adds a pod's network figure per hour; `factor` turns it into bytes or seconds. */
export function addNetwork(use: ChunkUse, name: keyof PodHour, series: readonly Series[], factor = 1): HourCounts {
  const counts: HourCounts = new Map();
  for (const { labels, points } of series) {
    const pod = use.find(labels);
    for (const { timeMs, value } of points) {
      const hourMs = timeMs - HOUR_MS;
      counts.set(hourMs, (counts.get(hourMs) ?? 0) + 1);
      if (!pod) continue;
      const hour = pod.network.get(hourMs) ?? { receiveBytes: 0, transmitBytes: 0, seconds: 0 };
      hour[name] = name === 'seconds' ? Math.min(3600, value * factor) : value * factor;
      pod.network.set(hourMs, hour);
    }
  }
  return counts;
}
