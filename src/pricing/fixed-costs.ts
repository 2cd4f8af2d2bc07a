import { volumes } from '../analyzers/derived/volumes.js';
import { type ArtifactInput, defineArtifact } from '../analyzers/rule.js';
import { HOURS_PER_MONTH } from '../model/window.js';
import { type EbsVolume, ebsVolumes, ec2Instances } from '../store/instances.js';
import { nodeRows } from '../store/node-usage.js';
import { collectedSources } from '../store/sources.js';
import { controlPlaneOf } from './control-plane.js';
import { priceBook } from './price-book.js';

/** Something that is billed by the month whatever runs. */
export interface FixedCost {
  kind: 'PersistentVolumeClaim' | 'PersistentVolume' | 'EBSVolume' | 'EC2Instance' | 'ControlPlane' | 'NodeVolumes';
  name: string;
  /** Null: price or size not known. */
  usdPerMonth: number | null;
  /** Where the price comes from and of which day it is; null: not known, or no list's. */
  source: string | null;
  asOfMs: number | null;
}

export interface ClaimCost extends FixedCost {
  namespace: string;
  /** Pods that mount it. */
  mountedBy: string[];
}

/** What is paid for beside the hours of nodes. Each volume is in one of the lists. */
export interface FixedCosts {
  /** Volumes of claims: their workloads' cost. */
  claims: ClaimCost[];
  /** The control plane and the nodes' own disks: everybody's cost. */
  shared: FixedCost[];
  /** Volumes without a claim, and machines that are no nodes with their disks: nobody's cost. */
  unclaimed: FixedCost[];
}

function claimCosts({ get }: ArtifactInput): ClaimCost[] {
  return get(volumes).claims.map(({ namespace, name, mountedBy, usdPerMonth }) => ({
    kind: 'PersistentVolumeClaim',
    name,
    namespace,
    mountedBy,
    usdPerMonth,
    source: null,
    asOfMs: null,
  }));
}

/** Volumes of the cluster that no claim holds, as far as they are not EBS volumes, which are counted as such. */
function looseVolumes({ get }: ArtifactInput, known: ReadonlySet<string>): FixedCost[] {
  return get(volumes)
    .unclaimed.filter(({ handle }) => handle === null || !known.has(handle))
    .map(({ name, usdPerMonth }) => ({ kind: 'PersistentVolume', name, usdPerMonth, source: null, asOfMs: null }));
}

function ebsCost(volume: EbsVolume, { get }: ArtifactInput): FixedCost {
  const price = get(priceBook).volumeGibMonth(volume.region, volume.volumeType);
  return {
    kind: 'EBSVolume',
    name: volume.id,
    usdPerMonth: price ? price.usd * volume.sizeGib : null,
    source: price?.source ?? null,
    asOfMs: price?.asOfMs ?? null,
  };
}

/** Sums what is known; null if nothing is. */
function sumOf(costs: readonly FixedCost[]): number | null {
  const known = costs.flatMap(({ usdPerMonth }) => (usdPerMonth === null ? [] : [usdPerMonth]));
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

function controlPlane({ db, config }: ArtifactInput): FixedCost[] {
  const fee = controlPlaneOf(db, config);
  if (!fee) return [];
  const name = `control plane, ${fee.usdPerHour} USD/hour`;
  return [
    { kind: 'ControlPlane', name, usdPerMonth: fee.usdPerHour * HOURS_PER_MONTH, source: fee.source, asOfMs: null },
  ];
}

function compute(input: ArtifactInput): FixedCosts {
  const { db, window, get } = input;
  const book = get(priceBook);
  const hasCluster = collectedSources(db).has('kubernetes');
  const claims = hasCluster ? claimCosts(input) : [];
  const claimed = new Set(hasCluster ? get(volumes).claims.map(({ handle }) => handle) : []);
  const nodeIds = new Set(nodeRows(db).map((node) => node.instanceId));
  const there = ebsVolumes(db).filter(
    ({ state, id }) => state !== 'deleted' && state !== 'deleting' && !claimed.has(id),
  );
  const own = there.filter(({ attachedTo }) => nodeIds.has(attachedTo)).map((volume) => ebsCost(volume, input));
  const rest = there.filter(({ attachedTo }) => !nodeIds.has(attachedTo)).map((volume) => ebsCost(volume, input));
  const machines = ec2Instances(db)
    .filter(({ id, state }) => state === 'running' && !nodeIds.has(id))
    .map((instance): FixedCost => {
      const price = book.instanceHour(instance, window);
      const usdPerMonth = price ? price.usd * HOURS_PER_MONTH : null;
      return {
        kind: 'EC2Instance',
        name: instance.id,
        usdPerMonth,
        source: price?.source ?? null,
        asOfMs: price?.asOfMs ?? null,
      };
    });
  const disks: FixedCost[] =
    own.length > 0
      ? [
          {
            kind: 'NodeVolumes',
            name: `${own.length} disks of nodes`,
            usdPerMonth: sumOf(own),
            source: own[0]?.source ?? null,
            asOfMs: own[0]?.asOfMs ?? null,
          },
        ]
      : [];
  return {
    claims,
    shared: [...(hasCluster ? controlPlane(input) : []), ...disks],
    unclaimed: [...machines, ...rest, ...looseVolumes(input, new Set(there.map(({ id }) => id)))],
  };
}

export const fixedCosts = defineArtifact<FixedCosts>({ id: 'fixed-costs', sources: [], compute });
