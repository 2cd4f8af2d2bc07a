import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCpuQuantity,
  formatMemoryQuantity,
  GIB,
  MIB,
  parseJvmMemory,
  parseQuantity,
} from '../../src/model/quantity.js';

describe('parseQuantity', () => {
  it.each([
    ['2', 2],
    ['0', 0],
    ['250m', 0.25],
    ['100u', 1e-4],
    ['12345678n', 0.012345678],
    ['.5', 0.5],
    ['1.', 1],
    ['+1', 1],
    ['-1', -1],
    ['1e3', 1000],
    ['2E-1', 0.2],
    ['1E', 1e18],
    ['3k', 3000],
    ['128M', 128e6],
    ['1536Mi', 1.5 * GIB],
    ['1Ki', 1024],
    ['2Ti', 2 ** 41],
    [' 1Gi ', GIB],
  ])('%s', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 12);
  });

  it.each([
    '',
    'm',
    '1 Gi',
    '1K',
    '1gi',
    '1mi',
    '1e3Mi',
    '1e',
    '1.2.3',
    'lots',
    '0x10',
    'NaN',
    'Infinity',
    '1e999',
    '8Ei',
  ])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('takes numbers as they are, and only finite ones', () => {
    expect(parseQuantity(4)).toBe(4);
    expect(parseQuantity(Number.NaN)).toBeUndefined();
    expect(parseQuantity(undefined)).toBeUndefined();
  });
});

describe('formatCpuQuantity', () => {
  it.each([
    [0.001, '10m'],
    [0.25, '250m'],
    [0.2501, '260m'],
    [0.3 - Number.EPSILON, '300m'],
    [0.1 + 0.2, '300m'],
    [1, '1'],
    [1.999, '2'],
    [2.5, '2500m'],
    [0, '0'],
  ])('%d cores', (cores, text) => {
    expect(formatCpuQuantity(cores)).toBe(text);
  });

  it('never prints less than was asked for, nor a step more', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 512, noNaN: true }), (cores) => {
        const printed = parseQuantity(formatCpuQuantity(cores)) ?? Number.NaN;
        expect(printed).toBeGreaterThanOrEqual(cores - 1e-7);
        expect(printed).toBeLessThan(cores + 0.01 + 1e-7);
      }),
    );
  });
});

describe('formatMemoryQuantity', () => {
  it.each([
    [MIB, '16Mi'],
    [100 * MIB, '112Mi'],
    [112 * MIB, '112Mi'],
    [112 * MIB + 200, '128Mi'],
    [GIB, '1Gi'],
    [1.5 * GIB, '1536Mi'],
    [6 * GIB, '6Gi'],
    [0, '0Mi'],
  ])('%d bytes', (bytes, text) => {
    expect(formatMemoryQuantity(bytes)).toBe(text);
  });

  it('never prints less than was asked for, but for a millionth of a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 44 }), (bytes) => {
        const printed = parseQuantity(formatMemoryQuantity(bytes)) ?? Number.NaN;
        expect(printed).toBeGreaterThanOrEqual(bytes - 16);
        expect(printed).toBeLessThan(bytes + 16 * MIB);
      }),
    );
  });
});

describe('parseJvmMemory', () => {
  it.each([
    ['2g', 2 * GIB],
    ['2G', 2 * GIB],
    ['2gb', 2 * GIB],
    ['512m', 512 * MIB],
    ['384', 384 * MIB],
    ['64k', 64 * 1024],
    ['100b', 100],
    ['1t', 2 ** 40],
  ])('%s', (text, bytes) => {
    expect(parseJvmMemory(text)).toBe(bytes);
  });

  it('takes a bare number in the unit of the setting', () => {
    expect(parseJvmMemory('32', 1024)).toBe(32 * 1024);
  });

  it.each(['', '1.5g', '2 g', '2gib', '2Gi', '2bb', 'g', '-1g'])('%j is none', (text) => {
    expect(parseJvmMemory(text)).toBeUndefined();
  });
});
