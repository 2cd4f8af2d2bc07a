import { describe, expect, it } from 'vitest';
import { spotScarce } from '../../../src/analyzers/spot/scarce.js';
import { openSpotAdvisor } from '../../../src/spot/advisor.js';
import type { InstanceType } from '../../../src/store/prices.js';
import { judge, offering, ran, shape } from './groups.js';

/** Types of one shape in us-east-1, one of each bucket of the bundled snapshot, so that thresholds can be met. */
const advisor = openSpotAdvisor();
const NAMES = ['m', 'r', 'c']
  .flatMap((series) =>
    ['5', '5n', '5d', '6i', '6id', '6in', '7i', '7a', '6a', '5a', '5ad'].map((rest) => series + rest),
  )
  .flatMap((family) =>
    ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge'].map((size) => `${family}.${size}`),
  );
function ofBucket(bucket: number): string {
  const name = NAMES.find(
    (type) => /^[mrc]5\./.test(type) === bucket > 1 && advisor('us-east-1', type)?.bucket === bucket,
  );
  if (!name) throw new Error(`no type of bucket ${bucket}`);
  return name;
}

const like = (...names: string[]): InstanceType[] => names.map((name) => shape(name));
const on = (instanceType: string, types: InstanceType[], config = {}) =>
  judge(spotScarce, { courses: { [instanceType]: 1 }, instanceType, types, config });

describe('spot/scarce', () => {
  it('names a type like it that is taken back less often', () => {
    const [worst, good] = [ofBucket(4), ofBucket(1)];
    const [finding] = on(worst, like(worst, good));
    expect(finding).toMatchObject({
      state: 'finding',
      title: `>20% of ${worst} are taken back in a month, of ${good} 5-10%`,
      confidence: { value: 0.5 },
    });
    expect(finding?.recommendation?.patches[0]?.content).toContain(`values: ["${good}", "${worst}"]`);
  });

  it.each([
    [2, 'ok'],
    [3, 'finding'],
  ])('fires from 15 %% a month: bucket %i', (bucket, state) => {
    const own = ofBucket(bucket);
    expect(on(own, like(own, ofBucket(0)))).toMatchObject([{ state }]);
  });

  it('wants another to be two buckets better', () => {
    const own = ofBucket(4);
    expect(on(own, like(own, ofBucket(3)))).toMatchObject([
      { state: 'ok', title: expect.stringContaining('fare no better') },
    ]);
    const rules = { 'spot/scarce': { minBucketsBetter: 1 } };
    expect(on(own, like(own, ofBucket(3)), { rules })).toMatchObject([{ state: 'finding' }]);
  });

  it('does not apply where nothing is like it', () => {
    const own = ofBucket(4);
    expect(on(own, like(own))).toMatchObject([{ state: 'not-applicable' }]);
  });

  it('does not know a type that the Spot Advisor does not', () => {
    expect(on('r9.huge', like('r9.huge'))).toMatchObject([{ state: 'insufficient-data' }]);
  });
});

describe('spot/scarce, measured', () => {
  const [good, fair] = [ofBucket(1), ofBucket(0)];
  const seen = (own: [number, number, number], elsewhere?: [number, number, number]) =>
    judge(spotScarce, {
      courses: { [good]: 1, [`us-east-1b ${good}`]: 1 },
      instanceType: good,
      types: like(good, fair),
      market(db) {
        ran(db, good, 'us-east-1a', ...own);
        if (elsewhere) ran(db, good, 'us-east-1b', ...elsewhere);
      },
    })[0];

  it('finds a zone that takes machines back which the Spot Advisor calls steady, and names a better one', () => {
    const finding = seen([40, 5, 20], [40, 60, 1]);
    expect(finding).toMatchObject({ state: 'finding', confidence: { value: 0.8 } });
    // The node of the scene runs all the time beside them.
    expect(finding?.title).toMatch(
      /is often taken back in us-east-1a: seen here: 20 interruptions in .* instance-hours/,
    );
    expect(finding?.recommendation?.summary).toContain(`${good} in us-east-1b`);
    expect(finding?.evidence.map(({ value }) => value)).toContain('seen here: 1 interruption in 57,600 instance-hours');
  });

  it('trusts a long time without interruptions more than the Spot Advisor', () => {
    const worst = ofBucket(4);
    const [evaluation] = judge(spotScarce, {
      courses: { [worst]: 1 },
      instanceType: worst,
      types: like(worst, good),
      market: (db) => ran(db, worst, 'us-east-1a', 20, 80, 1),
    });
    expect(evaluation).toMatchObject({ state: 'ok', title: expect.stringContaining('seen here: 1 interruption in') });
  });

  it('says that a few hours say too little', () => {
    const [worst] = [ofBucket(4)];
    const [evaluation] = judge(spotScarce, {
      courses: { [worst]: 1 },
      instanceType: worst,
      types: like(worst, good),
      market: (db) => ran(db, worst, 'us-east-1a', 1, 1, 1),
    });
    expect(evaluation?.title).toContain(`>20% of ${worst}`);
    expect(evaluation).toMatchObject({ confidence: { value: 0.5 } });
  });

  it('names no type that the zone does not have', () => {
    const worst = ofBucket(4);
    const scene = { courses: { [worst]: 1 }, instanceType: worst, types: like(worst, good) };
    const only = offering(`us-east-1a ${worst}`, `us-east-1b ${good}`);
    expect(judge(spotScarce, { ...scene, market: only })[0]?.state).toBe('not-applicable');
  });
});
