import { describe, expect, it } from 'vitest';
import { nodeFit } from '../../../src/analyzers/sizing/node-fit.js';
import { GIB } from '../../../src/model/quantity.js';
import { putInstanceTypes, putOnDemandPrices } from '../../../src/store/prices.js';
import { putOfferings } from '../../../src/store/spot-market.js';
import { evaluate } from '../fixture.js';
import { cluster, WINDOW } from '../idle/nodes.js';

const TYPES: Record<string, [vcpu: number, gib: number, usd: number]> = {
  'r5.2xlarge': [8, 64, 0.5],
  'm5.2xlarge': [8, 32, 0.38],
  'c5.2xlarge': [8, 16, 0.34],
  'm6i.2xlarge': [8, 32, 0.1],
  't3.2xlarge': [8, 32, 0.1],
};

interface Case {
  nodes?: number;
  cores?: number;
  type?: string;
  gpus?: number;
  prices?: boolean;
  hours?: number;
  /** Types that the zone has; undefined: not known. */
  offered?: readonly string[];
}

/** Nodes of a type, each with one pod that asks for 4 GiB per core. */
function judged({ nodes = 1, cores = 7, type = 'r5.2xlarge', gpus = 0, prices = true, hours = 96, offered }: Case) {
  const [, gib = 64] = TYPES[type] ?? [];
  const young = hours < 96 ? { firstSeenMs: WINDOW.untilMs - hours * 3_600_000, createdMs: null } : {};
  const node = {
    ...{ instanceType: type, gpuCount: gpus, memoryCapacityBytes: gib * GIB, memoryAllocatableBytes: gib * GIB },
    ...young,
  };
  const pod = { cores, use: (hour: number) => (hour >= 96 - hours ? cores / 2 : undefined) };
  const all = Array.from({ length: nodes }, (_, i) => [`n${i}`, { node, pods: [pod] }] as const);
  const { db, store } = cluster(Object.fromEntries(all));
  putInstanceTypes(
    db,
    Object.entries(TYPES).map(([name, [vcpu, memory]]) => ({
      ...{ name, vcpu, memoryBytes: memory * GIB, architecture: 'x86_64', gpuCount: 0, gpuName: null },
    })),
  );
  const place = { region: 'us-east-1', zone: 'us-east-1a' };
  putOfferings(
    db,
    (offered ?? []).map((instanceType) => ({ ...place, instanceType })),
    0,
  );
  const price = { region: 'us-east-1', product: 'Linux/UNIX', source: 'list', asOfMs: 0 };
  if (prices)
    putOnDemandPrices(
      db,
      Object.entries(TYPES).map(([instanceType, [, , usdPerHour]]) => ({ ...price, instanceType, usdPerHour })),
    );
  const [finding, ...more] = evaluate(store, nodeFit, WINDOW);
  if (!finding || more.length > 0) throw new Error('expected one answer');
  return finding;
}

describe('sizing/node-fit', () => {
  it.each<[string, Case, string]>([
    // 7 of 8 cores and 28 of 64 GiB: 44 % of the memory cannot be filled.
    ['cores full, memory half empty', {}, 'finding'],
    ['not full: room is idle and not stranded', { cores: 6 }, 'ok'],
    ['full from 80 %', { cores: 6.4 }, 'finding'],
    ['a shape that fits', { type: 'm5.2xlarge' }, 'ok'],
    ['a GPU', { gpus: 1 }, 'not-applicable'],
    ['no prices', { prices: false }, 'insufficient-data'],
    ['two days', { hours: 48 }, 'insufficient-data'],
  ])('%s %#: %s', (_, facts, state) => {
    expect(judged(facts).state).toBe(state);
  });

  it('names the cheapest shape of the same generation that holds the same', () => {
    const finding = judged({});
    expect(finding.title).toContain('1 × m5.2xlarge would hold the same');
    expect(finding.impact.usdPerMonth).toBeCloseTo((0.5 - 0.38) * 730);
  });

  it('names no shape that the zone does not have', () => {
    expect(judged({ offered: ['r5.2xlarge', 'c5.2xlarge'] }).title).not.toContain('m5.2xlarge');
    expect(judged({ offered: ['r5.2xlarge', 'm5.2xlarge'] }).title).toContain('m5.2xlarge');
  });

  it('speaks of a node that stands for its group, once', () => {
    const nodeGroup = 'r5.2xlarge/on-demand/us-east-1a';
    expect(judged({}).subject).toMatchObject({ kind: 'Node', name: 'n0', nodeGroup });
    expect(judged({ nodes: 2 }).subject).toMatchObject({ kind: 'Node', name: 'n0', nodeGroup });
  });
});
