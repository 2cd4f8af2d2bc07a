import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { memoryOom } from '../../../src/analyzers/sizing/memory-oom.js';
import { GIB, MIB } from '../../../src/model/quantity.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import { Fleet, type TestContainer, type TestWorkload } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };

function judged(workload: TestWorkload, config = {}) {
  const fleet = new Fleet(WINDOW).node('n1').workload(workload);
  const [finding, ...more] = evaluate(fleet.store, memoryOom, WINDOW, config);
  if (!finding || more.length > 0) throw new Error('expected one answer');
  return finding;
}

const one = (container: TestContainer, workload: TestWorkload = {}) =>
  judged({ pods: [{ containers: [container] }], ...workload });

const using = (bytes: number) => () => ({ cpuCores: 0.1, memoryBytes: bytes });
const LIMIT = { memoryRequestBytes: GIB, memoryLimitBytes: GIB };
const KILLED = { lastTerminationReason: 'OOMKilled', lastTerminatedMs: UNTIL - HOUR_MS };

describe('sizing/memory-oom', () => {
  it('finds a kill that the API remembers, with more memory as a patch', () => {
    const finding = one({ ...LIMIT, ...KILLED, use: using(0.95 * GIB) });
    expect(finding).toMatchObject({
      state: 'finding',
      severity: 'critical',
      title: 'OOM-killed 1 time (app), last about 2021-05-30 23:00 UTC',
      impact: { usdPerMonth: null },
    });
    const patch = parse(finding.recommendation?.patches[0]?.content ?? '');
    expect(patch.spec.template.spec.containers[0].resources).toEqual({
      requests: { memory: '1280Mi' },
      limits: { memory: '1280Mi' },
    });
  });

  it("counts the kernel's kills, and says that many may be a leak", () => {
    const finding = one({ ...LIMIT, use: (hour) => ({ ...using(GIB / 2)(), oomKills: hour % 24 === 5 ? 1 : 0 }) });
    expect(finding).toMatchObject({
      state: 'finding',
      severity: 'critical',
      title: expect.stringMatching(/^OOM-killed 4 times \(app\), last about 2021-05-30 05:00/),
    });
    expect(finding.recommendation?.risk).toContain('leak');
  });

  it('finds kills in a short history, which needs no proof of absence', () => {
    expect(one({ ...LIMIT, ...KILLED, use: (hour) => (hour > 90 ? using(GIB / 2)() : undefined) }).state).toBe(
      'finding',
    );
  });

  it.each([
    ['before the window', WINDOW.sinceMs - 1, 'ok'],
    ['at its begin', WINDOW.sinceMs, 'finding'],
    ['after its end', WINDOW.untilMs, 'ok'],
  ])('a kill %s: %s', (_, lastTerminatedMs, state) => {
    expect(one({ ...LIMIT, ...KILLED, lastTerminatedMs, use: using(GIB / 2) }).state).toBe(state);
  });

  it('an end for another reason is no OOM kill', () => {
    expect(one({ ...LIMIT, ...KILLED, lastTerminationReason: 'Error', use: using(GIB / 2) }).state).toBe('ok');
  });

  it.each([
    [0, 'ok'],
    [11, 'ok'],
    [12, 'finding'],
    [20, 'finding'],
  ])('%d of 1152 samples above 90 %% of the limit: %s, 1 %% is the most', (count, state) => {
    const use = (hour: number) => ({
      cpuCores: 0.1,
      memoryBytes: (hour < Math.floor(count / 12) ? 0.95 : 0.5) * GIB,
    });
    const rest = count % 12;
    const mixed = (hour: number) => (hour === 50 && rest > 0 ? { cpuCores: 0.1, memoryBytes: null } : use(hour));
    const finding = one({ ...LIMIT, use: mixed });
    expect(finding.state).toBe(state);
    if (state === 'finding') expect(finding.severity).toBe('warning');
  });

  it.each([
    [0.88, 'ok'],
    [0.92, 'finding'],
  ])('a working set that stays at %d of the limit: %s', (share, state) => {
    expect(one({ ...LIMIT, use: using(share * GIB) }).state).toBe(state);
  });

  it('advises at least what covers the highest working set', () => {
    const finding = one({ memoryRequestBytes: 512 * MIB, ...KILLED, use: using(2 * GIB) });
    const patch = parse(finding.recommendation?.patches[0]?.content ?? '');
    expect(patch.spec.template.spec.containers[0].resources.limits.memory).toBe('2368Mi');
  });

  it('without a request or limit to start from it gives no figure', () => {
    const finding = one({ ...KILLED, use: using(GIB) });
    expect(finding.recommendation).toMatchObject({
      patches: [],
      summary: 'Set a memory request and limit above its peak.',
    });
  });

  it.each<[string, string, TestWorkload]>([
    ['not-applicable', 'is a part of the cluster itself', { namespace: 'kube-system' }],
    ['insufficient-data', 'was never measured', { pods: [{ containers: [LIMIT] }] }],
    [
      'insufficient-data',
      'has a limit and use of its CPU alone',
      { pods: [{ containers: [{ ...LIMIT, use: () => ({ cpuCores: 1 }) }] }] },
    ],
    [
      'ok',
      'has no limit and was not killed',
      { pods: [{ containers: [{ memoryRequestBytes: GIB, use: using(2 * GIB) }] }] },
    ],
  ])('%s where it %s', (state, _, workload) => {
    expect(judged({ pods: [{ containers: [{ ...LIMIT, use: using(GIB / 2) }] }], ...workload }).state).toBe(state);
  });
});
