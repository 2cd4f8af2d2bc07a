import type { z } from 'zod';
import type { Selector } from '../../model/posture.js';
import { parseQuantity } from '../../model/quantity.js';
import type {
  CapacityType,
  ClaimRecord,
  ContainerResources,
  NodeRecord,
  StorageClassRecord,
  VolumeRecord,
} from '../../store/kubernetes.js';
import type { SpotInterruption } from '../../store/spot-market.js';
import type { Claim, LabelSelector, Metadata, Node, Resources, StorageClass, Volume } from './schema.js';

/** What every row needs besides the object: whose it is and what time it is. */
export interface Here {
  cluster: string;
  nowMs: number;
}

type Labels = Readonly<Record<string, string>>;

/** Extended resources that are accelerators: whole GPUs, MIG slices, AWS Neuron. */
const GPU = /^(nvidia\.com\/(gpu|mig-)|amd\.com\/gpu|gpu\.intel\.com\/|aws\.amazon\.com\/neuron)/;

/** Labels that say how a node is bought: Karpenter, EKS, eksctl and kOps, Ocean, CAST AI, GKE, AKS. */
const CAPACITY_LABELS = [
  'karpenter.sh/capacity-type',
  'eks.amazonaws.com/capacityType',
  'node.kubernetes.io/lifecycle',
  'spotinst.io/node-lifecycle',
  'kubernetes.azure.com/scalesetpriority',
  'node-lifecycle',
  'lifecycle',
] as const;
const SPOT_FLAGS = [
  'aws.amazon.com/spot',
  'cloud.google.com/gke-spot',
  'cloud.google.com/gke-preemptible',
  'scheduling.cast.ai/spot',
] as const;
const SPOT_ROLE = 'node-role.kubernetes.io/spot-worker';
const GROUP_LABELS = [
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
  'eks.amazonaws.com/nodegroup',
  'alpha.eksctl.io/nodegroup-name',
  'kops.k8s.io/instancegroup',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
  'agentpool',
] as const;
const TYPE_LABELS = ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'] as const;
const ZONE_LABELS = [
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.ebs.csi.aws.com/zone',
] as const;
const REGION_LABELS = ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'] as const;
const ARCHITECTURE_LABELS = ['kubernetes.io/arch', 'beta.kubernetes.io/arch'] as const;

function first(labels: Labels, names: readonly string[]): string | null {
  for (const name of names) {
    const value = labels[name];
    if (value) return value;
  }
  return null;
}

export function capacityTypeOf(labels: Labels): CapacityType {
  if (SPOT_ROLE in labels || SPOT_FLAGS.some((name) => labels[name] === 'true')) return 'spot';
  const word = first(labels, CAPACITY_LABELS)?.toLowerCase().replaceAll(/[-_]/g, '');
  if (!word) return 'unknown';
  if (word.includes('spot') || word === 'preemptible') return 'spot';
  const onDemand = ['ondemand', 'normal', 'od', 'regular', 'reserved', 'capacityblock'];
  return onDemand.includes(word) ? 'on-demand' : 'unknown';
}

/** `aws:///us-east-1a/i-0abc` and the like of other clouds: the last part; Fargate has no instance. */
function instanceIdOf(providerId: string | null | undefined): string | null {
  const last = providerId?.split('/').at(-1);
  if (!last || last.startsWith('fargate-')) return null;
  return last;
}

export function selectorOf(selector: z.infer<typeof LabelSelector>): Selector {
  const expressions = selector?.matchExpressions ?? [];
  return {
    matchLabels: selector?.matchLabels ?? {},
    matchExpressions: expressions.map((one) => ({ ...one, values: one.values ?? [] })),
  };
}

function quantity(value: string | number | undefined): number | null {
  return parseQuantity(value) ?? null;
}

/** Bytes are whole; a quantity such as `1.5Gi` or `1500m` need not be. */
function bytes(value: string | number | undefined): number | null {
  const parsed = parseQuantity(value);
  return parsed === undefined ? null : Math.round(parsed);
}

function gpusOf(quantities: Record<string, string | number> | null | undefined): number | null {
  const found = Object.entries(quantities ?? {}).filter(([name]) => GPU.test(name));
  return found.length > 0 ? found.reduce((sum, [, value]) => sum + (parseQuantity(value) ?? 0), 0) : null;
}

export function resourcesOf(resources: Resources): ContainerResources {
  const { requests, limits } = resources ?? {};
  return {
    cpuRequestCores: quantity(requests?.cpu),
    cpuLimitCores: quantity(limits?.cpu),
    memoryRequestBytes: bytes(requests?.memory),
    memoryLimitBytes: bytes(limits?.memory),
    gpuRequest: gpusOf(requests) ?? gpusOf(limits),
  };
}

