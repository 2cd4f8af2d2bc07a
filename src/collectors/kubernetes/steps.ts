import type { z } from 'zod';
import type { ObjectKey } from '../../store/kubernetes-write.js';
import {
  clearMounts,
  putClaim,
  putContainer,
  putNode,
  putPod,
  putRun,
  putStorageClass,
  putVolume,
  putWorkload,
  setMounts,
} from '../../store/kubernetes-write.js';
import type { Db } from '../../store/open.js';
import { putPodLife } from '../../store/pod-life.js';
import { putObject, putPosture } from '../../store/posture-write.js';
import { putInterruption } from '../../store/spot-market.js';
import type { OwnerIndex, OwnerRef, Placement } from '../owners.js';
import {
  claimRecord,
  type Here,
  nodeInterruption,
  nodeRecord,
  seenOf,
  storageClassRecord,
  volumeRecord,
} from './map.js';
import { postureOf, sparkPostures } from './pod-posture.js';
import { ownerRefOf, type PodSketch, podRecord, sketchOf } from './pods.js';
import { nodeHold } from './scheduling.js';
import * as schema from './schema.js';
import { runRecord, scheduleSpec, sparkSpec } from './spark.js';

/** What the steps of one collection share. */
export interface Steps {
  db: Db;
  here: Here;
  owners: OwnerIndex;
  /** Creation of the newest application of each family, whose spec is the family's. */
  newest: Map<string, number>;
  /** Pods whose owner is a pod that no page has shown yet. */
  waiting: PodSketch[];
  workloadIds: Map<string, number>;
  /** What could not be read, by kind. */
  unreadable: Map<string, { count: number; why: string }>;
  mounts: Map<string, { claim: ObjectKey; pods: string[] }>;
  /** Names of what was read: a list that began again counts once. */
  seen: Record<'nodes' | 'pods' | 'claims' | 'volumes' | 'runs', Set<string>>;
}

/** The objects of a page that have the fields we need; others are counted, named once and left out. */
export function* parsed<S extends z.ZodType>(
  steps: Steps,
  shape: S,
  items: unknown[],
  what: string,
): Generator<z.infer<S>> {
  for (const item of items) {
    const result = shape.safeParse(item);
    if (result.success) {
      yield result.data;
      continue;
    }
    const [issue] = result.error.issues;
    const known = steps.unreadable.get(what);
    steps.unreadable.set(what, { count: (known?.count ?? 0) + 1, why: `${issue?.path.join('.')}: ${issue?.message}` });
  }
}

function keyOf({ namespace, name }: schema.Metadata): string {
  return `${namespace ?? ''}/${name}`;
}

export function nodePage(steps: Steps, items: unknown[]): void {
  const { db, here, seen } = steps;
  for (const object of parsed(steps, schema.Node, items, 'a node')) {
    const record = nodeRecord(object, here);
    putNode(db, record);
    const interruption = nodeInterruption(object, record, here.nowMs);
    if (interruption) putInterruption(db, interruption);
    const { name, labels } = object.metadata;
    putObject(db, {
      ...here,
      kind: 'Node',
      namespace: '',
      name,
      labels: labels ?? {},
      spec: nodeHold(object),
      createdMs: object.metadata.creationTimestamp ?? null,
    });
    seen.nodes.add(keyOf(object.metadata));
  }
}

export function volumePage(steps: Steps, items: unknown[]): void {
  const { db, here, seen } = steps;
  for (const object of parsed(steps, schema.Volume, items, 'a persistent volume')) {
    putVolume(db, volumeRecord(object, here));
    seen.volumes.add(keyOf(object.metadata));
  }
}

export function claimPage(steps: Steps, items: unknown[]): void {
  const { db, here, seen } = steps;
  for (const object of parsed(steps, schema.Claim, items, 'a volume claim')) {
    putClaim(db, claimRecord(object, here));
    seen.claims.add(keyOf(object.metadata));
  }
}

export function storageClassPage(steps: Steps, items: unknown[]): void {
  const { db, here } = steps;
  for (const object of parsed(steps, schema.StorageClass, items, 'a storage class'))
    putStorageClass(db, storageClassRecord(object, here));
}

