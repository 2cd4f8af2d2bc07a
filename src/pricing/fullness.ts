import { type Load, loadOf } from '../model/load.js';
import { type ContainerShare, type NodeHour, shapeOf } from './node-hours.js';

/** How full a node was, covered hour by covered hour. */
export interface Fullness {
  /** The larger share of CPU and memory that was requested, and that was used; of what pods may have. */
  requestedShares: number[];
  usedShares: number[];
  /** Requested share of CPU and of memory apart. */
  cpuShares: number[];
  memoryShares: number[];
  /** GPUs that were asked for. */
  gpus: number[];
}

export function emptyFullness(): Fullness {
  return { requestedShares: [], usedShares: [], cpuShares: [], memoryShares: [], gpus: [] };
}

export function requestOf({ use }: ContainerShare): Load {
  return { cpuCores: use.cpuRequestCores, memoryBytes: use.memoryRequestBytes, gpus: use.gpuRequest };
}

export function usageOf({ use }: ContainerShare): Load {
  return { cpuCores: use.cpuUsageCores, memoryBytes: use.memoryUsageBytes, gpus: 0 };
}

/** Mean over the time that the node was there of what its containers requested or used while they ran. */
export function meanOf({ shares, fraction }: NodeHour, figures: (share: ContainerShare) => Load): Load {
  const all = shares.map((share) => ({ load: figures(share), hours: share.use.hours }));
  return loadOf((figure) => all.reduce((sum, { load, hours }) => sum + load[figure] * hours, 0) / fraction);
}

/** Adds an hour of the node; nothing where its size is not known. */
export function addHour(into: Fullness, hour: NodeHour): void {
  const shape = shapeOf(hour.node);
  if (!shape) return;
  const [requested, used] = [meanOf(hour, requestOf), meanOf(hour, usageOf)];
  const { cpuAllocatableCores, memoryAllocatableBytes } = shape;
  const [cpu, memory] = [requested.cpuCores / cpuAllocatableCores, requested.memoryBytes / memoryAllocatableBytes];
  into.cpuShares.push(cpu);
  into.memoryShares.push(memory);
  into.requestedShares.push(Math.max(cpu, memory));
  into.usedShares.push(Math.max(used.cpuCores / cpuAllocatableCores, used.memoryBytes / memoryAllocatableBytes));
  into.gpus.push(requested.gpus);
}
