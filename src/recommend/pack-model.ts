import type { Load } from '../model/load.js';
import type { PodScheduling, Requirement } from '../model/posture.js';

/** What a node gives and a pod asks for. */
export interface Amounts extends Load {
  /** What is counted one by one: `nvidia.com/gpu`. */
  extended: Readonly<Record<string, number>>;
}

/** An hour of a node's day, beside the pods that are there now. */
export interface PackHour {
  /** To be kept free on it: the highest of the window. */
  reserve: Load;
  /** What comes again and again, and has to find a place where the node goes; in pods up to a size. */
  visits: Load;
  largest: Load;
}

export interface PackNode extends Amounts {
  name: string;
  labels: Readonly<Record<string, string>>;
  taints: readonly { key: string; value?: string | null | undefined; effect: string }[];
  maxPods: number;
  /** Spot capacity may vanish: what is on demand does not move there. */
  spot: boolean;
  /** By hour of the UTC day. */
  hours: readonly PackHour[];
}

export interface PackPod extends Amounts {
  namespace: string;
  name: string;
  node: string;
  labels: Readonly<Record<string, string>>;
  scheduling: PodScheduling;
  /** Zones of its volumes. */
  zones: readonly string[];
  /** A DaemonSet's or the node's own: it goes with the node. */
  ofNode: boolean;
  /** Why it may not be moved; undefined if it may. */
  blocked: string | undefined;
}

const ZONE = 'topology.kubernetes.io/zone';

function meets({ key, operator, values }: Requirement, labels: PackNode['labels'], name: string): boolean {
  const value = key === 'metadata.name' ? name : labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (value === undefined) return false;
  if (operator === 'Gt') return Number(value) > Number(values[0]);
  if (operator === 'Lt') return Number(value) < Number(values[0]);
  return values.includes(value);
}

const keepsOff = ({ effect }: PackNode['taints'][number]) => effect !== 'PreferNoSchedule';

/** Whether a pod tolerates what keeps pods off a node (k8s.io/component-helpers, ToleratesTaint). */
function tolerates({ tolerations }: PodScheduling, { taints }: PackNode): boolean {
  return taints
    .filter(keepsOff)
    .every((taint) =>
      tolerations.some(
        ({ key, operator, value, effect }) =>
          (effect === null || effect === taint.effect) &&
          (key === null ? operator === 'Exists' : key === taint.key) &&
          (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
      ),
    );
}

/** Whether node selector, affinity, taints and the zones of its volumes let the pod run there, room or not. */
export function mayRun({ scheduling, zones }: PackPod, node: PackNode): boolean {
  const { nodeSelector, nodeTerms } = scheduling;
  return (
    Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (nodeTerms.length === 0 || nodeTerms.some((term) => term.every((one) => meets(one, node.labels, node.name)))) &&
    tolerates(scheduling, node) &&
    zones.every((zone) => node.labels[ZONE] === undefined || node.labels[ZONE] === zone)
  );
}

const ARCHITECTURE = 'kubernetes.io/arch';

/** Whether what ran on a node may run on another, as far as nodes tell: of pods that are gone no more is known. */
export function mayRunInstead(from: PackNode, to: PackNode): boolean {
  const has = ({ key, value, effect }: PackNode['taints'][number]) =>
    from.taints.some((own) => own.key === key && (own.value ?? '') === (value ?? '') && own.effect === effect);
  return (
    (from.spot || !to.spot) &&
    to.taints.filter(keepsOff).every(has) &&
    from.labels[ARCHITECTURE] === to.labels[ARCHITECTURE]
  );
}
