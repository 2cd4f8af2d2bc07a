import { type Volumes, volumes } from '../analyzers/derived/volumes.js';
import { type ArtifactInput, defineArtifact } from '../analyzers/rule.js';
import { GIB } from '../model/quantity.js';
import { HOURS_PER_MONTH, type Window } from '../model/window.js';
import { type CostScopes, ownKey, workloadKey } from '../recommend/ledger.js';
import { type Ec2Instance, ebsVolumes, ec2Instances } from '../store/instances.js';
import { type NodeRow, nodeRows } from '../store/node-usage.js';
import { collectedSources } from '../store/sources.js';
import { controlPlaneOf } from './control-plane.js';
import { lifecycleOf } from './node-hours.js';
import { type PriceBook, priceBook } from './price-book.js';
import { type Spend, spend } from './spend.js';

/** Every dollar of the report's scope, and how many of its things have a known price. */
export interface Costs {
  scopes: CostScopes;
  /** Null if no price at all is known. */
  usdPerMonth: number | null;
  /** Where the prices of nodes, instances and volumes come from, each once. */
  sources: string[];
  /** Things (nodes, instances, volumes) with a known price, and all. */
  priced: number;
  things: number;
}

/** Name of the group of nodes that are bought alike. */
export function nodeGroupName(node: NodeRow): string {
  return [node.instanceType ?? 'unknown', lifecycleOf(node) ?? 'unknown', node.zone ?? 'unknown'].join('/');
}

function groupsOf(nodes: readonly NodeRow[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const node of nodes) {
    const name = nodeGroupName(node);
    groups.set(name, [...(groups.get(name) ?? []), node.name]);
  }
  return groups;
}

/** USD per month of a machine that is no node; undefined where its price is not known. */
function instanceUsd(book: PriceBook, instance: Ec2Instance, window: Window): number | undefined {
  const usdPerHour = book.instanceHour(instance, window)?.usd;
  return usdPerHour === undefined ? undefined : usdPerHour * HOURS_PER_MONTH;
}

/** Running instances that are no nodes, all volumes, the control plane: key → USD per month, undefined where unknown. */
function ownCosts(
  { db, window, config, get }: ArtifactInput,
  nodes: readonly NodeRow[],
): Map<string, number | undefined> {
  const book = get(priceBook);
  const own = new Map<string, number | undefined>();
  const nodeIds = new Set(nodes.map((node) => node.instanceId));
  for (const instance of ec2Instances(db))
    if (instance.state === 'running' && !nodeIds.has(instance.id))
      own.set(ownKey('EC2Instance', undefined, instance.id), instanceUsd(book, instance, window));
  for (const volume of ebsVolumes(db)) {
    if (volume.state === 'deleted' || volume.state === 'deleting') continue;
    const usd = book.volumeGibMonth(volume.region, volume.volumeType)?.usd;
    own.set(ownKey('EBSVolume', undefined, volume.id), usd === undefined ? undefined : usd * volume.sizeGib);
  }
  const fee = nodes.length > 0 ? controlPlaneOf(db, config) : undefined;
  if (fee) own.set(ownKey('ControlPlane', undefined, 'control plane'), fee.usdPerHour * HOURS_PER_MONTH);
  for (const { handle, namespace, name, usdPerMonth } of get(volumes).claims)
    if (!handle || !own.has(ownKey('EBSVolume', undefined, handle)))
      own.set(ownKey('PersistentVolumeClaim', namespace, name), usdPerMonth ?? undefined);
  return own;
}

function aliasesOf({ claims, unclaimed }: Volumes, own: ReadonlyMap<string, unknown>): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const { namespace, name, handle, volume } of claims) {
    const ebs = ownKey('EBSVolume', undefined, handle ?? '');
    if (!own.has(ebs)) continue;
    aliases.set(ownKey('PersistentVolumeClaim', namespace, name), ebs);
    if (volume) aliases.set(ownKey('PersistentVolume', undefined, volume), ebs);
  }
  for (const { name, handle } of unclaimed) {
    const ebs = ownKey('EBSVolume', undefined, handle ?? '');
    if (own.has(ebs)) aliases.set(ownKey('PersistentVolume', undefined, name), ebs);
  }
  return aliases;
}

