import { Distribution } from '../../src/model/distribution.js';
import { GIB } from '../../src/model/quantity.js';
import type { SourceId } from '../../src/model/sources.js';
import { HOUR_MS, type Window } from '../../src/model/window.js';
import { finishRun, startRun } from '../../src/store/collections.js';
import type { ClaimRecord, ContainerRecord, NodeRecord, VolumeRecord } from '../../src/store/kubernetes.js';
import { putContainer, putNode, putPod, putWorkload } from '../../src/store/kubernetes-write.js';
import { type Db, openStore, type Store } from '../../src/store/open.js';
import { putOnDemandPrices, putVolumePrices } from '../../src/store/prices.js';
import { putMetricHour, putNetworkHour, putUsageHour } from '../../src/store/usage-write.js';

const CLUSTER = 'test';
const SAMPLES = 12;
const REGION = 'us-east-1';

/** What one container used in one hour: five-minute samples. Null: not measured. */
export interface Use {
  cpuCores?: number | readonly number[] | null;
  memoryBytes?: number | null;
  oomKills?: number | null;
  cfsPeriods?: number;
  cfsThrottledPeriods?: number;
}

export interface TestContainer extends Partial<Omit<ContainerRecord, 'podId' | 'name'>> {
  name?: string;
  /** By hour of the window; undefined: nothing was measured. */
  use?: (hour: number) => Use | undefined;
}

export interface TestPod {
  name?: string;
  role?: 'driver' | 'executor';
  runName?: string;
  appId?: string;
  labels?: Record<string, string>;
  node?: string;
  phase?: string;
  createdMs?: number;
  containers?: readonly TestContainer[];
  /** Bytes per second in both directions together, by hour of the window; undefined: not measured. */
  network?: (hour: number) => number | undefined;
}

export interface TestWorkload {
  kind?: string;
  namespace?: string;
  name?: string;
  spec?: unknown;
  pods?: readonly TestPod[];
}

function measure(values: readonly number[]) {
  return {
    samples: values.length,
    seconds: values.length * (3600 / SAMPLES),
    sum: values.reduce((a, b) => a + b, 0),
    max: values.length > 0 ? Math.max(...values) : null,
    distribution: Distribution.of(values),
  };
}

function samplesOf(value: number | readonly number[] | null | undefined): readonly number[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'number' ? Array.from({ length: SAMPLES }, () => value) : value;
}

function hoursOf({ sinceMs, untilMs }: Window): number[] {
  return Array.from({ length: (untilMs - sinceMs) / HOUR_MS }, (_, hour) => hour);
}

/** A store in which Kubernetes and Prometheus were read over the whole window, filled as the collectors do it. */
export class Fleet {
  readonly store: Store = openStore(':memory:');

  constructor(
    readonly window: Window,
    sources: readonly SourceId[] = ['kubernetes', 'prometheus'],
  ) {
    for (const source of sources) {
      const id = startRun(this.db, source, CLUSTER, window, window.untilMs);
      finishRun(this.db, id, { state: 'ok', rows: 1, detail: '', gaps: [] }, window.untilMs);
    }
    this.metric('cpu');
  }

  get db(): Db {
    return this.store.db;
  }

  get seen() {
    return { firstSeenMs: this.window.sinceMs, lastSeenMs: this.window.untilMs };
  }

  /** The hours of the window in which a metric was there in the cluster. */
  metric(metric: 'cpu' | 'volume', wasThere: (hour: number) => boolean = () => true): this {
    for (const hour of hoursOf(this.window))
      if (wasThere(hour)) putMetricHour(this.db, CLUSTER, metric, this.window.sinceMs + hour * HOUR_MS, 1);
    return this;
  }

  /** An on-demand node of 8 cores and 32 GiB at 1 USD/hour, unless said otherwise. */
  node(name: string, part: Partial<NodeRecord> = {}): this {
    putNode(this.db, {
      cluster: CLUSTER,
      name,
      instanceId: null,
      instanceType: 'm5.2xlarge',
      region: REGION,
      zone: 'us-east-1a',
      capacityType: 'on-demand',
      nodeGroup: null,
      architecture: 'amd64',
      cpuCapacityCores: 8,
      cpuAllocatableCores: 8,
      memoryCapacityBytes: 32 * GIB,
      memoryAllocatableBytes: 32 * GIB,
      gpuCount: 0,
      labels: '{}',
      taints: '[]',
      createdMs: this.window.sinceMs,
      ...this.seen,
      ...part,
    });
    return this;
  }

