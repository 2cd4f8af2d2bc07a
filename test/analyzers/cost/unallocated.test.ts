import { describe, expect, it } from 'vitest';
import { costUnallocated } from '../../../src/analyzers/cost/unallocated.js';
import { DAY_MS, HOURS_PER_MONTH } from '../../../src/model/window.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');

/** A node of 1 USD/hour of which this share is requested. */
function judge(share: number, { hours = 48, priced = true, config = {} } = {}) {
  const fleet = new Fleet({ sinceMs: UNTIL - hours * (DAY_MS / 24), untilMs: UNTIL }).node('n1');
  if (priced) fleet.prices();
  const asks = { cpuRequestCores: 8 * share, memoryRequestBytes: Math.round(share * 32 * 2 ** 30) };
  fleet.workload({ pods: [{ containers: [{ ...asks, use: () => ({ cpuCores: 0, memoryBytes: 0 }) }] }] });
  return evaluate(fleet.store, costUnallocated, fleet.window, config);
}

describe('cost/unallocated', () => {
  it('finds the share, its dollars and where it is', () => {
    const [finding] = judge(0.5);
    expect(finding).toMatchObject({ state: 'finding', subject: { kind: 'Cluster' }, impact: { usdPerMonth: null } });
    const evidence = new Map(finding?.evidence.map(({ metric, value }) => [metric, value]));
    expect(evidence.get('idle share of node cost')).toBeCloseTo(50, 6);
    expect(evidence.get('idle of m5.2xlarge/on-demand/us-east-1a, 1 nodes')).toBeCloseTo(HOURS_PER_MONTH / 2, 6);
    expect(finding?.recommendation?.patches[0]?.content).toContain('WhenEmptyOrUnderutilized');
  });

  it.each([
    [0.66, 'ok'],
    [0.64, 'finding'],
  ])('allows 35 %% idle: %f requested is %s', (share, state) => {
    expect(judge(share)).toMatchObject([{ state }]);
  });

  it('takes the target from the configuration', () => {
    const rules = { 'cost/unallocated': { targetPercent: 60 } };
    expect(judge(0.5, { config: { rules } })).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    ['too few hours', { hours: 23 }],
    ['no price', { priced: false }],
  ])('is not known with %s', (_, options) => {
    expect(judge(0.1, options)).toMatchObject([{ state: 'insufficient-data' }]);
  });
});