/** The volumes of instances that are stopped: all that is billed of these. */
function storageOfStopped(db: ArtifactInput['db']): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  const all = ebsVolumes(db);
  for (const { id, state, volumes: attached } of ec2Instances(db)) {
    if (state !== 'stopped') continue;
    const own = all.filter((volume) => volume.attachedTo === id || attached.includes(volume.id));
    const keys = own.map((volume) => ownKey('EBSVolume', undefined, volume.id));
    parts.set(ownKey('EC2Instance', undefined, id), keys);
  }
  return parts;
}

function capacityOf({ workloads, hoursCovered }: Spend): CostScopes['capacity'] {
  return new Map(
    [...workloads.values()].map(({ workload, cpuRequestCoreHours, memoryRequestGibHours }) => [
      workloadKey(workload.namespace, workload.kind, workload.name),
      {
        cpuCores: cpuRequestCoreHours / Math.max(1, hoursCovered),
        memoryBytes: (memoryRequestGibHours * GIB) / Math.max(1, hoursCovered),
      },
    ]),
  );
}

/** USD per month of a node: from the hours it was there, or around the clock where no hour is covered. */
function nodeUsd(node: NodeRow, spent: Spend | undefined, book: PriceBook, window: Window): number | undefined {
  const own = spent?.nodes.get(node.name);
  if (own && spent?.toMonth) return own.pricedHours > 0 || own.hours === 0 ? own.usd * spent.toMonth : undefined;
  const lifecycle = lifecycleOf(node);
  if (!lifecycle || !node.region || !node.instanceType) return undefined;
  const usdPerHour = book.instanceHour(
    { region: node.region, zone: node.zone, instanceType: node.instanceType, lifecycle },
    window,
  )?.usd;
  return usdPerHour === undefined ? undefined : usdPerHour * HOURS_PER_MONTH;
}

/** Sources of the prices of nodes, lone machines, volumes and the control plane. */
function priceSources({ db, config, window, get }: ArtifactInput, nodes: readonly NodeRow[]): string[] {
  const book = get(priceBook);
  const machines = [
    ...nodes.map((node) => ({ ...node, lifecycle: lifecycleOf(node) })),
    ...ec2Instances(db).filter(({ state }) => state === 'running'),
  ];
  const sources = [
    ...machines.map(({ region, zone, instanceType, lifecycle }) =>
      region && instanceType && lifecycle
        ? book.instanceHour({ region, zone, instanceType, lifecycle }, window)?.source
        : undefined,
    ),
    ...ebsVolumes(db).map(({ region, volumeType }) => book.volumeGibMonth(region, volumeType)?.source),
    collectedSources(db).has('kubernetes') ? controlPlaneOf(db, config)?.source : undefined,
  ];
  return [...new Set(sources.filter((source) => source !== undefined))].sort();
}

function known(costs: ReadonlyMap<string, number | undefined>): Map<string, number> {
  return new Map([...costs].flatMap(([key, usd]) => (usd === undefined ? [] : [[key, usd] as const])));
}

function workloadCosts(spent: Spend | undefined): Map<string, ReadonlyMap<string, number>> {
  const toMonth = spent?.toMonth;
  if (!spent || !toMonth) return new Map();
  return new Map(
    [...spent.workloads.values()].map(({ workload, byNode }) => [
      workloadKey(workload.namespace, workload.kind, workload.name),
      new Map([...byNode].map(([node, usd]) => [node, usd * toMonth])),
    ]),
  );
}

export const costs = defineArtifact<Costs>({
  id: 'costs',
  sources: [],
  compute(input) {
    const { db, window, get } = input;
    const book = get(priceBook);
    const there = collectedSources(db);
    const spent = there.has('kubernetes') && there.has('prometheus') ? get(spend) : undefined;
    const rows = nodeRows(db);
    const nodes = new Map(rows.map((node) => [node.name, nodeUsd(node, spent, book, window)]));
    const own = ownCosts(input, rows);
    const prices = [...nodes.values(), ...own.values()];
    const pricedOnes = prices.filter((usd) => usd !== undefined);
    return {
      scopes: {
        workloads: workloadCosts(spent),
        nodes: known(nodes),
        own: known(own),
        aliases: aliasesOf(get(volumes), own),
        parts: storageOfStopped(db),
        nodeGroups: groupsOf(rows),
        capacity: spent ? capacityOf(spent) : new Map(),
      },
      usdPerMonth: pricedOnes.length > 0 ? pricedOnes.reduce((sum, usd) => sum + usd, 0) : null,
      sources: priceSources(input, rows),
      priced: pricedOnes.length,
      things: prices.length,
    };
  },
});
