import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cpuUnderRequested } from '../../../src/analyzers/sizing/cpu-under-requested.js';
import { memoryUnderRequested } from '../../../src/analyzers/sizing/memory-under-requested.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 5 * DAY_MS, untilMs: UNTIL };

/** 120 hours; the first `hours` of them high. */
function judged(rule: typeof cpuUnderRequested, container: TestContainer, workload: TestWorkload = {}) {
  const fleet = new Fleet(WINDOW).node('n1').workload({ pods: [{ containers: [container] }], ...workload });
  const [finding] = evaluate(fleet.store, rule, WINDOW);
  if (!finding) throw new Error('expected an answer');
  return finding;
}

const cpu = (hours: number, high = 1.5) => ({
  cpuRequestCores: 1,
  use: (hour: number) => ({ cpuCores: hour < hours ? high : 0.5 }),
});
const memory = (hours: number, limit: number | null = 4 * GIB) => ({
  memoryRequestBytes: GIB,
  memoryLimitBytes: limit,
  use: (hour: number) => ({ cpuCores: 0.1, memoryBytes: hour < hours ? 2 * GIB : 0.5 * GIB }),
});

describe('sizing/cpu-under-requested', () => {
  // 5 % of 120 hours are 6.
  it.each([
    [5, 'ok'],
    [6, 'ok'],
    [7, 'finding'],
  ])('%d hours above the request: %s', (hours, state) => {
    expect(judged(cpuUnderRequested, cpu(hours)).state).toBe(state);
  });

  it('asks for more CPU and leaves memory and limits alone', () => {
    const { recommendation, evidence } = judged(cpuUnderRequested, { ...cpu(120), cpuLimitCores: 2 });
    const [container] = parse(recommendation?.patches[0]?.content ?? '').spec.template.spec.containers;
    expect(Object.keys(container.resources)).toEqual(['requests']);
    expect(Number.parseInt(container.resources.requests.cpu, 10)).toBeGreaterThanOrEqual(1500);
    expect(evidence.find(({ metric }) => metric.startsWith('time above'))?.value).toBeCloseTo(100);
  });

  it.each<[TestContainer, TestWorkload, string]>([
    [{ ...cpu(120), cpuRequestCores: null }, {}, 'not-applicable'],
    [{ ...cpu(120), cpuRequestCores: null, resourcesKnown: false }, {}, 'insufficient-data'],
    [cpu(120), { namespace: 'kube-system' }, 'not-applicable'],
    [{ ...cpu(120), use: (hour) => (hour < 48 ? { cpuCores: 2 } : undefined) }, {}, 'insufficient-data'],
    [{ ...cpu(120), use: () => undefined }, {}, 'insufficient-data'],
  ])('%#: %o %o is %s', (container, workload, state) => {
    expect(judged(cpuUnderRequested, container, workload).state).toBe(state);
  });
});

describe('sizing/memory-under-requested', () => {
  it.each([
    [6, 'ok'],
    [7, 'finding'],
  ])('%d hours above the request: %s', (hours, state) => {
    expect(judged(memoryUnderRequested, memory(hours)).state).toBe(state);
  });

  it.each([
    [4 * GIB, undefined],
    [1.5 * GIB, true],
  ])('with a limit of %d bytes: limit is changed %s', (limit, changed) => {
    const finding = judged(memoryUnderRequested, memory(120, limit));
    const [container] = parse(finding.recommendation?.patches[0]?.content ?? '').spec.template.spec.containers;
    expect(Number.parseFloat(container.resources.requests.memory)).toBeGreaterThanOrEqual(2);
    expect(container.resources.limits !== undefined || undefined).toBe(changed);
  });

  it('takes nothing for above a limit that is the request', () => {
    expect(judged(memoryUnderRequested, memory(120, GIB)).state).toBe('ok');
    expect(judged(cpuUnderRequested, { ...cpu(120, 1.005), cpuLimitCores: 1 }).state).toBe('ok');
  });

  it('says nothing of what asks for none', () => {
    expect(judged(memoryUnderRequested, { ...memory(120), memoryRequestBytes: null }).state).toBe('not-applicable');
  });
});
