import { z } from 'zod';

// How a cluster is set up around its workloads, in the parts that rules look at. The same shapes come from the
// collector and from the store; none of them holds a secret's value.

const texts = z.record(z.string(), z.string());

/** Kubernetes' LabelSelector. Without any requirement it selects everything. */
export const Selector = z.object({
  matchLabels: texts.default({}),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});
export type Selector = z.infer<typeof Selector>;

const Target = z.object({ kind: z.string(), name: z.string() });

/** A metric of an autoscaler: `target` in per cent of the request, for resources measured that way. */
const Metric = z.object({
  type: z.string(),
  resource: z.string().nullable(),
  container: z.string().nullable(),
  utilizationPercent: z.number().nullable(),
});

const Rights = z.array(
  z.object({ groups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
);
const Binding = z.object({
  role: Target,
  subjects: z.array(z.object({ kind: z.string(), namespace: z.string().nullable(), name: z.string() })),
});
const quantities = z.record(z.string(), z.number());

const Requirement = z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) });
export type Requirement = z.infer<typeof Requirement>;

/** Where a pod may run, in the parts of its spec that keep it off nodes. */
const PodScheduling = z.object({
  nodeSelector: texts,
  /** Required node affinity: one of these terms, each with all of its requirements. */
  nodeTerms: z.array(z.array(Requirement)),
  tolerations: z.array(
    z.object({
      key: z.string().nullable(),
      operator: z.string(),
      value: z.string().nullable(),
      effect: z.string().nullable(),
    }),
  ),
  /** Required anti-affinity: no pod that it selects within the same topology. */
  apartFrom: z.array(z.object({ selector: Selector, topologyKey: z.string() })),
  hostPorts: z.array(z.number()),
  claims: z.array(z.string()),
  /** Whether something will make it again elsewhere. */
  controlled: z.boolean(),
  /** Asks Karpenter or the cluster autoscaler to leave it alone. */
  doNotDisrupt: z.boolean(),
  /** Of all resources that nodes count one by one (`nvidia.com/gpu`), other than CPU, memory and disk. */
  extended: z.record(z.string(), z.number()),
});
export type PodScheduling = z.infer<typeof PodScheduling>;

/** The kept spec of each kind of object. */
export const OBJECT_SPECS = {
  HorizontalPodAutoscaler: z.object({
    target: Target,
    minReplicas: z.number(),
    maxReplicas: z.number(),
    metrics: z.array(Metric),
  }),
  PodDisruptionBudget: z.object({
    selector: Selector.nullable(),
    /** How many of its pods may be evicted now; null: not told. */
    disruptionsAllowed: z.number().nullable().default(null),
  }),
  NetworkPolicy: z.object({ selector: Selector }),
  ResourceQuota: z.object({ hard: quantities, used: quantities }),
  LimitRange: z.object({ defaultRequests: texts, defaults: texts }),
  Service: z.object({ selector: texts }),
  ServiceAccount: z.object({ automount: z.boolean().nullable() }),
  Namespace: z.object({ phase: z.string().nullable() }),
  Role: z.object({ rights: Rights }),
  ClusterRole: z.object({ rights: Rights }),
  RoleBinding: Binding,
  ClusterRoleBinding: Binding,
  Pod: PodScheduling,
  Node: z.object({
    doNotDisrupt: z.boolean(),
    maxPods: z.number().nullable(),
    /** Allocatable resources that are counted one by one (`nvidia.com/gpu`). */
    extended: z.record(z.string(), z.number()),
  }),
  VulnerabilityReport: z.object({
    /** The workload that the scanned pods belong to, as the scanner names it (a ReplicaSet for a Deployment). */
    owner: Target,
    container: z.string(),
    image: z.string(),
    critical: z.number(),
    high: z.number(),
    /** Ids of critical findings that have a fix, a few of them. */
    fixable: z.array(z.string()),
    scannedMs: z.number().nullable(),
  }),
  VolumeSnapshot: z.object({ claim: z.string().nullable(), ready: z.boolean(), takenMs: z.number().nullable() }),
} as const;
export type ObjectKind = keyof typeof OBJECT_SPECS;
export type ObjectSpec<K extends ObjectKind> = z.infer<(typeof OBJECT_SPECS)[K]>;

/** Every kind whose list is noted: where it was not listed whole, what is missing means nothing. */
export type ListedKind = ObjectKind | 'PersistentVolumeClaim';

/** How large the heap of a container's JVM may grow: a size, or per cent of the container's memory. */
const JvmHeap = z.object({ bytes: z.number().nullable(), percent: z.number().nullable() });
export type JvmHeap = z.infer<typeof JvmHeap>;

const ContainerPosture = z.object({
  name: z.string(),
  image: z.string().nullable(),
  init: z.boolean(),
  privileged: z.boolean(),
  /** The container's own or its pod's; null: the image decides. */
  runAsUser: z.number().nullable(),
  runAsNonRoot: z.boolean().nullable(),
  /** Names of variables that say secret and hold a literal. The values are never kept. */
  secretEnv: z.array(z.string()),
  hasCpuRequest: z.boolean(),
  hasMemoryRequest: z.boolean(),
  /** Where its variables or arguments say so. */
  jvmHeap: JvmHeap.optional(),
});
export type ContainerPosture = z.infer<typeof ContainerPosture>;

/** What a pod is allowed and made of. */
export const PodPosture = z.object({
  labels: texts,
  serviceAccount: z.string(),
  automount: z.boolean().nullable(),
  hostNetwork: z.boolean(),
  hostPID: z.boolean(),
  hostIPC: z.boolean(),
  hostPaths: z.array(z.string()),
  /** Whether it mounts a claim, its own or by the StatefulSet's templates. */
  holdsVolume: z.boolean(),
  containers: z.array(ContainerPosture),
});
export type PodPosture = z.infer<typeof PodPosture>;

/** Whether labels satisfy a selector (k8s.io/apimachinery labels.Selector). */
export function selects(
  { matchLabels, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const byLabel = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    byLabel &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return value !== undefined && values.includes(value);
    })
  );
}

/** What stands for a literal secret in the spec of a SparkApplication. */
export const REDACTED = '***redacted***';

/** The cluster's own namespaces, which no rule judges. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);
