import { above, isNothing, loadOf, sumOf } from '../model/load.js';
import { clockHour } from '../model/window.js';
import { type Bin, binOf, drop, hasRoom, hasRoomAt, keepsApart, put, shareOf, takeIn } from './pack-bin.js';
import { mayRun, mayRunInstead, type PackNode, type PackPod } from './pack-model.js';

/** A node that could go, or why it stays. */
export interface Removal {
  node: string;
  /** Pods that would start elsewhere, with where; undefined where the node stays. */
  moves: { pod: PackPod; to: string }[] | undefined;
  why: string;
}

interface Move {
  pod: PackPod;
  to: Bin;
}

/** Largest pod first, each into the fullest node that takes it; gives the pod that finds no place. */
function moveAll(from: Bin, own: readonly PackPod[], fullest: readonly Bin[], moves: Move[]): PackPod | undefined {
  for (const pod of [...own].sort((a, b) => shareOf(b, from.node) - shareOf(a, from.node))) {
    drop(from, pod);
    const to = fullest.find(
      (bin) =>
        (from.node.spot || !bin.node.spot) &&
        hasRoom(pod, bin) &&
        mayRun(pod, bin.node) &&
        !keepsApart(pod, bin, fullest),
    );
    put(to ?? from, pod);
    if (!to) return pod;
    moves.push({ pod, to });
  }
  return undefined;
}

/** Finds a place for what comes to a node again and again; gives the hour of the day at which there is none. */
function visitAll(from: Bin, fullest: readonly Bin[]): number | undefined {
  const others = fullest.filter((bin) => mayRunInstead(from.node, bin.node));
  for (const [hour, { visits, largest }] of from.hours.entries()) {
    for (let left = visits; !isNothing(left); ) {
      const pod = loadOf((figure) => Math.min(left[figure], largest[figure] || left[figure]));
      const to = others.find((bin) => hasRoomAt(hour, pod, bin));
      if (!to) return hour;
      takeIn(hour, pod, to);
      left = above(left, pod);
    }
  }
  return undefined;
}

/** Empties a node into others, or leaves all as it was. */
function leave(from: Bin, own: readonly PackPod[], others: readonly Bin[]): Omit<Removal, 'node'> {
  const fullest = [...others].sort((a, b) => shareOf(b.asked, b.node) - shareOf(a.asked, a.node));
  const hours = others.map((bin) => ({ bin, hours: bin.hours, reserve: bin.reserve }));
  const moves: Move[] = [];
  const homeless = moveAll(from, own, fullest, moves);
  const hour = homeless ? undefined : visitAll(from, fullest);
  if (!homeless && hour === undefined)
    return { moves: moves.map(({ pod, to }) => ({ pod, to: to.node.name })), why: '' };
  for (const { pod, to } of moves) {
    drop(to, pod);
    put(from, pod);
  }
  for (const { bin, ...before } of hours) Object.assign(bin, before);
  const why = homeless
    ? `${homeless.namespace}/${homeless.name} fits on no other node`
    : `what comes to it at ${clockHour(hour ?? 0)} UTC fits on no other node`;
  return { moves: undefined, why };
}

/**
 * Which of the candidates could go together: the emptiest first, each only if all of its pods find a place on nodes that
 * stay, under node selectors, affinity, taints, anti-affinity, ports, devices and the zones of volumes, and if what comes
 * to it at some hours of the day has room on them at these hours.
 */
export function packAway(
  nodes: readonly PackNode[],
  pods: readonly PackPod[],
  candidates: ReadonlySet<string>,
): Removal[] {
  const podsOf = new Map<string, PackPod[]>(nodes.map(({ name }) => [name, []]));
  for (const pod of pods) podsOf.get(pod.node)?.push(pod);
  const bins = nodes.map((node) => binOf(node, podsOf.get(node.name) ?? []));
  const ownOf = (bin: Bin) => bin.pods.filter(({ ofNode }) => !ofNode);
  const shares = new Map(bins.map((bin) => [bin, shareOf(sumOf(ownOf(bin)), bin.node)]));
  const order = bins
    .filter(({ node }) => candidates.has(node.name))
    .sort((a, b) => (shares.get(a) ?? 0) - (shares.get(b) ?? 0) || (a.node.name < b.node.name ? -1 : 1));
  const gone = new Set<Bin>();
  return order.map((bin): Removal => {
    const { name } = bin.node;
    const own = ownOf(bin);
    const blocked = own.find((pod) => pod.blocked);
    if (blocked)
      return { node: name, moves: undefined, why: `${blocked.namespace}/${blocked.name} ${blocked.blocked}` };
    const removal = leave(
      bin,
      own,
      bins.filter((other) => other !== bin && !gone.has(other)),
    );
    if (removal.moves) gone.add(bin);
    return { node: name, ...removal };
  });
}
