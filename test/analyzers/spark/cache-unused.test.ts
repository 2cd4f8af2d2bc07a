import { describe, expect, it } from 'vitest';
import { cacheUnused } from '../../../src/analyzers/spark/cache-unused.js';
import { CACHE, evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

describe('spark/cache-unused', () => {
  it('finds a cache that three later stages read worth its place', async () => {
    expect(judge(cacheUnused, await recorded('cached'))[0]?.state).toBe('ok');
  });

  it('does not apply where nothing is cached', async () => {
    expect(judge(cacheUnused, await recorded('healthy'))[0]?.state).toBe('not-applicable');
  });

  /** `missed` of the four partitions of each reader are not in the cache. */
  const read = (readers: number, missed = 0) => {
    const stages = Array.from({ length: readers + 1 }, (_, stageId) =>
      stage({
        stageId,
        tasks: evenTasks(4, 5, stageId * 5, (i) => ({ inputBytes: stageId && i >= missed ? 100 : 0 })),
      }),
    );
    return run({ stages, cachedRdds: [{ ...CACHE, stageIds: stages.map(({ stageId }) => stageId) }] });
  };

  it.each([
    { readers: 0, title: 'A cache is filled and never read' },
    { readers: 1, title: 'A cache is filled and read once' },
    { readers: 2, title: undefined },
  ])('$readers stages that read it: $title', ({ readers, title }) => {
    expect(findings(cacheUnused, read(readers))[0]?.title).toBe(title);
  });

  it('leaves alone what a library caches within its own call', () => {
    const { stages, ...rest } = read(0);
    const details =
      'org.apache.spark.rdd.RDD.count(RDD.scala:1296)\norg.apache.spark.ml.recommendation.ALS$.train(ALS.scala:1009)';
    const fitted = { ...rest, stages: stages.map((own) => ({ ...own, details })) };
    const ofRdd = { ...fitted, cachedRdds: [{ ...CACHE, name: 'userFactors', scope: 'mapPartitions' }] };
    expect(judge(cacheUnused, ofRdd).map(({ state }) => state)).toEqual(['not-applicable']);
    expect(findings(cacheUnused, fitted)).toHaveLength(1);
  });

  it('finds a cache that had lost partitions when it was read', () => {
    const [found] = findings(cacheUnused, read(3, 1));
    expect(found?.title).toBe('25 % of a cache was not there when it was read');
    expect(found?.impact.secondsPerRun).toBeCloseTo(3 * 5 * 0.25, 5);
    expect(patchOf(found)).toContain('MEMORY_AND_DISK');
  });
});
