import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import { type ListedKind, type ObjectKind, type PodPosture, SYSTEM_NAMESPACES } from '../../model/posture.js';
import type { Window } from '../../model/window.js';
import {
  clusterObjects,
  type LiveNode,
  type LivePod,
  listedKinds,
  liveNodes,
  livePods,
  type PostureWorkload,
  postureWorkloads,
  type StoredObject,
  workloadPostures,
} from '../../store/posture.js';
import { defineArtifact } from '../rule.js';

export interface RolePosture {
  /** driver or executor of a Spark application; empty for others. */
  role: string;
  posture: PodPosture;
}

/** A workload with what its pods are allowed, as the newest look at the cluster has it. */
export interface WorkloadPosture {
  row: PostureWorkload;
  subject: Subject;
  spark: boolean;
  /** The cluster's own. */
  system: boolean;
  /** Whether the newest look still found it. */
  there: boolean;
  roles: RolePosture[];
  /** Its pods that have not ended. */
  pods: LivePod[];
}

export interface Posture {
  workloads: WorkloadPosture[];
  pods: LivePod[];
  nodes: LiveNode[];
  objects<K extends ObjectKind>(kind: K): StoredObject<K>[];
  /** The first of these kinds that was not listed whole: what is missing of it means nothing. */
  notListed(cluster: string, ...kinds: ListedKind[]): ListedKind | undefined;
}

export function isSparkKind(kind: string): boolean {
  return kind === 'SparkApplication' || kind === 'ScheduledSparkApplication';
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** What surrounds workloads: their pods' rights, policies, quotas, as the API last told it. */
export const posture = defineArtifact<Posture>({
  id: 'posture',
  sources: ['kubernetes'],
  compute({ db }) {
    const listed = new Map(listedKinds(db).map((one) => [`${one.cluster}/${one.kind}`, one]));
    const pods = livePods(db);
    const podsOf = grouped(pods, (pod) => pod.workloadId);
    const rolesOf = grouped(workloadPostures(db), (one) => one.workloadId);
    const memo = new Map<ObjectKind, unknown>();
    return {
      pods,
      nodes: liveNodes(db),
      workloads: postureWorkloads(db).map((row) => ({
        row,
        subject: { kind: row.kind, cluster: row.cluster, namespace: row.namespace, name: row.name },
        spark: isSparkKind(row.kind),
        system: SYSTEM_NAMESPACES.has(row.namespace),
        there: row.lastSeenMs >= (listed.get(`${row.cluster}/Pod`)?.listedMs ?? 0),
        roles: rolesOf.get(row.id) ?? [],
        pods: podsOf.get(row.id) ?? [],
      })),
      objects<K extends ObjectKind>(kind: K): StoredObject<K>[] {
        const known = memo.get(kind) ?? clusterObjects(db, kind);
        memo.set(kind, known);
        return known as StoredObject<K>[];
      },
      notListed: (cluster, ...kinds) => kinds.find((kind) => !listed.get(`${cluster}/${kind}`)?.whole),
    };
  },
});

export function evidenceOf(window: Window) {
  return (metric: string, value: number | string | null, unit = '', samples = 1): Evidence => ({
    metric,
    value,
    unit,
    window,
    samples,
  });
}

/** Why a workload is not judged at all; undefined if it is. */
export function notJudged({ subject, system, there }: WorkloadPosture, what: string): Evaluation | undefined {
  if (system) return { state: 'not-applicable', subject, title: `${what}: a part of the cluster itself` };
  if (!there) return { state: 'not-applicable', subject, title: `${what}: it is no longer in the cluster` };
  return undefined;
}

/** `driver, container app` in front of what is said of a container. */
export function placeOf(role: string, container: string): string {
  return role ? `${role} container ${container}` : `container ${container}`;
}

/** `1 pod`, `2,000 pods`. */
export { formatCount as counted } from '../../reports/format.js';

export function listText(words: readonly string[], most = 5): string {
  const unique = [...new Set(words)];
  const rest = unique.length - most;
  return rest > 0 ? `${unique.slice(0, most).join(', ')} and ${rest} more` : unique.join(', ');
}
