import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cpuThrottled } from '../../../src/analyzers/sizing/cpu-throttled.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };

function judged(container: TestContainer, workload: TestWorkload = {}) {
  const fleet = new Fleet(WINDOW).node('n1').workload({ pods: [{ containers: [container] }], ...workload });
  const [finding] = evaluate(fleet.store, cpuThrottled, WINDOW);
  if (!finding) throw new Error('expected an answer');
  return finding;
}

/** Throttled in this share of the periods, in the first hour only. */
const throttled = (percent: number, hours = 1): TestContainer => ({
  cpuLimitCores: 0.5,
  use: (hour) => ({ cpuCores: 0.4, cfsPeriods: 1000, cfsThrottledPeriods: hour < hours ? 10 * percent : 0 }),
});

describe('sizing/cpu-throttled', () => {
  it.each([
    [24, 'ok'],
    [25, 'ok'],
    [26, 'finding'],
  ])('%d %% of the periods of an hour: %s', (percent, state) => {
    expect(judged(throttled(percent)).state).toBe(state);
  });

  it('raises the limit by what was held back, and not without bound', () => {
    const limitOf = (percent: number) =>
      parse(judged(throttled(percent, 96)).recommendation?.patches[0]?.content ?? '').spec.template.spec.containers[0]
        .resources;
    expect(limitOf(50)).toEqual({ limits: { cpu: '1' } });
    expect(limitOf(95)).toEqual({ limits: { cpu: '2' } });
  });

  it('names the fields of a SparkApplication', () => {
    const pods = [{ role: 'executor' as const, containers: [throttled(50, 96)] }];
    const finding = judged({}, { kind: 'SparkApplication', name: 'etl', spec: { executor: { cores: 1 } }, pods });
    expect(parse(finding.recommendation?.patches[0]?.content ?? '')).toMatchObject({
      kind: 'SparkApplication',
      spec: { executor: { coreLimit: '1' } },
    });
  });

  it.each<[string, TestContainer, TestWorkload, string]>([
    ['without a limit', { use: () => ({ cpuCores: 1 }) }, {}, 'not-applicable'],
    ['in the cluster’s own namespace', throttled(90), { namespace: 'kube-system' }, 'not-applicable'],
    ['without the kernel’s count', { cpuLimitCores: 1, use: () => ({ cpuCores: 1 }) }, {}, 'insufficient-data'],
    ['whose limits were not read', { resourcesKnown: false, use: () => ({ cpuCores: 1 }) }, {}, 'insufficient-data'],
    [
      'of two days',
      { ...throttled(0), use: (hour) => (hour < 48 ? { cpuCores: 1 } : undefined) },
      {},
      'insufficient-data',
    ],
  ])('a container %s', (_, container, workload, state) => {
    expect(judged(container, workload).state).toBe(state);
  });
});
