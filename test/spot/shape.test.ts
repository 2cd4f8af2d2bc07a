import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/model/quantity.js';
import { relativeWork, sameShape } from '../../src/spot/shape.js';
import type { InstanceType } from '../../src/store/prices.js';

function type(name: string, part: Partial<InstanceType> = {}): InstanceType {
  return { name, vcpu: 16, memoryBytes: 128 * GIB, architecture: 'x86_64', gpuCount: 0, gpuName: null, ...part };
}

/** Whether the second may stand in for the first. */
const fits = (from: InstanceType, to: InstanceType) => sameShape(from.name, [from, to]).includes(to.name);

describe('sameShape', () => {
  it.each([
    ['r5.4xlarge', 'r5a.4xlarge', true],
    ['r5.4xlarge', 'r6i.4xlarge', true],
    ['r5.4xlarge', 'r4.4xlarge', false],
    ['r5d.4xlarge', 'r5.4xlarge', false],
    ['r5.4xlarge', 'r5d.4xlarge', true],
    ['r5n.4xlarge', 'r5dn.4xlarge', true],
    ['r5.4xlarge', 'x2iedn.4xlarge', false],
    ['r5.metal', 'r5.24xlarge', false],
    ['m7i.4xlarge', 'm7i-flex.4xlarge', false],
    ['t3.2xlarge', 'm5.2xlarge', false],
    ['m5.2xlarge', 't3.2xlarge', false],
    ['g4dn.4xlarge', 'g5.4xlarge', false],
  ])('%s by %s: %s', (from, to, expected) => {
    expect(fits(type(from), type(to))).toBe(expected);
  });

  it.each([
    ['cores', { vcpu: 8 }],
    ['memory', { memoryBytes: 64 * GIB }],
    ['architecture', { architecture: 'arm64' }],
    ['GPUs', { gpuCount: 1, gpuName: 'T4' }],
  ])('wants the same %s', (_, part) => {
    expect(fits(type('r5.4xlarge'), type('r6i.4xlarge', part))).toBe(false);
  });

  it('knows nothing like a type that it does not know', () => {
    expect(sameShape('r5.4xlarge', [type('r5a.4xlarge')])).toEqual([]);
  });
});

describe('relativeWork', () => {
  it.each([
    ['r5.4xlarge', 'r5a.4xlarge', 0.9],
    ['r5a.4xlarge', 'r5.4xlarge', 1],
    ['r5a.4xlarge', 'r6a.4xlarge', 1],
    ['r5.4xlarge', 'r6i.4xlarge', 1],
  ])('of %s on %s is %f', (from, to, work) => {
    expect(relativeWork(from, to, 0.9)).toBe(work);
  });
});
