import { HOUR_MS } from '../../model/window.js';
import {
  knownPod,
  knownWorkloadId,
  noteContainer,
  noteNode,
  noteResources,
  noteRun,
  noteTermination,
  putClaim,
  putPod,
  putWorkload,
  seeMount,
  seePod,
} from '../../store/kubernetes-write.js';
import type { Db } from '../../store/open.js';
import type { Metric } from '../../store/usage.js';
import { METRICS } from '../../store/usage.js';
import { putMetricHour, putNetworkHour, putUsageHour, putVolumeHour } from '../../store/usage-write.js';
import { OwnerIndex, type OwnerRef, type PodFacts } from '../owners.js';
import type { Chunk } from './chunks.js';
import type { PodUse } from './map.js';
import type { ChunkData, State } from './read.js';
import type { Labels, Series } from './schema.js';

/** What writing needs besides the data. */
export interface Target {
  db: Db;
  cluster: string;
  /** `namespace/name` of the schedules that the API shows. */
  schedules: ReadonlySet<string>;
}

/** kube-state-metrics writes an absent owner as empty, or `<none>` in older versions. */
function ownerOf({ owner_kind: kind = '', owner_name: name = '' }: Labels): OwnerRef | undefined {
  return kind && name && kind !== '<none>' ? { kind, name } : undefined;
}

function ownersOf(state: State, schedules: ReadonlySet<string>): OwnerIndex {
  const owners = new OwnerIndex();
  const add = (kind: string, nameLabel: string, series: readonly Series[]) => {
    for (const { labels } of series)
      owners.setOwner(kind, labels.namespace ?? '', labels[nameLabel] ?? '', ownerOf(labels));
  };
  add('Pod', 'pod', state('podOwners'));
  add('ReplicaSet', 'replicaset', state('replicaSetOwners'));
  add('Job', 'job_name', state('jobOwners'));
  for (const key of schedules) {
    const slash = key.indexOf('/');
    owners.addSchedule(key.slice(0, slash), key.slice(slash + 1));
  }
  return owners;
}

function podKey({ namespace = '', pod = '' }: Labels): string {
  return `${namespace}/${pod}`;
}

function containerKey({ namespace = '', pod = '', container = '' }: Labels): string {
  return `${namespace}/${pod}/${container}`;
}

/** The value of each resource by container: `cpu`, `memory`, `nvidia_com_gpu` as kube-state-metrics spells them. */
function resourceMap(series: readonly Series[]): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const { labels, points } of series) {
    const value = points.at(-1)?.value;
    if (value === undefined || !labels.resource) continue;
    const resources = found.get(containerKey(labels)) ?? new Map<string, number>();
    found.set(containerKey(labels), resources.set(labels.resource, value));
  }
  return found;
}

function gpus(resources: ReadonlyMap<string, number> | undefined): number | null {
  const found = [...(resources ?? [])].filter(([name]) =>
    /^(nvidia_com_(gpu|mig)|amd_com_gpu|aws_amazon_com_neuron)/.test(name),
  );
  return found.length > 0 ? found.reduce((sum, [, value]) => sum + value, 0) : null;
}

/** Writes one chunk; the caller holds the transaction. */
export class ChunkWriter {
  readonly #target: Target;
  readonly #data: ChunkData;
  readonly #owners: OwnerIndex;
  readonly #nodes: Map<string, string>;
  readonly #ownedPods: Set<string>;
  readonly #requests: Map<string, Map<string, number>>;
  readonly #limits: Map<string, Map<string, number>>;
  readonly #terminations: Map<string, string>;
  readonly #nodeSeen = new Map<string, { firstSeenMs: number; lastSeenMs: number }>();

