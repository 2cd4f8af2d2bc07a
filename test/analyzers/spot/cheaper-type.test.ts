import { describe, expect, it } from 'vitest';
import { spotCheaperType } from '../../../src/analyzers/spot/cheaper-type.js';
import { HOURS_PER_MONTH } from '../../../src/model/window.js';
import { type Course, judge, offering, shape } from './groups.js';

const TYPES = ['r5.4xlarge', 'r5a.4xlarge', 'r5d.4xlarge'].map((name) => shape(name));
const [ALONE] = TYPES;
const withTypes = (courses: Record<string, Course>, config = {}) =>
  judge(spotCheaperType, { courses, types: TYPES, config });

describe('spot/cheaper-type', () => {
  it('finds a type of the same shape that costs less, with dollars, backtest and patch', () => {
    const [finding] = withTypes({ 'r5.4xlarge': 0.4, 'r5d.4xlarge': 0.32 });
    expect(finding).toMatchObject({
      state: 'finding',
      subject: { kind: 'NodeGroup', name: 'r5.4xlarge/spot/us-east-1a' },
      title: 'The same work is 20 % cheaper on r5d.4xlarge than on r5.4xlarge in us-east-1a',
    });
    expect(finding?.impact.usdPerMonth).toBeCloseTo(0.08 * HOURS_PER_MONTH, 6);
    expect(finding?.recommendation?.backtest).toMatchObject({ passed: true });
    expect(finding?.recommendation?.patches[0]?.content).toContain('values: ["r5d.4xlarge", "r5.4xlarge"]');
  });

  it.each([
    [0.901, 'ok'],
    [0.9, 'finding'],
    [0.899, 'finding'],
  ])('fires from 10 %%: %f of the price', (price, state) => {
    expect(withTypes({ 'r5.4xlarge': 1, 'r5d.4xlarge': price })).toMatchObject([{ state }]);
  });

  it.each([
    [0.82, 'ok'],
    [0.8, 'finding'],
  ])('counts the work that a core does: AMD at %f of the price', (price, state) => {
    expect(withTypes({ 'r5.4xlarge': 1, 'r5a.4xlarge': price })).toMatchObject([{ state }]);
  });

  it('takes thresholds from the configuration', () => {
    const rules = { 'spot/cheaper-type': { minSavingPercent: 5, amdWork: 1 } };
    expect(withTypes({ 'r5.4xlarge': 1, 'r5a.4xlarge': 0.94 }, { rules })).toMatchObject([{ state: 'finding' }]);
  });

  it.each<[string, Course]>([
    ['only became cheap in the end', (share) => (share < 0.7 ? 1.1 : 0.3)],
    ['was cheap and no longer is', (share) => (share < 0.66 ? 0.5 : 1.3)],
  ])('does not advise a type that %s', (_, course) => {
    expect(withTypes({ 'r5.4xlarge': 1, 'r5d.4xlarge': course })).toMatchObject([{ state: 'ok' }]);
  });

  it('is fine with the cheapest, and with a tie', () => {
    expect(withTypes({ 'r5.4xlarge': 1, 'r5d.4xlarge': 1.2 })).toMatchObject([{ state: 'ok' }]);
    expect(withTypes({ 'r5.4xlarge': 1, 'r5d.4xlarge': 1 })).toMatchObject([{ state: 'ok' }]);
  });

  it('names no type that the zone does not have', () => {
    const scene = { courses: { 'r5.4xlarge': 0.4, 'r5d.4xlarge': 0.32 }, types: TYPES };
    const state = (...places: string[]) => judge(spotCheaperType, { ...scene, market: offering(...places) })[0]?.state;
    expect(state('us-east-1a r5.4xlarge', 'us-east-1b r5d.4xlarge')).toBe('not-applicable');
    expect(state('us-east-1a r5.4xlarge', 'us-east-1a r5d.4xlarge')).toBe('finding');
  });

  it('looks in the zone of the group only', () => {
    expect(withTypes({ 'r5.4xlarge': 1, 'us-east-1b r5d.4xlarge': 0.2 })).toMatchObject([
      { state: 'insufficient-data', title: expect.stringContaining('were not read (aws.instanceTypes)') },
    ]);
  });

  it.each([
    ['its own shape is not known', { courses: { 'r5.4xlarge': 1 }, types: [] }],
    ['its own price is not known', { courses: { 'r5d.4xlarge': 1 }, types: TYPES }],
    [
      'others are hardly covered',
      { courses: { 'r5.4xlarge': 1, 'r5d.4xlarge': (share: number) => (share > 0.5 ? 0.1 : undefined) }, types: TYPES },
    ],
  ])('has no answer where %s', (_, scene) => {
    expect(judge(spotCheaperType, scene)).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('does not apply where no type is alike', () => {
    const types = ALONE ? [ALONE, shape('m5.4xlarge', { memoryBytes: 1 })] : [];
    expect(judge(spotCheaperType, { courses: { 'r5.4xlarge': 1 }, types })).toMatchObject([
      { state: 'not-applicable' },
    ]);
  });
});
