import { describe, expect, it } from 'vitest';
import { idleGpu } from '../../../src/analyzers/idle/gpu.js';
import { gpuMismatch } from '../../../src/analyzers/placement/gpu-mismatch.js';
import type { Rule } from '../../../src/analyzers/rule.js';
import { HOUR_MS } from '../../../src/model/window.js';
import { putGpuHour } from '../../../src/store/exporters.js';
import { evaluate } from '../fixture.js';
import { cluster, HOURS, WINDOW } from './nodes.js';

interface Case {
  /** Mean GPU per cent by hours before the end (1: the last); undefined: not measured. */
  gpu?: (ago: number) => number | undefined;
  cores?: number;
  use?: number;
  ended?: boolean;
}

function stateOf(rule: Rule, { gpu = () => undefined, cores = 4, use = 0.01, ended = false }: Case) {
  const pod = { cores, gpus: 1, use: (hour: number) => (ended && hour > HOURS - 30 ? undefined : use) };
  const { store } = cluster({ n1: { pods: [pod], node: { gpuCount: 1 } } });
  for (let ago = 1; ago <= HOURS; ago++) {
    const meanPercent = gpu(ago);
    if (meanPercent === undefined) continue;
    putGpuHour(store.db, {
      ...{ cluster: 'test', gpu: 'GPU-1', namespace: 'web', pod: 'n1-0', host: 'n1', samples: 12 },
      ...{ hourMs: WINDOW.untilMs - ago * HOUR_MS, meanPercent, maxPercent: meanPercent },
    });
  }
  return evaluate(store, rule, WINDOW).find(({ subject }) => subject.name === 'n1-0')?.state;
}

describe('idle/gpu of a workload', () => {
  it.each<[string, Case, string]>([
    ['4.9 % all the time', { gpu: () => 4.9 }, 'finding'],
    ['5 % all the time', { gpu: () => 5 }, 'ok'],
    ['11 quiet hours after work', { gpu: (ago) => (ago <= 11 ? 0 : 50) }, 'ok'],
    ['12 quiet hours after work', { gpu: (ago) => (ago <= 12 ? 0 : 50) }, 'finding'],
    ['11 hours known', { gpu: (ago) => (ago <= 11 ? 0 : undefined) }, 'insufficient-data'],
    ['12 hours known', { gpu: (ago) => (ago <= 12 ? 0 : undefined) }, 'finding'],
    ['used by day, quiet at night', { gpu: (ago) => ((ago - 1) % 24 < 14 ? 0 : 50) }, 'ok'],
    ['quiet much longer than ever', { gpu: (ago) => (ago <= 20 || (ago > 40 && ago < 54) ? 0 : 50) }, 'finding'],
    ['not measured', {}, 'insufficient-data'],
    ['not measured for a day', { gpu: (ago) => (ago > 24 ? 0 : undefined) }, 'insufficient-data'],
    ['over since yesterday', { gpu: () => 0, ended: true }, 'not-applicable'],
  ])('%s %#: %s', (_, facts, state) => {
    expect(stateOf(idleGpu, facts)).toBe(state);
  });

  it('prices the GPU and not what the workload else asks for', () => {
    const { store } = cluster({ n1: { pods: [{ cores: 4, gpus: 1, use: () => 0 }], node: { gpuCount: 1 } } });
    putGpuHour(store.db, {
      ...{ cluster: 'test', gpu: 'GPU-1', namespace: 'web', pod: 'n1-0', host: 'n1', samples: 12 },
      ...{ hourMs: WINDOW.untilMs - HOUR_MS, meanPercent: 0, maxPercent: 0 },
    });
    const config = { rules: { 'idle/gpu': { hours: 1 } } };
    const [finding] = evaluate(store, idleGpu, WINDOW, config).filter(({ state }) => state === 'finding');
    // 1 USD/h in the ratio 8 × 0.031611 : 32 × 0.004237 : 0.95.
    expect(finding?.impact.usdPerMonth).toBeCloseTo((730 * 0.95) / (8 * 0.031611 + 32 * 0.004237 + 0.95));
  });
});

describe('idle/gpu of a node', () => {
  const gpuNode = { gpuCount: 1 };
  const stateOfNode = (nodes: Parameters<typeof cluster>[0]) =>
    evaluate(cluster(nodes).store, idleGpu, WINDOW).find(({ subject }) => subject.kind === 'Node')?.state;

  it.each<[string, Parameters<typeof cluster>[0], string]>([
    ['without a GPU', { n1: {} }, 'not-applicable'],
    ['with a GPU and no pod', { n1: { node: gpuNode } }, 'finding'],
    ['with a pod that asked for none', { n1: { node: gpuNode, pods: [{ cores: 1 }] } }, 'finding'],
    ['with a pod that asked for one', { n1: { node: gpuNode, pods: [{ cores: 1, gpus: 1 }] } }, 'ok'],
    [
      'known for an hour',
      { n1: { node: { ...gpuNode, createdMs: null, firstSeenMs: WINDOW.untilMs - HOUR_MS } } },
      'insufficient-data',
    ],
  ])('%s is %s', (_, nodes, state) => {
    expect(stateOfNode(nodes)).toBe(state);
  });
});

describe('placement/gpu-mismatch', () => {
  it.each<[string, Case, string]>([
    ['CPU work, GPU at 0.9 %', { gpu: () => 0.9, use: 2 }, 'finding'],
    ['CPU work, GPU at 1 %', { gpu: () => 1, use: 2 }, 'ok'],
    ['CPU below a tenth of the request', { gpu: () => 0, use: 0.39 }, 'ok'],
    ['CPU at a tenth of the request', { gpu: () => 0, use: 0.4 }, 'finding'],
    ['little of a small request', { gpu: () => 0, cores: 0.2, use: 0.09 }, 'ok'],
    ['23 hours of GPU history', { gpu: (ago) => (ago <= 23 ? 0 : undefined), use: 2 }, 'insufficient-data'],
    ['no GPU history', { use: 2 }, 'insufficient-data'],
  ])('%s %#: %s', (_, facts, state) => {
    expect(stateOf(gpuMismatch, facts)).toBe(state);
  });
});
