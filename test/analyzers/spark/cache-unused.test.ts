import { describe, expect, it } from 'vitest';
import { cacheUnused } from '../../../src/analyzers/spark/cache-unused.js';
import type { CachedRdd } from '../../../src/model/spark.js';
import { evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

const CACHE: CachedRdd = {
  id: 5,
  name: '*(1) Project [id#1]',
  scope: 'InMemoryTableScan',
  useMemory: true,
  useDisk: false,
  deserialized: true,
  replication: 1,
  partitions: 4,
  cachedPartitions: null,
  memoryBytes: null,
  diskBytes: null,
  stageIds: [0],
  unpersisted: false,
};

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
    { readers: 0, title: 'A cache is filled and read never' },
    { readers: 1, title: 'A cache is filled and read once' },
    { readers: 2, title: undefined },
  ])('$readers stages that read it: $title', ({ readers, title }) => {
    expect(findings(cacheUnused, read(readers))[0]?.title).toBe(title);
  });

  it('finds a cache that had lost partitions when it was read', () => {
    const [found] = findings(cacheUnused, read(3, 1));
    expect(found?.title).toBe('25 % of a cache was not there when it was read');
    expect(found?.impact.secondsPerRun).toBeCloseTo(3 * 5 * 0.25, 5);
    expect(patchOf(found)).toContain('MEMORY_AND_DISK');
  });
});
