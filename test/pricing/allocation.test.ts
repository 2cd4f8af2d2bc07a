import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/model/quantity.js';
import {
  allocateHour,
  type ContainerHour,
  chargeResource,
  type NodeShape,
  unitPrices,
} from '../../src/pricing/allocation.js';

const NODE: NodeShape = {
  cpuCores: 4,
  cpuAllocatableCores: 4,
  memoryBytes: 16 * GIB,
  memoryAllocatableBytes: 16 * GIB,
  gpus: 0,
};

function container(part: Partial<ContainerHour>): ContainerHour {
  return {
    hours: 1,
    cpuRequestCores: 0,
    cpuUsageCores: 0,
    memoryRequestBytes: 0,
    memoryUsageBytes: 0,
    gpuRequest: 0,
    ...part,
  };
}

describe('unitPrices', () => {
  it("scale OpenCost's ratios to the node's real price", () => {
    const { cpu, memory, gpu } = unitPrices({ ...NODE, gpus: 1 }, 1);
    expect(4 * cpu + 16 * memory + gpu).toBeCloseTo(1, 12);
    expect(cpu / memory).toBeCloseTo(0.031611 / 0.004237, 9);
    expect(gpu / cpu).toBeCloseTo(0.95 / 0.031611, 9);
  });

  it('of a node of no size are zero', () => {
    expect(unitPrices({ ...NODE, cpuCores: 0, memoryBytes: 0 }, 1)).toEqual({ cpu: 0, memory: 0, gpu: 0 });
  });
});

describe('chargeResource', () => {
  it.each([
    ['what is requested, used or not', 4, [1, 2], [0, 0], [1, 2]],
    ['use above the request', 4, [1, 0], [2, 1], [2, 1]],
    ['requests first, what is left by use above', 4, [3, 0], [3, 3], [3, 1]],
    ['what is left in proportion', 4, [1, 1], [2, 4], [1.5, 2.5]],
    ['overcommitted requests, scaled to the node', 4, [6, 2], [0, 0], [3, 1]],
    ['nothing of nothing', 0, [1], [1], [0]],
    ['nobody', 4, [], [], []],
  ])('charges %s', (_, capacity, requests, usages, charges) => {
    expect(chargeResource(capacity, requests, usages)).toEqual(charges);
  });
});

describe('allocateHour', () => {
  it('an empty node is idle but for what it keeps for itself', () => {
    const { idleUsd, systemUsd, charges } = allocateHour({ ...NODE, cpuAllocatableCores: 3 }, 1, []);
    expect(charges).toEqual([]);
    expect(systemUsd).toBeCloseTo(unitPrices(NODE, 1).cpu, 12);
    expect(idleUsd + systemUsd).toBeCloseTo(1, 12);
  });

  it('charges a pod of seconds for its seconds', () => {
    const whole = allocateHour(NODE, 1, [container({ cpuRequestCores: 2 })]).charges[0];
    const brief = allocateHour(NODE, 1, [container({ cpuRequestCores: 2, hours: 36 / 3600 })]).charges[0];
    expect(brief?.usd).toBeCloseTo((whole?.usd ?? Number.NaN) / 100, 12);
  });

  it('what is requested and not used is waste; what is used above the request is none', () => {
    const { cpu } = unitPrices(NODE, 1);
    const [lazy, busy] = allocateHour(NODE, 1, [
      container({ cpuRequestCores: 2, cpuUsageCores: 0.5 }),
      container({ cpuRequestCores: 0.5, cpuUsageCores: 1 }),
    ]).charges;
    expect(lazy?.wastedUsd).toBeCloseTo(1.5 * cpu, 12);
    expect(busy?.wastedUsd).toBe(0);
    expect(busy?.cpuCoreHours).toBe(1);
  });

  it('adds up to the price of the node, whatever runs on it, and no part is negative', () => {
    const cores = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 300, noNaN: true }));
    const bytes = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2e12, noNaN: true }));
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const containers = fc.array(
      fc.record<ContainerHour>({
        hours: fc.oneof(fc.constant(1), share, fc.constant(5 / 3600)),
        cpuRequestCores: cores,
        cpuUsageCores: cores,
        memoryRequestBytes: bytes,
        memoryUsageBytes: bytes,
        gpuRequest: fc.nat(16),
      }),
      { maxLength: 20 },
    );
    const shape = fc
      .record({
        cpuCores: fc.double({ min: 0.5, max: 192, noNaN: true }),
        memoryBytes: fc.double({ min: 1e8, max: 2e12, noNaN: true }),
        gpus: fc.nat(8),
        cpuKept: share,
        memoryKept: share,
      })
      .map(({ cpuKept, memoryKept, ...rest }) => ({
        ...rest,
        cpuAllocatableCores: rest.cpuCores * (1 - cpuKept),
        memoryAllocatableBytes: rest.memoryBytes * (1 - memoryKept),
      }));
    fc.assert(
      fc.property(shape, fc.double({ min: 0, max: 100, noNaN: true }), containers, (node, usdPerHour, uses) => {
        const { charges, idleUsd, systemUsd } = allocateHour(node, usdPerHour, uses);
        const charged = charges.reduce((sum, charge) => sum + charge.usd, 0);
        expect(charged + idleUsd + systemUsd).toBeCloseTo(usdPerHour, 8);
        expect(idleUsd).toBeGreaterThanOrEqual(0);
        expect(systemUsd).toBeGreaterThanOrEqual(0);
        for (const charge of charges) {
          expect(charge.usd).toBeGreaterThanOrEqual(0);
          expect(charge.wastedUsd).toBeGreaterThanOrEqual(0);
          expect(charge.wastedUsd).toBeLessThanOrEqual(charge.usd + 1e-9);
        }
        const total = (pick: (charge: (typeof charges)[number]) => number) =>
          charges.reduce((sum, each) => sum + pick(each), 0);
        expect(total((charge) => charge.cpuCoreHours)).toBeLessThanOrEqual(node.cpuAllocatableCores + 1e-6);
        expect(total((charge) => charge.gpuHours)).toBeLessThanOrEqual(node.gpus + 1e-9);
      }),
      { numRuns: 500 },
    );
  });
});
