import { GIB } from '../model/quantity.js';

/**
 * Shares of a node's price: USD per core-hour, GiB-hour and GPU-hour. Only their ratio counts, they are scaled to
 * the node's real price. Source: OpenCost's default pricing (configs/default.json), DOMAIN section 2.
 */
const RATIO = { cpu: 0.031611, memory: 0.004237, gpu: 0.95 } as const;

export interface NodeShape {
  cpuCores: number;
  cpuAllocatableCores: number;
  memoryBytes: number;
  memoryAllocatableBytes: number;
  gpus: number;
}

/** One container on a node in one hour. Requests and usage are means over the time it was there. */
export interface ContainerHour {
  /** Share of the hour it ran, 0 to 1. */
  hours: number;
  cpuRequestCores: number;
  cpuUsageCores: number;
  memoryRequestBytes: number;
  memoryUsageBytes: number;
  gpuRequest: number;
}

/** What one container is charged for an hour; `wastedUsd` is the part requested and not used. */
export interface Charge {
  cpuCoreHours: number;
  memoryGibHours: number;
  gpuHours: number;
  usd: number;
  wastedUsd: number;
}

export interface HourAllocation {
  charges: Charge[];
  idleUsd: number;
  systemUsd: number;
}

/** USD of one core-hour, GiB-hour and GPU-hour on a node of this shape and price. */
export function unitPrices(shape: NodeShape, usdPerHour: number): { cpu: number; memory: number; gpu: number } {
  const memoryGib = shape.memoryBytes / GIB;
  const weight = shape.cpuCores * RATIO.cpu + memoryGib * RATIO.memory + shape.gpus * RATIO.gpu;
  const scale = weight > 0 ? usdPerHour / weight : 0;
  return { cpu: RATIO.cpu * scale, memory: RATIO.memory * scale, gpu: RATIO.gpu * scale };
}

/**
 * What each container is charged of one resource: max(request, usage), normalised to what the node can give.
 * Requests come first; what is left is split by usage above request. The sum never exceeds `capacity`.
 */
export function chargeResource(capacity: number, requests: readonly number[], usages: readonly number[]): number[] {
  const requested = requests.reduce((sum, request) => sum + request, 0);
  const requestScale = requested > capacity ? capacity / requested : 1;
  const over = usages.map((usage, i) => Math.max(0, usage - (requests[i] ?? 0)));
  const overSum = over.reduce((sum, value) => sum + value, 0);
  const left = Math.max(0, capacity - requested * requestScale);
  const overScale = overSum > left ? left / overSum : 1;
  return requests.map((request, i) => request * requestScale + (over[i] ?? 0) * overScale);
}

/**
 * Splits one node-hour: Σ charges + idle + system = `usdPerHour`, no part negative.
 * System is what the node keeps for itself (capacity less allocatable).
 */
export function allocateHour(
  shape: NodeShape,
  usdPerHour: number,
  containers: readonly ContainerHour[],
): HourAllocation {
  const price = unitPrices(shape, usdPerHour);
  const of = (pick: (c: ContainerHour) => number) => containers.map((c) => pick(c) * c.hours);
  const cpuUse = of((c) => c.cpuUsageCores);
  const memoryUse = of((c) => c.memoryUsageBytes);
  const cpu = chargeResource(
    Math.min(shape.cpuAllocatableCores, shape.cpuCores),
    of((c) => c.cpuRequestCores),
    cpuUse,
  );
  const memory = chargeResource(
    Math.min(shape.memoryAllocatableBytes, shape.memoryBytes),
    of((c) => c.memoryRequestBytes),
    memoryUse,
  );
  const gpu = chargeResource(
    shape.gpus,
    of((c) => c.gpuRequest),
    of(() => 0),
  );
  const charges = containers.map((_, i) => {
    const memoryGibHours = (memory[i] ?? 0) / GIB;
    const [cpuCoreHours, gpuHours] = [cpu[i] ?? 0, gpu[i] ?? 0];
    const unusedCores = Math.max(0, cpuCoreHours - (cpuUse[i] ?? 0));
    const unusedGib = Math.max(0, memoryGibHours - (memoryUse[i] ?? 0) / GIB);
    const usd = cpuCoreHours * price.cpu + memoryGibHours * price.memory + gpuHours * price.gpu;
    return {
      cpuCoreHours,
      memoryGibHours,
      gpuHours,
      usd,
      wastedUsd: unusedCores * price.cpu + unusedGib * price.memory,
    };
  });
  const systemCores = Math.max(0, shape.cpuCores - shape.cpuAllocatableCores);
  const systemGib = Math.max(0, shape.memoryBytes - shape.memoryAllocatableBytes) / GIB;
  const systemUsd = systemCores * price.cpu + systemGib * price.memory;
  const charged = charges.reduce((sum, charge) => sum + charge.usd, 0);
  return { charges, systemUsd, idleUsd: Math.max(0, usdPerHour - systemUsd - charged) };
}
