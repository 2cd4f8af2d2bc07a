import type { z } from 'zod';
import type { ContainerPosture, PodPosture } from '../../model/posture.js';
import { jvmHeapOf } from './jvm.js';
import { type Container, type PodSpec, SparkPods, type SparkRole } from './schema.js';
import { isSecretLiteral } from './secrets.js';

type Labels = Readonly<Record<string, string>>;

function containerPosture(container: Container, init: boolean, spec: Partial<PodSpec>): ContainerPosture {
  const [own, pods] = [container.securityContext, spec.securityContext];
  const { requests, limits } = container.resources ?? {};
  return {
    name: container.name,
    image: container.image ?? null,
    init,
    privileged: own?.privileged ?? false,
    runAsUser: own?.runAsUser ?? pods?.runAsUser ?? null,
    runAsNonRoot: own?.runAsNonRoot ?? pods?.runAsNonRoot ?? null,
    secretEnv: (container.env ?? [])
      .filter(({ name, value, valueFrom }) => !valueFrom && isSecretLiteral(name, value))
      .map(({ name }) => name),
    // A limit alone is the request as well (Kubernetes' defaulting).
    hasCpuRequest: (requests?.cpu ?? limits?.cpu) !== undefined,
    hasMemoryRequest: (requests?.memory ?? limits?.memory) !== undefined,
    jvmHeap: jvmHeapOf(container),
  };
}

/** What a pod of this spec is allowed and made of. `ownClaims`: a StatefulSet gives each pod its own. */
export function postureOf(spec: Partial<PodSpec>, labels: Labels, ownClaims = false): PodPosture {
  const volumes = spec.volumes ?? [];
  return {
    labels: { ...labels },
    serviceAccount: spec.serviceAccountName || 'default',
    automount: spec.automountServiceAccountToken ?? null,
    hostNetwork: spec.hostNetwork ?? false,
    hostPID: spec.hostPID ?? false,
    hostIPC: spec.hostIPC ?? false,
    hostPaths: volumes.flatMap(({ hostPath }) => (hostPath ? [hostPath.path] : [])),
    holdsVolume: ownClaims || volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim),
    containers: [
      ...(spec.containers ?? []).map((container) => containerPosture(container, false, spec)),
      ...(spec.initContainers ?? []).map((container) => containerPosture(container, true, spec)),
    ],
  };
}

type Role = 'driver' | 'executor';

function confText(conf: Readonly<Record<string, unknown>> | null | undefined, ...keys: string[]): string | undefined {
  return keys.map((key) => conf?.[key]).find((value) => typeof value === 'string');
}

/** The container that Spark runs in, as the operator makes it of a role. */
function sparkContainer(role: Role, part: z.infer<typeof SparkRole>, pods: z.infer<typeof SparkPods>): Container {
  const template = part.template?.spec ?? part.podTemplateSpec?.spec;
  const name = `spark-kubernetes-${role}`;
  const own = template?.containers?.find((container) => container.name === name) ?? template?.containers?.[0];
  const images = [`spark.kubernetes.${role}.container.image`, 'spark.kubernetes.container.image'];
  return {
    name,
    image: part.image ?? pods.image ?? own?.image ?? confText(pods.sparkConf, ...images),
    restartPolicy: undefined,
    // Spark always asks for cores and memory.
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: undefined },
    env: [
      ...(part.env ?? []),
      ...Object.entries(part.envVars ?? {}).map(([variable, value]) => ({ name: variable, value })),
      ...(own?.env ?? []),
    ],
    securityContext: part.securityContext ?? own?.securityContext,
  };
}

function sparkPosture(role: Role, pods: z.infer<typeof SparkPods>): PodPosture {
  const part = pods[role] ?? pods[`${role}Spec`] ?? {};
  const template = part.template?.spec ?? part.podTemplateSpec?.spec ?? {};
  const main = sparkContainer(role, part, pods);
  const mounted = new Set((part.volumeMounts ?? []).map(({ name }) => name));
  const account = `spark.kubernetes.authenticate.${role}.serviceAccountName`;
  const both = confText(pods.sparkConf, account, 'spark.kubernetes.authenticate.serviceAccountName');
  const spec: Partial<PodSpec> = {
    ...template,
    containers: [main, ...(part.sidecars ?? []), ...(template.containers ?? []).slice(1)],
    initContainers: [...(part.initContainers ?? []), ...(template.initContainers ?? [])],
    serviceAccountName: part.serviceAccount ?? template.serviceAccountName ?? both,
    hostNetwork: part.hostNetwork ?? template.hostNetwork,
    securityContext: part.podSecurityContext ?? template.securityContext,
    volumes: [...(pods.volumes ?? []).filter(({ name }) => mounted.has(name)), ...(template.volumes ?? [])],
  };
  return postureOf(spec, part.labels ?? part.template?.metadata?.labels ?? {});
}

/** What the pods of an application are allowed, as its spec says; nothing if the spec has an unknown form. */
export function sparkPostures(spec: unknown): { role: Role; posture: PodPosture }[] {
  const pods = SparkPods.safeParse(spec);
  if (!pods.success) return [];
  return (['driver', 'executor'] as const).map((role) => ({ role, posture: sparkPosture(role, pods.data) }));
}
