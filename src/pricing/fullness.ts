import { type NodeHour, shapeOf } from './node-hours.js';

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
  /** The most that was requested in an hour. */
  peakRequest: { cpuCores: number; memoryBytes: number };
}

export function emptyFullness(): Fullness {
  const shares = { requestedShares: [], usedShares: [], cpuShares: [], memoryShares: [], gpus: [] };
  return { ...shares, peakRequest: { cpuCores: 0, memoryBytes: 0 } };
}

/** Adds an hour of the node; nothing where its size is not known. */
export function addHour(into: Fullness, { node, shares, fraction }: NodeHour): void {
  const shape = shapeOf(node);
  if (!shape) return;
  const total = (figure: (use: (typeof shares)[number]['use']) => number) =>
    shares.reduce((sum, { use }) => sum + figure(use) * use.hours, 0) / fraction;
  const [cpuCores, memoryBytes] = [total((use) => use.cpuRequestCores), total((use) => use.memoryRequestBytes)];
  const { cpuAllocatableCores, memoryAllocatableBytes } = shape;
  const [cpu, memory] = [cpuCores / cpuAllocatableCores, memoryBytes / memoryAllocatableBytes];
  const usedCpu = total((use) => use.cpuUsageCores) / cpuAllocatableCores;
  const usedMemory = total((use) => use.memoryUsageBytes) / memoryAllocatableBytes;
  into.cpuShares.push(cpu);
  into.memoryShares.push(memory);
  into.requestedShares.push(Math.max(cpu, memory));
  into.usedShares.push(Math.max(usedCpu, usedMemory));
  into.gpus.push(total((use) => use.gpuRequest));
  into.peakRequest.cpuCores = Math.max(into.peakRequest.cpuCores, cpuCores);
  into.peakRequest.memoryBytes = Math.max(into.peakRequest.memoryBytes, memoryBytes);
}
