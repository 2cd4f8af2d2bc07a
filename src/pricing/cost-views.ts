import { IANAZone } from 'luxon';
import { z } from 'zod';
import { MINUTE_MS } from '../model/window.js';
import { podIdReader, podNameReader, type WorkloadRow, workloadRows } from '../store/node-usage.js';
import type { Db } from '../store/open.js';
import type { NodeUsageHour } from '../store/usage.js';
import type { NodeHour } from './node-hours.js';
import { nodeGroupName } from './scopes.js';

/** What `cost --by` goes by. */
export const VIEWS = ['namespace', 'workload', 'family', 'run', 'stage', 'label', 'node-group', 'day'] as const;
export type ViewId = (typeof VIEWS)[number];

/** Rows that are no thing of the view: cost that no other row can be given. */
export const NO_WORK = '(nodes without work)';
export const NOT_SPARK = '(not Spark)';
export const NO_LABEL = '(no label)';
export const VOLUMES = '(volumes)';

/** By what key a view sums. */
export interface View {
  /** Of a container's hour. */
  keyOf(row: NodeUsageHour, hour: NodeHour): string;
  /** Of a node's hour in which nothing ran. */
  emptyKey(hour: NodeHour): string;
  /** Of a claim, by the pods that mount it; undefined: spread like what is shared. */
  claimKeys(namespace: string, mountedBy: readonly string[]): string[] | undefined;
}

export interface ViewOptions {
  label: string;
  timeZone: string;
}

const SPARK_KINDS = new Set(['SparkApplication', 'ScheduledSparkApplication']);
const Labels = z.record(z.string(), z.string());

const nameOf = ({ namespace, name }: WorkloadRow): string => `${namespace}/${name}`;

/** `analytics/nightly-etl-20210530/spark-0123`: the run's object and the application's id, as far as they are known. */
function runKey(namespace: string, runName: string | null, appId: string | null, workload: string): string {
  const parts = [runName, appId].filter((part) => part !== null);
  return [namespace, ...(parts.length > 0 ? parts : [workload])].join('/');
}

function labelOf(text: string | null, label: string): string {
  const labels = text === null ? {} : (Labels.safeParse(JSON.parse(text)).data ?? {});
  return labels[label] ?? NO_LABEL;
}

function localDay(timeMs: number, zone: IANAZone): string {
  return new Date(timeMs + zone.offset(timeMs) * MINUTE_MS).toISOString().slice(0, 10);
}

/** The text is computed once per pod or workload, of which there are fewer than hours. */
function remembered<T>(make: (id: number) => T): (id: number) => T {
  const done = new Map<number, T>();
  return (id) => {
    const known = done.get(id);
    if (known !== undefined) return known;
    const made = make(id);
    done.set(id, made);
    return made;
  };
}

/** The view of this name over a store. */
export function openView(db: Db, id: ViewId, { label, timeZone }: ViewOptions): View {
  const workloads = new Map(workloadRows(db).map((row) => [row.id, row]));
  const pods = podNameReader(db);
  const podNamed = podIdReader(db);
  const zone = IANAZone.create(timeZone);

  const workloadKeyOf = remembered((workloadId) => {
    const workload = workloads.get(workloadId);
    if (!workload) return NO_WORK;
    if (id === 'namespace') return workload.namespace;
    if (id === 'family') return SPARK_KINDS.has(workload.kind) ? nameOf(workload) : NOT_SPARK;
    return `${workload.namespace}/${workload.kind}/${workload.name}`;
  });
  const podKeyOf = remembered((podId) => {
    const pod = pods(podId);
    if (!pod) return NO_WORK;
    if (id === 'label') return labelOf(pod.labels, label);
    return pod.role === null ? NOT_SPARK : runKey(pod.namespace, pod.runName, pod.appId, NOT_SPARK);
  });

  const byPod = id === 'run' || id === 'stage' || id === 'label';
  const byTimeOrNode = ({ hourMs, node }: NodeHour): string | undefined =>
    id === 'day' ? localDay(hourMs, zone) : id === 'node-group' ? nodeGroupName(node) : undefined;
  return {
    keyOf: ({ podId, workloadId }, hour) => byTimeOrNode(hour) ?? (byPod ? podKeyOf(podId) : workloadKeyOf(workloadId)),
    emptyKey: (hour) => byTimeOrNode(hour) ?? NO_WORK,
    claimKeys(namespace, mountedBy) {
      if (id === 'day') return undefined;
      if (id === 'namespace') return [namespace];
      if (id === 'node-group') return [VOLUMES];
      const mounting = mountedBy.map((pod) => podNamed(namespace, pod)).filter((pod) => pod !== undefined);
      const keys = new Set(mounting.map((pod) => (byPod ? podKeyOf(pod.id) : workloadKeyOf(pod.workloadId))));
      return keys.size > 0 ? [...keys] : [VOLUMES];
    },
  };
}