export function seenOf(metadata: Metadata, nowMs: number) {
  const createdMs = metadata.creationTimestamp ?? null;
  return { createdMs, firstSeenMs: Math.min(createdMs ?? nowMs, nowMs), lastSeenMs: nowMs };
}

export function nodeRecord(node: Node, { cluster, nowMs }: Here): NodeRecord {
  const labels = node.metadata.labels ?? {};
  const { capacity, allocatable } = node.status ?? {};
  const zone = first(labels, ZONE_LABELS);
  return {
    cluster,
    name: node.metadata.name,
    instanceId: instanceIdOf(node.spec?.providerID),
    instanceType: first(labels, TYPE_LABELS),
    region: first(labels, REGION_LABELS),
    zone,
    capacityType: capacityTypeOf(labels),
    nodeGroup: first(labels, GROUP_LABELS),
    architecture: first(labels, ARCHITECTURE_LABELS),
    cpuCapacityCores: quantity(capacity?.cpu),
    cpuAllocatableCores: quantity(allocatable?.cpu),
    memoryCapacityBytes: bytes(capacity?.memory),
    memoryAllocatableBytes: bytes(allocatable?.memory),
    gpuCount: gpusOf(capacity) ?? 0,
    labels: JSON.stringify(labels),
    taints: JSON.stringify(node.spec?.taints ?? []),
    ...seenOf(node.metadata, nowMs),
  };
}

/** Taint of a node that AWS is about to take back (AWS Node Termination Handler). */
const TAKEN_BACK_TAINT = 'aws-node-termination-handler/spot-itn';

/** Undefined unless the node says that it is taken back. */
export function nodeInterruption(node: Node, record: NodeRecord, nowMs: number): SpotInterruption | undefined {
  const taint = node.spec?.taints?.find(({ key }) => key === TAKEN_BACK_TAINT);
  const { region, zone, instanceType, instanceId, name } = record;
  if (!taint || !region || !zone || !instanceType) return undefined;
  return { region, zone, instanceType, machine: instanceId ?? name, atMs: nowMs, reason: `taint ${taint.key}` };
}

/** `vol-…` of the EBS driver, or of the old in-tree one (`aws://us-east-1a/vol-…`). */
function volumeHandle({ csi, awsElasticBlockStore }: Volume['spec']): string | null {
  if (csi?.driver === 'ebs.csi.aws.com') return csi.volumeHandle;
  return awsElasticBlockStore?.volumeID.split('/').at(-1) ?? null;
}

function volumeZone(volume: Volume): string | null {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const zones: readonly string[] = ZONE_LABELS;
  const values = terms
    .flatMap((term) => term.matchExpressions ?? [])
    .filter((expression) => expression.operator === 'In' && zones.includes(expression.key))
    .flatMap((expression) => expression.values ?? []);
  return values[0] ?? first(volume.metadata.labels ?? {}, ZONE_LABELS);
}

export function volumeRecord(volume: Volume, { cluster, nowMs }: Here): VolumeRecord {
  const { spec } = volume;
  return {
    cluster,
    name: volume.metadata.name,
    phase: volume.status?.phase ?? 'Unknown',
    capacityBytes: bytes(spec.capacity?.storage),
    storageClass: spec.storageClassName || null,
    handle: volumeHandle(spec),
    claimNamespace: spec.claimRef?.namespace ?? null,
    claimName: spec.claimRef?.name ?? null,
    zone: volumeZone(volume),
    ...seenOf(volume.metadata, nowMs),
  };
}

export function claimRecord(claim: Claim, { cluster, nowMs }: Here): ClaimRecord {
  return {
    cluster,
    namespace: claim.metadata.namespace ?? '',
    name: claim.metadata.name,
    phase: claim.status?.phase ?? null,
    volume: claim.spec.volumeName || null,
    storageClass: claim.spec.storageClassName || null,
    requestBytes: bytes(claim.spec.resources?.requests?.storage),
    ...seenOf(claim.metadata, nowMs),
  };
}

/** The EBS volume type that a class gives: `type`, or gp2 for the old in-tree driver and gp3 for the CSI one. */
export function storageClassRecord(storageClass: StorageClass, { cluster }: Here): StorageClassRecord {
  const fallback: Record<string, string> = { 'ebs.csi.aws.com': 'gp3', 'kubernetes.io/aws-ebs': 'gp2' };
  const { provisioner } = storageClass;
  return {
    cluster,
    name: storageClass.metadata.name,
    provisioner,
    volumeType: provisioner in fallback ? (storageClass.parameters?.type ?? fallback[provisioner] ?? null) : null,
    reclaimPolicy: storageClass.reclaimPolicy ?? null,
    allowExpansion: storageClass.allowVolumeExpansion ?? null,
  };
}
