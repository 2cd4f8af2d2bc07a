import { describe, expect, it } from 'vitest';
import { spotVolatile } from '../../../src/analyzers/spot/volatile.js';
import { judge } from './groups.js';

/** 5-10 % a month in the bundled snapshot; r5.4xlarge is above 20 %. */
const CALM = 'c5d.9xlarge';
const on = (course: number | ((share: number) => number | undefined), onDemand?: number, config = {}) =>
  judge(spotVolatile, { courses: { [CALM]: course }, instanceType: CALM, config, ...(onDemand ? { onDemand } : {}) });

/** High for a share of the time; four changes a day. */
const peaks = (high: number) => {
  let i = 0;
  return () => (i++ % 2 === 0 ? 1 : high);
};

describe('spot/volatile', () => {
  it.each([
    [0.79, 'ok'],
    [0.8, 'finding'],
    [0.81, 'finding'],
  ])('fires from 80 %% of on-demand: %f', (price, state) => {
    expect(on(price, 1)).toMatchObject([
      { state, subject: { kind: 'NodeGroup', name: 'c5d.9xlarge/spot/us-east-1a' } },
    ]);
  });

  it.each([
    [1.24, 'ok'],
    [1.25, 'finding'],
  ])('fires on prices that change often and by much: peaks of %f', (high, state) => {
    expect(on(peaks(high))).toMatchObject([{ state }]);
  });

  it('does not mind a price that rose once', () => {
    expect(on((share) => (share < 0.5 ? 1 : 2))).toMatchObject([{ state: 'ok' }]);
  });

  it('fires on what is often taken back, with the day of that knowledge', () => {
    const [finding] = judge(spotVolatile, { courses: { 'r5.4xlarge': 0.3 }, onDemand: 1 });
    expect(finding).toMatchObject({
      state: 'finding',
      title: 'r5.4xlarge in us-east-1a is uncertain: >20% of its kind were taken back in a month',
    });
    expect(finding?.evidence.at(-1)).toMatchObject({
      metric: 'interrupted in a month (Spot Advisor of 2025-07-28)',
      value: '>20%',
    });
  });

  it('says in the good state what it does not know', () => {
    const [unknown] = judge(spotVolatile, { courses: { 'r9.huge': 1 }, instanceType: 'r9.huge', onDemand: 3 });
    expect(unknown).toMatchObject({ state: 'ok', title: expect.stringContaining('is not known') });
  });

  it('has no answer where too little of the price is known', () => {
    expect(on((share) => (share > 0.5 ? 0.1 : undefined), 1)).toMatchObject([{ state: 'insufficient-data' }]);
    expect(judge(spotVolatile, { courses: {}, instanceType: CALM })).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('takes thresholds from the configuration', () => {
    const rules = { 'spot/volatile': { nearOnDemandPercent: 50 } };
    expect(on(0.6, 1, { rules })).toMatchObject([{ state: 'finding' }]);
  });
});
