import { type PodScheduling, type Requirement, selects } from '../model/posture.js';

/** What a node gives and a pod asks for. */
export interface Amounts {
  cpuCores: number;
  memoryBytes: number;
  /** What is counted one by one: `nvidia.com/gpu`. */
  extended: Readonly<Record<string, number>>;
}

export interface PackNode extends Amounts {
  name: string;
  labels: Readonly<Record<string, string>>;
  taints: readonly { key: string; value?: string | null | undefined; effect: string }[];
  maxPods: number;
  /** Spot capacity may vanish: what is on demand does not move there. */
  spot: boolean;
  /** Cores and bytes to keep free for what has been there in the window and is not there now. */
  reserve: { cpuCores: number; memoryBytes: number };
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

/** A node that could go, or why it stays. */
export interface Removal {
  node: string;
  /** Pods that would start elsewhere, with where; undefined where the node stays. */
  moves: { pod: PackPod; to: string }[] | undefined;
  why: string;
}

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

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

/** Whether a pod tolerates what keeps pods off a node (k8s.io/component-helpers, ToleratesTaint). */
function tolerates({ tolerations }: PodScheduling, { taints }: PackNode): boolean {
  return taints
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
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

/** A node while pods are moved about. */
interface Bin {
  node: PackNode;
  pods: PackPod[];
  /** Those of them that keep others away. */
  choosy: PackPod[];
  /** How many of these look beyond their own node. */
  wide: number;
  cpuCores: number;
  memoryBytes: number;
}

function isChoosy({ scheduling }: PackPod): boolean {
  return scheduling.apartFrom.length > 0;
}

function isWide({ scheduling }: PackPod): boolean {
  return scheduling.apartFrom.some(({ topologyKey }) => topologyKey !== HOSTNAME);
}

function binOf(node: PackNode, pods: readonly PackPod[]): Bin {
  const sum = (figure: (pod: PackPod) => number) => pods.reduce((total, pod) => total + figure(pod), 0);
  const [cpuCores, memoryBytes] = [sum((pod) => pod.cpuCores), sum((pod) => pod.memoryBytes)];
  return {
    node,
    pods: [...pods],
    choosy: pods.filter(isChoosy),
    wide: pods.filter(isWide).length,
    cpuCores,
    memoryBytes,
  };
}

function topologyOf({ node }: Bin, key: string): string | undefined {
  return key === HOSTNAME ? node.name : node.labels[key];
}

function clashes(from: PackPod, other: PackPod, here: Bin, there: Bin): boolean {
  return from.scheduling.apartFrom.some(
    ({ selector, topologyKey }) =>
      from.namespace === other.namespace &&
      selects(selector, other.labels) &&
      topologyOf(here, topologyKey) !== undefined &&
      topologyOf(here, topologyKey) === topologyOf(there, topologyKey),
  );
}

/** Required anti-affinity, the pod's own and that of others. Most of it looks no further than the node itself. */
function keepsApart(pod: PackPod, bin: Bin, bins: readonly Bin[]): boolean {
  const wide = isWide(pod);
  return bins.some((there) => {
    if (there !== bin && !wide && there.wide === 0) return false;
    return (
      there.choosy.some((other) => other !== pod && clashes(other, pod, bin, there)) ||
      (isChoosy(pod) && there.pods.some((other) => other !== pod && clashes(pod, other, bin, there)))
    );
  });
}

const EPSILON = 1e-9;

function hasRoom(pod: PackPod, { node, pods, cpuCores, memoryBytes }: Bin): boolean {
  if (pods.length >= node.maxPods) return false;
  if (cpuCores + pod.cpuCores > node.cpuCores - node.reserve.cpuCores + EPSILON) return false;
  if (memoryBytes + pod.memoryBytes > node.memoryBytes - node.reserve.memoryBytes) return false;
  const held = (name: string) => pods.reduce((sum, one) => sum + (one.extended[name] ?? 0), 0);
  const taken = (port: number) => pods.some(({ scheduling }) => scheduling.hostPorts.includes(port));
  return (
    Object.entries(pod.extended).every(([name, count]) => held(name) + count <= (node.extended[name] ?? 0)) &&
    !pod.scheduling.hostPorts.some(taken)
  );
}

function put(bin: Bin, pod: PackPod): void {
  bin.pods.push(pod);
  if (isChoosy(pod)) bin.choosy.push(pod);
  if (isWide(pod)) bin.wide += 1;
  bin.cpuCores += pod.cpuCores;
  bin.memoryBytes += pod.memoryBytes;
}

function drop(bin: Bin, pod: PackPod): void {
  bin.pods.splice(bin.pods.indexOf(pod), 1);
  if (isChoosy(pod)) bin.choosy.splice(bin.choosy.indexOf(pod), 1);
  if (isWide(pod)) bin.wide -= 1;
  bin.cpuCores -= pod.cpuCores;
  bin.memoryBytes -= pod.memoryBytes;
}

/** The larger of both shares of a node that are asked for. */
function shareOf({ node, cpuCores, memoryBytes }: Pick<Bin, 'node' | 'cpuCores' | 'memoryBytes'>): number {
  return Math.max(cpuCores / node.cpuCores, memoryBytes / node.memoryBytes);
}

/** Largest pod first, each into the fullest node that takes it; nothing moves unless all find a place. */
function moveAll(from: Bin, pods: readonly PackPod[], bins: readonly Bin[]): { pod: PackPod; to: string }[] | PackPod {
  const size = (pod: PackPod) => Math.max(pod.cpuCores / from.node.cpuCores, pod.memoryBytes / from.node.memoryBytes);
  const moves: { pod: PackPod; to: Bin }[] = [];
  const undo = () => {
    for (const { pod, to } of moves) drop(to, pod);
    for (const { pod } of moves) put(from, pod);
  };
  const fullest = [...bins].sort((a, b) => shareOf(b) - shareOf(a));
  for (const pod of [...pods].sort((a, b) => size(b) - size(a))) {
    drop(from, pod);
    const to = fullest.find(
      (bin) =>
        (from.node.spot || !bin.node.spot) && hasRoom(pod, bin) && mayRun(pod, bin.node) && !keepsApart(pod, bin, bins),
    );
    if (!to) {
      put(from, pod);
      undo();
      return pod;
    }
    put(to, pod);
    moves.push({ pod, to });
  }
  return moves.map(({ pod, to }) => ({ pod, to: to.node.name }));
}

/**
 * Which of the candidates could go together: the emptiest first, each only if all of its pods find a place on nodes that
 * stay, under node selectors, affinity, taints, anti-affinity, ports, devices and the zones of volumes.
 */
export function packAway(
  nodes: readonly PackNode[],
  pods: readonly PackPod[],
  candidates: ReadonlySet<string>,
): Removal[] {
  const podsOf = new Map<string, PackPod[]>(nodes.map(({ name }) => [name, []]));
  for (const pod of pods) podsOf.get(pod.node)?.push(pod);
  const bins = nodes.map((node) => binOf(node, podsOf.get(node.name) ?? []));
  const asked = new Map(
    bins.map((bin) => [
      bin,
      shareOf(
        binOf(
          bin.node,
          bin.pods.filter(({ ofNode }) => !ofNode),
        ),
      ),
    ]),
  );
  const order = bins
    .filter(({ node }) => candidates.has(node.name))
    .sort((a, b) => (asked.get(a) ?? 0) - (asked.get(b) ?? 0) || (a.node.name < b.node.name ? -1 : 1));
  const gone = new Set<Bin>();
  return order.map((bin): Removal => {
    const { name } = bin.node;
    const own = bin.pods.filter(({ ofNode }) => !ofNode);
    const blocked = own.find((pod) => pod.blocked);
    if (blocked)
      return { node: name, moves: undefined, why: `${blocked.namespace}/${blocked.name} ${blocked.blocked}` };
    const rest = bins.filter((other) => other !== bin && !gone.has(other));
    const moved = moveAll(bin, own, rest);
    if (!Array.isArray(moved))
      return { node: name, moves: undefined, why: `${moved.namespace}/${moved.name} fits on no other node` };
    gone.add(bin);
    return { node: name, moves: moved, why: '' };
  });
}