/** A Job that is over runs nothing any more. */
function isOver({ status }: schema.Controller): boolean {
  const ends = status?.conditions?.some(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  return Boolean(status?.completionTime) || ends === true;
}

function templateOf({ spec }: schema.Controller) {
  return spec?.jobTemplate?.spec?.template ?? spec?.template;
}

function noteTemplate({ db, here }: Steps, workloadId: number, controller: schema.Controller): void {
  const template = templateOf(controller);
  if (!template?.spec || isOver(controller)) return;
  const ownClaims = (controller.spec?.volumeClaimTemplates ?? []).length > 0;
  const posture = postureOf(template.spec, template.metadata?.labels ?? {}, ownClaims);
  putPosture(db, { workloadId, role: '', byTemplate: true, posture, nowMs: here.nowMs });
}

function noteSparkPods({ db, here }: Steps, workloadId: number, spec: unknown): void {
  for (const { role, posture } of sparkPostures(spec))
    putPosture(db, { workloadId, role, byTemplate: true, posture, nowMs: here.nowMs });
}

/** Deployments and the like: editable themselves unless another object owns them. */
export function controllerPage(kind: string, apiVersion: string) {
  return (steps: Steps, items: unknown[]): void => {
    for (const controller of parsed(steps, schema.Controller, items, `a ${kind}`)) {
      const { metadata, spec } = controller;
      const namespace = metadata.namespace ?? '';
      const owner = ownerRefOf(metadata);
      steps.owners.setOwner(kind, namespace, metadata.name, owner, metadata.uid);
      // Old ReplicaSets without pods are history of a Deployment, not work of their own.
      if (owner || (kind === 'ReplicaSet' && !spec?.replicas)) continue;
      const containers = templateOf(controller)?.spec?.containers ?? [];
      const resources = containers.map(({ name, image, resources }) => ({ name, image, resources }));
      const workloadId = putWorkload(steps.db, {
        cluster: steps.here.cluster,
        namespace,
        kind,
        name: metadata.name,
        apiVersion,
        replicas: spec?.replicas ?? null,
        labels: JSON.stringify(metadata.labels ?? {}),
        spec: JSON.stringify({ ...(spec?.schedule ? { schedule: spec.schedule } : {}), containers: resources }),
        ...seenOf(metadata, steps.here.nowMs),
      });
      noteTemplate(steps, workloadId, controller);
    }
  };
}

export function schedulePage(steps: Steps, items: unknown[]): void {
  const { db, here, owners } = steps;
  for (const schedule of parsed(steps, schema.ScheduledSparkApplication, items, 'a ScheduledSparkApplication')) {
    const { metadata } = schedule;
    const namespace = metadata.namespace ?? '';
    owners.addSchedule(namespace, metadata.name);
    const workloadId = putWorkload(db, {
      cluster: here.cluster,
      namespace,
      kind: 'ScheduledSparkApplication',
      name: metadata.name,
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      replicas: null,
      labels: JSON.stringify(metadata.labels ?? {}),
      spec: JSON.stringify(scheduleSpec(schedule)),
      ...seenOf(metadata, here.nowMs),
    });
    noteSparkPods(steps, workloadId, schedule.spec.template);
  }
}

/** The family's spec is that of its newest run; a schedule has its own. */
function familySpec(steps: Steps, family: OwnerRef, application: schema.SparkApplication): string | null {
  if (family.kind !== 'SparkApplication') return null;
  const key = `${application.metadata.namespace}/${family.name}`;
  const createdMs = application.metadata.creationTimestamp ?? 0;
  if (createdMs < (steps.newest.get(key) ?? Number.NEGATIVE_INFINITY)) return null;
  steps.newest.set(key, createdMs);
  return JSON.stringify(sparkSpec(application.spec));
}

export function applicationPage(apiVersion: string) {
  return (steps: Steps, items: unknown[]): void => {
    const { db, here, owners } = steps;
    for (const application of parsed(steps, schema.SparkApplication, items, 'a SparkApplication')) {
      const { metadata } = application;
      const namespace = metadata.namespace ?? '';
      owners.setOwner('SparkApplication', namespace, metadata.name, ownerRefOf(metadata), metadata.uid);
      const schedule = metadata.labels?.['sparkoperator.k8s.io/scheduled-app-name'];
      owners.addApplication(namespace, metadata.name, { schedule, generateName: metadata.generateName ?? undefined });
      const family = owners.workloadOfApplication(namespace, metadata.name);
      const spec = familySpec(steps, family, application);
      const workloadId = putWorkload(db, {
        cluster: here.cluster,
        namespace,
        ...family,
        apiVersion: family.kind === 'SparkApplication' ? apiVersion : null,
        replicas: null,
        labels: spec && JSON.stringify(metadata.labels ?? {}),
        spec,
        ...seenOf(metadata, here.nowMs),
      });
      if (spec) noteSparkPods(steps, workloadId, application.spec);
      putRun(db, runRecord(application, here.cluster, workloadId));
      steps.seen.runs.add(keyOf(metadata));
    }
  };
}

function workloadIdOf(steps: Steps, owner: Placement, { pod }: PodSketch): number {
  const { kind, name, apiVersion = null } = owner;
  const key = `${kind}/${pod.namespace}/${name}`;
  const known = steps.workloadIds.get(key);
  if (known !== undefined) return known;
  const { cluster, namespace, firstSeenMs, lastSeenMs } = pod;
  const unknown = { apiVersion, replicas: null, labels: null, spec: null, createdMs: null };
  const id = putWorkload(steps.db, { cluster, namespace, kind, name, ...unknown, firstSeenMs, lastSeenMs });
  steps.workloadIds.set(key, id);
  return id;
}

function putSketch(steps: Steps, sketch: PodSketch): void {
  const placement = steps.owners.place(sketch.facts);
  const workloadId = workloadIdOf(steps, placement, sketch);
  const podId = putPod(steps.db, podRecord(sketch, placement, workloadId));
  const { posture, scheduling, pod } = sketch;
  if (scheduling)
    putObject(steps.db, {
      ...steps.here,
      kind: 'Pod',
      namespace: pod.namespace,
      name: pod.name,
      labels: sketch.facts.labels,
      spec: scheduling,
      createdMs: pod.createdMs,
    });
  if (posture)
    putPosture(steps.db, {
      workloadId,
      role: placement.role ?? '',
      byTemplate: false,
      posture,
      nowMs: steps.here.nowMs,
    });
  for (const container of sketch.containers) putContainer(steps.db, { ...container, podId });
  if (placement.role) putPodLife(steps.db, podId, sketch.life);
}

function noteMounts({ mounts, here }: Steps, { pod, claims }: PodSketch): void {
  for (const name of claims) {
    const key = `${pod.namespace}/${name}`;
    const mount = mounts.get(key) ?? { claim: { cluster: here.cluster, namespace: pod.namespace, name }, pods: [] };
    if (!mount.pods.includes(pod.name)) mount.pods.push(pod.name);
    mounts.set(key, mount);
  }
}

function waits(owners: OwnerIndex, { facts }: PodSketch): boolean {
  const { owner, namespace } = facts;
  const isByPod = owner?.kind === 'Pod' && !owners.knows(namespace, owner);
  return isByPod || owners.unlistedOwner(facts) !== undefined;
}

/**
 * Executors hang from their driver's pod, which may stand on a later page, and others from kinds that are only looked up
 * once they are met: those wait until the end.
 */
export function podPage(steps: Steps, items: unknown[]): void {
  const sketches = [...parsed(steps, schema.Pod, items, 'a pod')].map((pod) => sketchOf(pod, steps.here));
  for (const { facts, pod } of sketches)
    steps.owners.setOwner('Pod', facts.namespace, facts.name, facts.owner, pod.uid);
  for (const sketch of sketches) {
    steps.seen.pods.add(`${sketch.facts.namespace}/${sketch.facts.name}`);
    noteMounts(steps, sketch);
    if (waits(steps.owners, sketch)) steps.waiting.push(sketch);
    else putSketch(steps, sketch);
  }
}

/** Writes the pods that waited for their driver, at most `limit` of them. */
export function placeWaiting(steps: Steps, limit: number): void {
  for (const sketch of steps.waiting.splice(0, limit)) putSketch(steps, sketch);
}

/** Who mounts what, once every pod was seen. */
export function writeMounts({ db, here, mounts }: Steps, namespaces: readonly string[]): void {
  for (const namespace of namespaces.length > 0 ? namespaces : [null]) clearMounts(db, here.cluster, namespace);
  for (const { claim, pods } of mounts.values()) setMounts(db, claim, pods, here.nowMs);
}