  /** 1 USD/hour for a node of `node()`, 0.1 USD per GiB and month for gp3. */
  prices(): this {
    const price = { region: REGION, source: 'list', asOfMs: 0 };
    putOnDemandPrices(this.db, [{ ...price, instanceType: 'm5.2xlarge', product: 'Linux/UNIX', usdPerHour: 1 }]);
    putVolumePrices(this.db, [{ ...price, volumeType: 'gp3', usdPerGibMonth: 0.1 }]);
    return this;
  }

  workload({ kind = 'Deployment', namespace = 'web', name = 'api', spec, pods = [{}] }: TestWorkload): this {
    const workloadId = putWorkload(this.db, {
      cluster: CLUSTER,
      namespace,
      kind,
      name,
      apiVersion: null,
      replicas: null,
      labels: null,
      spec: spec === undefined ? null : JSON.stringify(spec),
      createdMs: null,
      ...this.seen,
    });
    this.db.transaction(() => {
      for (const [i, pod] of pods.entries()) this.#pod(workloadId, namespace, `${name}-${i}`, pod);
    })();
    return this;
  }

  #pod(workloadId: number, namespace: string, name: string, pod: TestPod): void {
    const podId = putPod(this.db, {
      cluster: CLUSTER,
      namespace,
      name: pod.name ?? name,
      uid: null,
      workloadId,
      role: pod.role ?? null,
      runName: pod.runName ?? null,
      sparkAppId: pod.appId ?? null,
      sparkExecId: null,
      node: pod.node ?? 'n1',
      phase: pod.phase ?? 'Running',
      reason: null,
      message: null,
      labels: pod.labels ? JSON.stringify(pod.labels) : null,
      createdMs: pod.createdMs ?? null,
      finishedMs: null,
      ...this.seen,
    });
    for (const container of pod.containers ?? [{}]) this.#container(podId, container);
    for (const hour of hoursOf(this.window)) {
      const rate = pod.network?.(hour);
      const hourMs = this.window.sinceMs + hour * HOUR_MS;
      if (rate !== undefined)
        putNetworkHour(this.db, {
          podId,
          hourMs,
          receiveBytes: rate * 1800,
          transmitBytes: rate * 1800,
          seconds: 3600,
        });
    }
  }

  #container(podId: number, { name = 'app', use, ...part }: TestContainer): void {
    putContainer(this.db, {
      podId,
      name,
      kind: 'main',
      resourcesKnown: true,
      cpuRequestCores: null,
      cpuLimitCores: null,
      memoryRequestBytes: null,
      memoryLimitBytes: null,
      gpuRequest: null,
      restarts: null,
      lastTerminationReason: null,
      lastTerminatedMs: null,
      ...part,
    });
    const find = 'SELECT id FROM container WHERE pod_id = ? AND name = ?';
    const containerId = Number(this.db.prepare(find).pluck().get(podId, name));
    for (const hour of hoursOf(this.window)) {
      const used = use?.(hour);
      if (!used) continue;
      putUsageHour(this.db, {
        containerId,
        hourMs: this.window.sinceMs + hour * HOUR_MS,
        cpu: measure(samplesOf(used.cpuCores)),
        memory: measure(samplesOf(used.memoryBytes)),
        cfsPeriods: used.cfsPeriods ?? null,
        cfsThrottledPeriods: used.cfsThrottledPeriods ?? null,
        oomKills: used.oomKills ?? null,
        restarts: null,
      });
    }
  }

  claimRecord(part: Partial<ClaimRecord> = {}): ClaimRecord {
    return {
      cluster: CLUSTER,
      namespace: 'web',
      name: 'data',
      phase: 'Bound',
      volume: null,
      storageClass: 'gp3',
      requestBytes: 100 * GIB,
      createdMs: null,
      ...this.seen,
      ...part,
    };
  }

  volumeRecord(part: Partial<VolumeRecord> = {}): VolumeRecord {
    return {
      cluster: CLUSTER,
      name: 'pv-1',
      phase: 'Bound',
      capacityBytes: 100 * GIB,
      storageClass: 'gp3',
      handle: null,
      claimNamespace: null,
      claimName: null,
      zone: null,
      createdMs: null,
      ...this.seen,
      ...part,
    };
  }
}
