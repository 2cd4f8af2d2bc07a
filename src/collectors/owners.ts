import { applicationOfPod, familyOf, isRunOf } from '../model/family.js';
import type { Role } from '../store/kubernetes.js';

export interface OwnerRef {
  kind: string;
  name: string;
  /** Only the API tells these two: `apps/v1`, and what tells an object from its namesakes before and after it. */
  apiVersion?: string | undefined;
  uid?: string | undefined;
}

/** What the search for a pod's top owner looks at; the API and the history of metrics both give it. */
export interface PodFacts {
  namespace: string;
  name: string;
  owner: OwnerRef | undefined;
  labels: Readonly<Record<string, string>>;
  containers: readonly string[];
}

/** Which workload a pod belongs to, and as what. */
export interface Placement {
  kind: string;
  name: string;
  apiVersion?: string;
  role: Role | null;
  /** The SparkApplication, for pods of one. */
  runName: string | null;
}

/** Names that Spark (spark-kubernetes-*, spark-role) and the operators (the app-name labels) give. */
const LABEL = {
  role: 'spark-role',
  appName: 'spark-app-name',
  operatorApp: ['sparkoperator.k8s.io/app-name', 'spark.operator/spark-app-name'],
  schedule: 'sparkoperator.k8s.io/scheduled-app-name',
  /** Of EMR on EKS: a job run, which Kubernetes knows as a Job of that name at most. */
  emrRun: 'emr-containers.amazonaws.com/job.id',
} as const;

/** Deeper chains do not exist; a loop of owners would. */
const MAX_DEPTH = 10;

/** Groups whose kinds are listed anyhow, or of which nothing has an owner; the core group has no name. */
const LISTED_GROUPS: ReadonlySet<string> = new Set(['apps', 'batch', 'sparkoperator.k8s.io', 'spark.apache.org']);

interface Known {
  uid: string | undefined;
  owner: OwnerRef | undefined;
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** Who owns whom. Names are given again, uids never: an owner that is named with its uid is that very object. */
export class OwnerIndex {
  readonly #byUid = new Map<string, Known>();
  readonly #byName = new Map<string, Known>();
  readonly #schedules = new Map<string, Set<string>>();
  readonly #scheduleOf = new Map<string, string>();
  readonly #generatedFrom = new Map<string, string>();

  /** Notes an object and who owns it, if anybody does. */
  setOwner(kind: string, namespace: string, name: string, owner: OwnerRef | undefined, uid?: string | null): void {
    const known = { uid: uid ?? undefined, owner };
    this.#byName.set(keyOf(kind, namespace, name), known);
    if (uid) this.#byUid.set(uid, known);
  }

  #find(namespace: string, { kind, name, uid }: OwnerRef): Known | undefined {
    const same = uid === undefined ? undefined : this.#byUid.get(uid);
    if (same) return same;
    const namesake = this.#byName.get(keyOf(kind, namespace, name));
    return uid === undefined || namesake?.uid === undefined ? namesake : undefined;
  }

  /** Whether this object was noted. */
  knows(namespace: string, ref: OwnerRef): boolean {
    return this.#find(namespace, ref) !== undefined;
  }

  ownerOf(namespace: string, ref: OwnerRef): OwnerRef | undefined {
    return this.#find(namespace, ref)?.owner;
  }

  /** The owner at which a pod's way up ends because nobody has listed its kind; undefined if it ends nowhere else. */
  unlistedOwner({ namespace, owner }: PodFacts): OwnerRef | undefined {
    if (!owner || owner.kind === 'Node') return undefined;
    const top = this.#top(namespace, owner);
    const [group, version] = top.apiVersion?.split('/') ?? [];
    const isCustom = version !== undefined && group !== undefined && !LISTED_GROUPS.has(group);
    return isCustom && !this.knows(namespace, top) ? top : undefined;
  }

  addSchedule(namespace: string, name: string): void {
    const names = this.#schedules.get(namespace) ?? new Set();
    this.#schedules.set(namespace, names.add(name));
  }

  addApplication(
    namespace: string,
    name: string,
    facts: { schedule?: string | undefined; generateName?: string | undefined },
  ): void {
    if (facts.schedule) this.#scheduleOf.set(`${namespace}/${name}`, facts.schedule);
    if (facts.generateName) this.#generatedFrom.set(`${namespace}/${name}`, facts.generateName);
  }

  /** The workload that a SparkApplication is a run of: its schedule, else its family. */
  workloadOfApplication(namespace: string, name: string, schedule?: string): OwnerRef {
    const owner = this.ownerOf(namespace, { kind: 'SparkApplication', name });
    const scheduled =
      (owner?.kind === 'ScheduledSparkApplication' ? owner.name : undefined) ??
      schedule ??
      this.#scheduleOf.get(`${namespace}/${name}`) ??
      [...(this.#schedules.get(namespace) ?? [])].find((candidate) => isRunOf(name, candidate));
    if (scheduled) return { kind: 'ScheduledSparkApplication', name: scheduled };
    if (owner) return owner;
    return { kind: 'SparkApplication', name: familyOf(name, this.#generatedFrom.get(`${namespace}/${name}`)) };
  }

  /** The topmost owner; a kind nobody knows keeps its kind and name. */
  #top(namespace: string, owner: OwnerRef): OwnerRef {
    let top = owner;
    for (let depth = 0; depth < MAX_DEPTH && top.kind !== 'SparkApplication'; depth++) {
      const next = this.ownerOf(namespace, top);
      if (!next || next.kind === 'Node') return top;
      top = next;
    }
    return top;
  }

  /** Traces a pod to what a person can edit. */
  place(pod: PodFacts): Placement {
    const role = roleOf(pod);
    const schedule = pod.labels[LABEL.schedule];
    const top = pod.owner && pod.owner.kind !== 'Node' ? this.#top(pod.namespace, pod.owner) : undefined;
    const isBare = !top || top.kind === 'Pod';
    const application = top?.kind === 'SparkApplication' ? top.name : isBare ? operatorApplication(pod) : undefined;
    if (application) {
      const { kind, name } = this.workloadOfApplication(pod.namespace, application, schedule);
      return { kind, name, role, runName: application };
    }
    const emrRun = role && pod.labels[LABEL.emrRun];
    if (emrRun) {
      const name = familyOf(pod.labels[LABEL.appName] ?? emrRun);
      return { kind: 'SparkApplication', name, role, runName: emrRun };
    }
    if (!isBare && !role) {
      const { kind, name, apiVersion } = top;
      return { kind, name, ...(apiVersion ? { apiVersion } : {}), role, runName: null };
    }
    if (!role) return { kind: 'Pod', name: top?.name ?? pod.name, role, runName: null };
    // Submitted from a notebook, a task or a Job: what a person can edit is Spark's configuration, not that.
    const label: string | undefined = pod.labels[LABEL.appName];
    const family = familyOf(label ?? applicationOfPod((isBare ? top?.name : undefined) ?? pod.name));
    const { kind, name } = this.workloadOfApplication(pod.namespace, family, schedule);
    return { kind, name, role, runName: null };
  }
}

function operatorApplication(pod: PodFacts): string | undefined {
  return LABEL.operatorApp.map((label) => pod.labels[label]).find((name) => name);
}

/** The label says it; Spark's own container names say it where only metrics are left. */
function roleOf(pod: PodFacts): Role | null {
  const label = pod.labels[LABEL.role];
  if (label === 'driver' || label === 'executor') return label;
  if (pod.containers.includes('spark-kubernetes-driver')) return 'driver';
  if (pod.containers.includes('spark-kubernetes-executor')) return 'executor';
  return null;
}
