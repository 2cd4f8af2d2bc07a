import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { memoryOverRequested } from '../../../src/analyzers/sizing/memory-over-requested.js';
import type { JvmHeap } from '../../../src/model/posture.js';
import { GIB, MIB, parseJvmMemory } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { putPosture } from '../../../src/store/posture-write.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';
import { PLAIN, container as posture } from '../posture-fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 7 * DAY_MS, untilMs: UNTIL };

function judged(workload: TestWorkload, config = {}) {
  const fleet = new Fleet(WINDOW).node('n1').prices().workload(workload);
  const [finding, ...more] = evaluate(fleet.store, memoryOverRequested, WINDOW, config);
  if (!finding || more.length > 0) throw new Error('expected one answer');
  return finding;
}

const one = (container: TestContainer, workload: TestWorkload = {}, config = {}) =>
  judged({ pods: [{ containers: [container] }], ...workload }, config);

/** 1000 MiB + 15 % = 1150 MiB, in steps of 16: 1152 MiB are advised. */
const LOAD = () => ({ cpuCores: 0.1, memoryBytes: 1000 * MIB });
const ADVISED = 1152 * MIB;

describe('sizing/memory-over-requested', () => {
  it('finds a request far above use, with a patch that sets request and limit', () => {
    const finding = one({ memoryRequestBytes: 4 * GIB, use: LOAD });
    expect(finding).toMatchObject({
      state: 'finding',
      impact: { freedMemoryBytes: 4 * GIB - ADVISED, usdPerMonth: expect.any(Number) },
      recommendation: { backtest: { passed: true, figures: { foldsAboveLimit: 0 } } },
    });
    const patch = parse(finding.recommendation?.patches[0]?.content ?? '');
    expect(patch.spec.template.spec.containers[0].resources).toEqual({
      requests: { memory: '1152Mi' },
      limits: { memory: '1152Mi' },
    });
  });

  it.each([
    [1439, 'ok'],
    [1440, 'finding'],
    [1441, 'finding'],
  ])('a request of %d MiB over an advised 1152: %s, 80 %% is the most', (mib, state) => {
    expect(one({ memoryRequestBytes: mib * MIB, use: LOAD }).state).toBe(state);
  });

  it.each([
    [211, 'ok'],
    [212, 'finding'],
  ])('a request of %d MiB over an advised 112: %s, 100 MiB are the least that counts', (mib, state) => {
    expect(one({ memoryRequestBytes: mib * MIB, use: () => ({ cpuCores: 0.1, memoryBytes: 97 * MIB }) }).state).toBe(
      state,
    );
  });

  it('is silent where an unseen day would have been killed', () => {
    const spike = (hour: number) => ({ cpuCores: 0.1, memoryBytes: (hour === 6 * 24 + 5 ? 3000 : 1000) * MIB });
    expect(one({ memoryRequestBytes: 16 * GIB, use: spike })).toMatchObject({
      state: 'ok',
      title: expect.stringContaining('failed its backtest'),
    });
  });

  it('gives nothing less to what was OOM-killed', () => {
    const killed = (hour: number) => ({ ...LOAD(), oomKills: hour === 3 ? 1 : 0 });
    expect(one({ memoryRequestBytes: 4 * GIB, use: killed })).toMatchObject({
      state: 'ok',
      title: expect.stringContaining('OOM-killed'),
    });
  });

  it('is less sure of a JVM, and speaks in its settings', () => {
    const spec = { type: 'Scala', executor: { cores: 2, memory: '12g' } };
    const finding = judged({
      kind: 'SparkApplication',
      spec,
      pods: [
        {
          role: 'executor',
          containers: [{ memoryRequestBytes: 13 * GIB, use: () => ({ cpuCores: 1, memoryBytes: 3 * GIB }) }],
        },
      ],
    });
    expect(finding.confidence.value).toBeLessThanOrEqual(0.7);
    const { executor } = parse(finding.recommendation?.patches[0]?.content ?? '').spec;
    expect(parseJvmMemory(executor.memory)).toBeGreaterThan(3 * GIB);
    expect(parseJvmMemory(executor.memory)).toBeLessThan(3.5 * GIB);
  });

  it.each<[string, string, TestWorkload]>([
    ['not-applicable', 'is a part of the cluster itself', { namespace: 'kube-system' }],
    ['not-applicable', 'asks for no memory', { pods: [{ containers: [{ use: LOAD }] }] }],
    ['insufficient-data', 'was never measured', { pods: [{ containers: [{ memoryRequestBytes: 4 * GIB }] }] }],
    [
      'insufficient-data',
      'has use of its CPU alone',
      { pods: [{ containers: [{ memoryRequestBytes: 4 * GIB, use: () => ({ cpuCores: 1 }) }] }] },
    ],
  ])('%s where it %s', (state, _, workload) => {
    const [one] = [judged({ pods: [{ containers: [{ memoryRequestBytes: 4 * GIB, use: LOAD }] }], ...workload })];
    expect(one.state).toBe(state);
  });

  describe('of a JVM outside Spark', () => {
    function withHeap(jvmHeap: JvmHeap, container: TestContainer = {}, config = {}) {
      const fleet = new Fleet(WINDOW).node('n1').prices();
      fleet.workload({ pods: [{ containers: [{ memoryRequestBytes: 8 * GIB, use: LOAD, ...container }] }] });
      putPosture(fleet.db, {
        ...{ workloadId: 1, role: '', byTemplate: true, nowMs: UNTIL },
        posture: { ...PLAIN, containers: [posture({ jvmHeap })] },
      });
      return evaluate(fleet.store, memoryOverRequested, WINDOW, config)[0];
    }
    const advised = (finding: ReturnType<typeof withHeap>) =>
      finding?.evidence.find(({ metric }) => metric.startsWith('advised'))?.value;

    it.each([
      ['a fixed heap and Spark’s least beside it', { bytes: 3 * GIB, percent: null }, (3072 + 384) * MIB],
      ['a tenth beside a large heap', { bytes: 5 * GIB, percent: null }, 5632 * MIB],
      ['the peak within a share of the memory', { bytes: null, percent: 50 }, 2000 * MIB],
      ['the highest peak where that is more', { bytes: 512 * MIB, percent: null }, ADVISED],
    ])('leaves %s', (_what, heap, bytes) => {
      expect(advised(withHeap(heap))).toBe(bytes);
    });

    it('is silent where the heap fills the request', () => {
      expect(withHeap({ bytes: 7 * GIB, percent: null })?.state).toBe('ok');
      expect(withHeap({ bytes: null, percent: 15 })?.state).toBe('ok');
    });

    it('tells the heap', () => {
      const metrics = (heap: JvmHeap) =>
        withHeap(heap, { memoryLimitBytes: 8 * GIB })?.evidence.map(({ metric, value }) => [metric, value]);
      expect(metrics({ bytes: 3 * GIB, percent: null })).toContainEqual(['JVM heap, fixed (app)', 3 * GIB]);
      expect(metrics({ bytes: null, percent: 50 })).toContainEqual(['JVM heap, 50 % of the limit (app)', 4 * GIB]);
    });

    it('compares with what a peer would have chosen, which knows no heap', () => {
      expect(advised(withHeap({ bytes: 5 * GIB, percent: null }, {}, { analysis: { strategy: 'krr' } }))).toBeLessThan(
        2 * GIB,
      );
    });
  });
});
