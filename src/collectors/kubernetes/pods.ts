import type { PodPosture, PodScheduling } from '../../model/posture.js';
import type { ContainerKind, ContainerRecord, PodRecord } from '../../store/kubernetes.js';
import type { OwnerRef, Placement, PodFacts } from '../owners.js';
import { type Here, resourcesOf } from './map.js';
import { type Life, lifeOf } from './pod-life.js';
import { postureOf } from './pod-posture.js';
import { podScheduling } from './scheduling.js';
import type { Container, ContainerStatus, Metadata, Pod } from './schema.js';

const ENDED = new Set(['Succeeded', 'Failed']);

/** The owner that acts for the object: its controller, else the first named. */
export function ownerRefOf(metadata: Metadata): OwnerRef | undefined {
  const references = metadata.ownerReferences ?? [];
  const owner = references.find((reference) => reference.controller) ?? references[0];
  return (
    owner && {
      kind: owner.kind,
      name: owner.name,
      apiVersion: owner.apiVersion ?? undefined,
      uid: owner.uid ?? undefined,
    }
  );
}

/** What is kept of a pod until its owner is known. */
export interface PodSketch {
  facts: PodFacts;
  pod: Omit<PodRecord, 'workloadId' | 'role' | 'runName'>;
  containers: Omit<ContainerRecord, 'podId'>[];
  /** Claims that it mounts; empty once it has ended. */
  claims: string[];
  /** What it is allowed; null once it has ended. */
  posture: PodPosture | null;
  /** Where it may run; null once it has ended. */
  scheduling: PodScheduling | null;
  life: Life;
}

function containerRecord(container: Container, kind: ContainerKind, status: ContainerStatus | undefined) {
  const ended = status?.lastState?.terminated ?? status?.state?.terminated;
  return {
    name: container.name,
    kind,
    resourcesKnown: true,
    ...resourcesOf(container.resources),
    restarts: status?.restartCount ?? null,
    lastTerminationReason: ended?.reason ?? null,
    lastTerminatedMs: ended?.finishedAt ?? null,
  };
}

/** An init container that restarts always is a sidecar (Kubernetes 1.28). */
function containersOf({ spec, status }: Pod): Omit<ContainerRecord, 'podId'>[] {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const statusOf = (name: string) => statuses.find((candidate) => candidate.name === name);
  const init = (spec.initContainers ?? []).map((container) =>
    containerRecord(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init', statusOf(container.name)),
  );
  return [...spec.containers.map((c) => containerRecord(c, 'main', statusOf(c.name))), ...init];
}

function claimsOf({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${metadata.name}-${volume.name}`] : [];
  });
}

function finishedMs({ status }: Pod): number | null {
  if (!ENDED.has(status?.phase ?? '')) return null;
  const ends = (status?.containerStatuses ?? []).map((container) => container.state?.terminated?.finishedAt ?? 0);
  return Math.max(0, ...ends) || null;
}

/** Why a pod is not running, in the API's words. */
function troubleOf({ status }: Pod): { reason: string | null; message: string | null } {
  if (status?.reason) return { reason: status.reason, message: status.message ?? null };
  // DisruptionTarget: being evicted, preempted or deleted by a taint (Kubernetes 1.26).
  const found =
    status?.conditions?.find((c) => c.type === 'DisruptionTarget' && c.status === 'True') ??
    status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
  return { reason: found?.reason ?? null, message: found?.message ?? null };
}

export function sketchOf(pod: Pod, { cluster, nowMs }: Here): PodSketch {
  const { metadata, status } = pod;
  const labels = metadata.labels ?? {};
  const namespace = metadata.namespace ?? '';
  const containers = containersOf(pod);
  const createdMs = metadata.creationTimestamp ?? null;
  const ended = finishedMs(pod);
  return {
    facts: {
      namespace,
      name: metadata.name,
      owner: ownerRefOf(metadata),
      labels,
      containers: containers.map((container) => container.name),
    },
    pod: {
      cluster,
      namespace,
      name: metadata.name,
      uid: metadata.uid ?? null,
      sparkAppId: labels['spark-app-selector'] ?? null,
      sparkExecId: labels['spark-exec-id'] ?? null,
      node: pod.spec.nodeName || null,
      phase: status?.phase ?? null,
      ...troubleOf(pod),
      labels: JSON.stringify(labels),
      createdMs,
      finishedMs: ended,
      firstSeenMs: Math.min(createdMs ?? nowMs, nowMs),
      lastSeenMs: ended ?? nowMs,
    },
    containers,
    claims: ENDED.has(status?.phase ?? '') ? [] : claimsOf(pod),
    posture: ENDED.has(status?.phase ?? '') ? null : postureOf(pod.spec, labels),
    scheduling: ENDED.has(status?.phase ?? '') ? null : podScheduling(pod),
    life: lifeOf(pod),
  };
}

export function podRecord(sketch: PodSketch, placement: Placement, workloadId: number): PodRecord {
  return { ...sketch.pod, workloadId, role: placement.role, runName: placement.runName };
}
