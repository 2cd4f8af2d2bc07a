import { z } from 'zod';

// What we take from the API's objects: only the fields that are used, and nothing is refused for having more.

/** The client gives dates as Date for typed objects and as text for custom ones. */
export const time = z
  .union([z.date(), z.string()])
  .transform((value) => new Date(value).getTime())
  .refine((value) => Number.isFinite(value), 'expected a time');
const text = z.string().nullish();
const quantities = z.record(z.string(), z.union([z.string(), z.number()])).nullish();
const strings = z.record(z.string(), z.string()).nullish();

export const LabelSelector = z
  .object({
    matchLabels: strings,
    matchExpressions: z
      .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
      .nullish(),
  })
  .nullish();

export const Metadata = z.object({
  name: z.string(),
  namespace: z.string().nullish(),
  uid: text,
  generateName: text,
  creationTimestamp: time.nullish(),
  deletionTimestamp: time.nullish(),
  labels: strings,
  annotations: strings,
  ownerReferences: z
    .array(
      z.object({ kind: z.string(), name: z.string(), apiVersion: text, uid: text, controller: z.boolean().nullish() }),
    )
    .nullish(),
});
export type Metadata = z.infer<typeof Metadata>;

const Resources = z.object({ requests: quantities, limits: quantities }).nullish();
export type Resources = z.infer<typeof Resources>;

const flag = z.boolean().nullish();
const SecurityContext = z.object({ runAsUser: z.number().nullish(), runAsNonRoot: flag, privileged: flag }).nullish();
const Env = z.array(z.object({ name: z.string(), value: text, valueFrom: z.unknown().optional() })).nullish();

const Container = z.object({
  name: z.string(),
  image: text,
  restartPolicy: text,
  resources: Resources,
  env: Env,
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  ports: z.array(z.object({ hostPort: z.number().nullish() })).nullish(),
  securityContext: SecurityContext,
});
export type Container = z.infer<typeof Container>;

const Terminated = z
  .object({
    reason: text,
    message: text,
    exitCode: z.number().nullish(),
    startedAt: time.nullish(),
    finishedAt: time.nullish(),
  })
  .nullish();
const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number().nullish(),
  state: z
    .object({
      terminated: Terminated,
      running: z.object({ startedAt: time.nullish() }).nullish(),
      waiting: z.object({ reason: text, message: text }).nullish(),
    })
    .nullish(),
  lastState: z.object({ terminated: Terminated }).nullish(),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

const Requirements = z
  .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
  .nullish();
const Affinity = z
  .object({
    nodeAffinity: z
      .object({
        requiredDuringSchedulingIgnoredDuringExecution: z
          .object({
            nodeSelectorTerms: z
              .array(z.object({ matchExpressions: Requirements, matchFields: Requirements }))
              .nullish(),
          })
          .nullish(),
      })
      .nullish(),
    podAntiAffinity: z
      .object({
        requiredDuringSchedulingIgnoredDuringExecution: z
          .array(z.object({ labelSelector: LabelSelector, topologyKey: z.string() }))
          .nullish(),
      })
      .nullish(),
  })
  .nullish();

const PodSpec = z.object({
  nodeName: text,
  nodeSelector: strings,
  affinity: Affinity,
  tolerations: z.array(z.object({ key: text, operator: text, value: text, effect: text })).nullish(),
  containers: z.array(Container),
  initContainers: z.array(Container).nullish(),
  serviceAccountName: text,
  automountServiceAccountToken: flag,
  hostNetwork: flag,
  hostPID: flag,
  hostIPC: flag,
  securityContext: SecurityContext,
  volumes: z
    .array(
      z.object({
        name: z.string(),
        persistentVolumeClaim: z.object({ claimName: z.string() }).nullish(),
        ephemeral: z.unknown().optional(),
        hostPath: z.object({ path: z.string() }).nullish(),
      }),
    )
    .nullish(),
});
export type PodSpec = z.infer<typeof PodSpec>;

const PodTemplate = z.object({ metadata: z.object({ labels: strings }).nullish(), spec: PodSpec.nullish() }).nullish();

export const Pod = z.object({
  metadata: Metadata,
  spec: PodSpec,
  status: z
    .object({
      phase: text,
      reason: text,
      message: text,
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: text,
            message: text,
            lastTransitionTime: time.nullish(),
          }),
        )
        .nullish(),
      containerStatuses: z.array(ContainerStatus).nullish(),
      initContainerStatuses: z.array(ContainerStatus).nullish(),
    })
    .nullish(),
});
export type Pod = z.infer<typeof Pod>;

export const Node = z.object({
  metadata: Metadata,
  spec: z
    .object({
      providerID: text,
      taints: z.array(z.object({ key: z.string(), value: text, effect: z.string() })).nullish(),
    })
    .nullish(),
  status: z.object({ capacity: quantities, allocatable: quantities }).nullish(),
});
export type Node = z.infer<typeof Node>;

/** Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob: what they have in common. */
export const Controller = z.object({
  metadata: Metadata,
  spec: z
    .object({
      replicas: z.number().nullish(),
      schedule: text,
      template: PodTemplate,
      jobTemplate: z.object({ spec: z.object({ template: PodTemplate }).nullish() }).nullish(),
      volumeClaimTemplates: z.array(z.unknown()).nullish(),
    })
    .nullish(),
  status: z
    .object({
      completionTime: time.nullish(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    })
    .nullish(),
});
export type Controller = z.infer<typeof Controller>;

const NodeTerms = z.object({
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .nullish(),
});
export const Volume = z.object({
  metadata: Metadata,
  spec: z.object({
    capacity: quantities,
    storageClassName: text,
    claimRef: z.object({ namespace: text, name: text }).nullish(),
    csi: z.object({ driver: z.string(), volumeHandle: z.string() }).nullish(),
    awsElasticBlockStore: z.object({ volumeID: z.string() }).nullish(),
    nodeAffinity: z
      .object({ required: z.object({ nodeSelectorTerms: z.array(NodeTerms).nullish() }).nullish() })
      .nullish(),
  }),
  status: z.object({ phase: text }).nullish(),
});
export type Volume = z.infer<typeof Volume>;

export const Claim = z.object({
  metadata: Metadata,
  spec: z.object({ volumeName: text, storageClassName: text, resources: Resources }),
  status: z.object({ phase: text }).nullish(),
});
export type Claim = z.infer<typeof Claim>;

export const StorageClass = z.object({
  metadata: Metadata,
  provisioner: z.string(),
  parameters: strings,
  reclaimPolicy: text,
  allowVolumeExpansion: z.boolean().nullish(),
});
export type StorageClass = z.infer<typeof StorageClass>;

const object = z.record(z.string(), z.unknown());
const Transition = z.object({ currentStateSummary: text, lastTransitionTime: text });

/** Both operators' SparkApplication: Kubeflow's status has applicationState, Apache's has currentState. */
export const SparkApplication = z.object({
  metadata: Metadata,
  spec: object,
  status: z
    .object({
      sparkApplicationId: text,
      lastSubmissionAttemptTime: text,
      terminationTime: text,
      applicationState: z.object({ state: z.string() }).nullish(),
      currentState: Transition.nullish(),
      stateTransitionHistory: z.record(z.string(), Transition).nullish(),
    })
    .nullish(),
});
export type SparkApplication = z.infer<typeof SparkApplication>;

/** The parts of a role that say what its pods are allowed: Kubeflow's `driver`, or Apache's `driverSpec`. */
export const SparkRole = z.object({
  image: text,
  serviceAccount: text,
  hostNetwork: flag,
  labels: strings,
  env: Env,
  envVars: strings,
  securityContext: SecurityContext,
  podSecurityContext: SecurityContext,
  volumeMounts: z.array(z.object({ name: z.string() })).nullish(),
  sidecars: z.array(Container).nullish(),
  initContainers: z.array(Container).nullish(),
  template: z
    .object({ metadata: z.object({ labels: strings }).nullish(), spec: PodSpec.partial().nullish() })
    .nullish(),
  podTemplateSpec: z.object({ spec: PodSpec.partial().nullish() }).nullish(),
});
export const SparkPods = z.object({
  image: text,
  sparkConf: z.record(z.string(), z.unknown()).nullish(),
  volumes: PodSpec.shape.volumes,
  driver: SparkRole.nullish(),
  executor: SparkRole.nullish(),
  driverSpec: SparkRole.nullish(),
  executorSpec: SparkRole.nullish(),
});

export const ScheduledSparkApplication = z.object({
  metadata: Metadata,
  spec: z.object({
    schedule: text,
    timeZone: text,
    suspend: z.boolean().nullish(),
    concurrencyPolicy: text,
    template: object.nullish(),
  }),
});
export type ScheduledSparkApplication = z.infer<typeof ScheduledSparkApplication>;

/** The error that the API server sends in a response's body. */
export const Status = z.object({ message: z.string(), reason: text });

export const ListPage = z.object({
  items: z.array(z.unknown()),
  metadata: z.object({ _continue: text, continue: text }).nullish(),
});

/** An event of the core API; the newer fields stand in where the older ones are empty. */
export const Event = z.object({
  metadata: Metadata,
  involvedObject: z.object({ kind: text, namespace: text, name: text }),
  reason: text,
  message: text,
  count: z.number().nullish(),
  firstTimestamp: time.nullish(),
  lastTimestamp: time.nullish(),
  eventTime: time.nullish(),
  // The scheduler's events (events.k8s.io) have their repetitions here and no count or timestamps of the older kind.
  series: z.object({ count: z.number().nullish(), lastObservedTime: time.nullish() }).nullish(),
});

/** An object of a kind that we know nothing of: who it is and who owns it. */
export const Anything = z.object({ metadata: Metadata });

/** What a version of an API group holds (`/apis/<group>/<version>`). */
export const ApiResources = z.object({
  resources: z.array(z.object({ kind: z.string(), name: z.string(), namespaced: z.boolean() })),
});