  constructor(target: Target, data: ChunkData) {
    const { state } = data;
    this.#target = target;
    this.#data = data;
    this.#owners = ownersOf(state, target.schedules);
    this.#nodes = new Map(state('podNodes').map(({ labels }) => [podKey(labels), labels.node ?? '']));
    this.#ownedPods = new Set(state('podOwners').map(({ labels }) => podKey(labels)));
    this.#requests = resourceMap(state('requests'));
    this.#limits = resourceMap(state('limits'));
    this.#terminations = new Map(
      state('terminations')
        .filter(({ points }) => points.some(({ value }) => value > 0))
        .map(({ labels }) => [containerKey(labels), labels.reason ?? '']),
    );
  }

  /** Gives how many hours of containers were written. */
  write(chunk: Chunk): number {
    let rows = 0;
    for (const pod of this.#data.use.measured()) rows += this.#writePod(pod);
    for (const [name, seen] of this.#nodeSeen)
      noteNode(this.#target.db, { cluster: this.#target.cluster, name, ...seen });
    this.#writeVolumes();
    this.#writeMounts(chunk);
    this.#writeCoverage(chunk);
    return rows;
  }

  #writePod(pod: PodUse): number {
    const { db } = this.#target;
    const key = `${pod.namespace}/${pod.name}`;
    const node = this.#nodes.get(key) || null;
    const { podId, byApi } = this.#podId(pod, node);
    if (node) this.#seeNode(node, pod);
    let rows = 0;
    for (const [name, hours] of pod.containers) {
      const containerId = noteContainer(db, podId, name);
      if (!byApi) this.#noteResources(`${key}/${name}`, key, containerId);
      for (const [hourMs, hour] of hours) putUsageHour(db, { containerId, hourMs, ...hour });
      rows += hours.size;
    }
    for (const [hourMs, hour] of pod.network) putNetworkHour(db, { podId, hourMs, ...hour });
    return rows;
  }

  /** The pod in the store. What the API said of its owner stands; of others the series tell it. */
  #podId(pod: PodUse, node: string | null): { podId: number; byApi: boolean } {
    const { db, cluster } = this.#target;
    const { namespace, name, firstSeenMs, lastSeenMs } = pod;
    const key = `${namespace}/${name}`;
    const known = knownPod(db, { cluster, namespace, name });
    if (known && (known.byApi || !this.#ownedPods.has(key))) {
      seePod(db, { id: known.id, node, firstSeenMs, lastSeenMs });
      return { podId: known.id, byApi: known.byApi };
    }
    const owner = this.#owners.ownerOf(namespace, { kind: 'Pod', name });
    const facts: PodFacts = { namespace, name, owner, labels: {}, containers: [...pod.containers.keys()] };
    const { role, runName, ...top } = this.#owners.place(facts);
    const workloadId = this.#workloadId(top, pod);
    const podId = putPod(db, {
      ...{ cluster, namespace, name, workloadId, role, runName, node, firstSeenMs, lastSeenMs },
      ...{ uid: null, sparkAppId: null, sparkExecId: null, phase: null, reason: null, message: null, labels: null },
      ...{ createdMs: null, finishedMs: null },
    });
    if (role === 'driver' && runName) {
      const times = { submittedMs: firstSeenMs, terminatedMs: lastSeenMs };
      noteRun(db, { cluster, namespace, name: runName, workloadId, appId: null, state: 'UNKNOWN', ...times });
    }
    return { podId, byApi: false };
  }

  #workloadId({ kind, name }: Pick<OwnerRef, 'kind' | 'name'>, { namespace, firstSeenMs, lastSeenMs }: PodUse): number {
    const { db, cluster } = this.#target;
    const key = { cluster, namespace, kind, name };
    const known = knownWorkloadId(db, key);
    if (known !== undefined) return known;
    const unknown = { apiVersion: null, replicas: null, labels: null, spec: null, createdMs: null };
    return putWorkload(db, { ...key, ...unknown, firstSeenMs, lastSeenMs });
  }

  /** No request is known only where kube-state-metrics knew the pod. */
  #noteResources(key: string, pod: string, containerId: number): void {
    const [requests, limits] = [this.#requests.get(key), this.#limits.get(key)];
    if (requests || limits || this.#ownedPods.has(pod))
      noteResources(this.#target.db, containerId, {
        cpuRequestCores: requests?.get('cpu') ?? null,
        cpuLimitCores: limits?.get('cpu') ?? null,
        memoryRequestBytes: round(requests?.get('memory')),
        memoryLimitBytes: round(limits?.get('memory')),
        gpuRequest: gpus(requests) ?? gpus(limits),
      });
    const reason = this.#terminations.get(key);
    if (reason) noteTermination(this.#target.db, containerId, reason);
  }

  #seeNode(node: string, { firstSeenMs, lastSeenMs }: PodUse): void {
    const seen = this.#nodeSeen.get(node) ?? { firstSeenMs, lastSeenMs };
    this.#nodeSeen.set(node, {
      firstSeenMs: Math.min(seen.firstSeenMs, firstSeenMs),
      lastSeenMs: Math.max(seen.lastSeenMs, lastSeenMs),
    });
  }

  #writeVolumes(): void {
    const { db, cluster } = this.#target;
    const { used, capacity } = this.#data.volumes;
    const keyOf = (labels: Labels, timeMs: number) => `${labels.namespace}/${labels.persistentvolumeclaim}/${timeMs}`;
    const capacities = new Map<string, number>();
    for (const { labels, points } of capacity)
      for (const { timeMs, value } of points) capacities.set(keyOf(labels, timeMs), value);
    for (const { labels, points } of used) {
      const { namespace = '', persistentvolumeclaim: claim = '' } = labels;
      for (const { timeMs, value } of points) {
        const capacityBytes = capacities.get(keyOf(labels, timeMs));
        if (capacityBytes === undefined) continue;
        putVolumeHour(db, { cluster, namespace, claim, hourMs: timeMs - HOUR_MS, usedBytes: value, capacityBytes });
        // A kubelet reports only volumes that a pod on its node mounts.
        seeMount(db, { cluster, namespace, name: claim }, timeMs);
      }
    }
  }

  #writeMounts({ fromMs, toMs }: Chunk): void {
    const { db, cluster } = this.#target;
    const { state } = this.#data;
    for (const { labels } of state('claims'))
      putClaim(db, {
        cluster,
        namespace: labels.namespace ?? '',
        name: labels.persistentvolumeclaim ?? '',
        phase: null,
        volume: labels.volumename || null,
        storageClass: labels.storageclass || null,
        requestBytes: null,
        createdMs: null,
        firstSeenMs: fromMs,
        lastSeenMs: toMs,
      });
    for (const { labels } of state('mounts')) {
      const pod = this.#data.use.find(labels);
      if (!pod || pod.containers.size === 0) continue;
      const claim = { cluster, namespace: labels.namespace ?? '', name: labels.persistentvolumeclaim ?? '' };
      seeMount(db, claim, pod.lastSeenMs);
    }
  }

  #writeCoverage({ fromMs, toMs }: Chunk): void {
    for (const metric of METRICS) this.#writeMetric(metric, fromMs, toMs);
  }

  #writeMetric(metric: Metric, fromMs: number, toMs: number): void {
    const counts = this.#data.counts[metric];
    for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS)
      putMetricHour(this.#target.db, this.#target.cluster, metric, hourMs, counts.get(hourMs) ?? 0);
  }
}

function round(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
