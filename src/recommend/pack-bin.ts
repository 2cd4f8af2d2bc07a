import { fitsIn, type Load, loadOf, most, NO_LOAD, sumOf } from '../model/load.js';
import { selects } from '../model/posture.js';
import { HOURS_PER_DAY } from '../model/window.js';
import type { PackHour, PackNode, PackPod } from './pack-model.js';

const HOSTNAME = 'kubernetes.io/hostname';

/** A node while pods are moved about. */
export interface Bin {
  node: PackNode;
  pods: PackPod[];
  /** Those of them that keep others away. */
  choosy: PackPod[];
  /** How many of these look beyond their own node. */
  wide: number;
  /** What its pods ask for. */
  asked: Load;
  /** By hour of the day: beside its pods, what it has to keep free and what would come again if it went. */
  hours: readonly PackHour[];
  /** The most that it has to keep free at any hour. */
  reserve: Load;
}

function isChoosy({ scheduling }: PackPod): boolean {
  return scheduling.apartFrom.length > 0;
}

function isWide({ scheduling }: PackPod): boolean {
  return scheduling.apartFrom.some(({ topologyKey }) => topologyKey !== HOSTNAME);
}

const NOTHING: PackHour = { reserve: NO_LOAD, visits: NO_LOAD, largest: NO_LOAD };

function reserveOf(hours: readonly PackHour[]): Load {
  return hours.reduce((all, { reserve }) => most(all, reserve), NO_LOAD);
}

export function binOf(node: PackNode, pods: readonly PackPod[]): Bin {
  return {
    node,
    pods: [...pods],
    choosy: pods.filter(isChoosy),
    wide: pods.filter(isWide).length,
    asked: sumOf(pods),
    hours: Array.from({ length: HOURS_PER_DAY }, (_, hour) => node.hours[hour] ?? NOTHING),
    reserve: reserveOf(node.hours),
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
export function keepsApart(pod: PackPod, bin: Bin, bins: readonly Bin[]): boolean {
  const wide = isWide(pod);
  return bins.some((there) => {
    if (there !== bin && !wide && there.wide === 0) return false;
    return (
      there.choosy.some((other) => other !== pod && clashes(other, pod, bin, there)) ||
      (isChoosy(pod) && there.pods.some((other) => other !== pod && clashes(pod, other, bin, there)))
    );
  });
}

function roomBeside({ node, asked }: Bin, reserve: Load): Load {
  return loadOf((figure) => node[figure] - asked[figure] - reserve[figure]);
}

/** Whether a pod has room at every hour of the day. */
export function hasRoom(pod: PackPod, bin: Bin): boolean {
  const { node, pods } = bin;
  if (pods.length >= node.maxPods || !fitsIn(pod, roomBeside(bin, bin.reserve))) return false;
  const held = (name: string) => pods.reduce((sum, one) => sum + (one.extended[name] ?? 0), 0);
  const taken = (port: number) => pods.some(({ scheduling }) => scheduling.hostPorts.includes(port));
  return (
    Object.entries(pod.extended).every(([name, count]) => held(name) + count <= (node.extended[name] ?? 0)) &&
    !pod.scheduling.hostPorts.some(taken)
  );
}

/** Whether there is room at that hour of the day. */
export function hasRoomAt(hour: number, load: Load, bin: Bin): boolean {
  return fitsIn(load, roomBeside(bin, bin.hours[hour]?.reserve ?? NO_LOAD));
}

/** Lets what came to another node at that hour of the day come here. */
export function takeIn(hour: number, load: Load, bin: Bin): void {
  const hours = [...bin.hours];
  const { reserve, visits, largest } = hours[hour] ?? NOTHING;
  hours[hour] = { reserve: sumOf([reserve, load]), visits: sumOf([visits, load]), largest: most(largest, load) };
  bin.hours = hours;
  bin.reserve = reserveOf(hours);
}

export function put(bin: Bin, pod: PackPod): void {
  bin.pods.push(pod);
  if (isChoosy(pod)) bin.choosy.push(pod);
  if (isWide(pod)) bin.wide += 1;
  bin.asked = sumOf([bin.asked, pod]);
}

export function drop(bin: Bin, pod: PackPod): void {
  bin.pods.splice(bin.pods.indexOf(pod), 1);
  if (isChoosy(pod)) bin.choosy.splice(bin.choosy.indexOf(pod), 1);
  if (isWide(pod)) bin.wide -= 1;
  bin.asked = loadOf((figure) => bin.asked[figure] - pod[figure]);
}

/** The larger of both shares of a node that are asked for. */
export function shareOf({ cpuCores, memoryBytes }: Load, node: PackNode): number {
  return Math.max(cpuCores / node.cpuCores, memoryBytes / node.memoryBytes);
}
