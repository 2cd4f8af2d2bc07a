import { describe, expect, it } from 'vitest';
import { spill } from '../../../src/analyzers/spark/spill.js';
import { evenTasks, findings, judge, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/spill', () => {
  it('finds the sort that spills, and the partitions that would fit', async () => {
    const found = findings(spill, await recorded('spill'));
    expect(found.map(({ subject }) => subject.stageId)).toEqual([2]);
    expect(found[0]?.evidence[0]).toMatchObject({ metric: 'spilled to disk', value: 60_890_600, unit: 'bytes' });
    expect(patchOf(found[0])).toBe('spark.sql.shuffle.partitions=8');
  });

  it('finds none in its twin', async () => {
    expect(judge(spill, await recorded('spillFixed')).map(({ state }) => state)).toEqual(['ok']);
  });

  it.each([
    { spilled: 99, fires: false },
    { spilled: 100, fires: true },
    { spilled: 101, fires: true },
  ])('$spilled bytes of 1,000 read: $fires', ({ spilled, fires }) => {
    const tasks = evenTasks(1, 5, 10, () => ({ diskSpilledBytes: spilled, shuffleReadBytes: 1000 }));
    expect(findings(spill, run({ stages: [stage({ tasks })] })).length > 0).toBe(fires);
  });

  it('sends skewed data to the skew remedy: more partitions keep a key together', () => {
    const tasks = evenTasks(4, 5, 10, (i) => ({ diskSpilledBytes: i ? 0 : 5000, shuffleReadBytes: i ? 1000 : 9000 }));
    const [found] = findings(spill, run({ stages: [stage({ tasks })] }));
    expect(patchOf(found)).toContain('hot key');
  });

  it('reads smaller partitions where the stage reads files', () => {
    const tasks = evenTasks(4, 5, 10, () => ({
      diskSpilledBytes: 200 * 2 ** 20,
      memorySpilledBytes: 1000,
      peakExecutionMemoryBytes: 1000,
      inputBytes: 300 * 2 ** 20,
    }));
    const scan = { name: 'Scan parquet', stageIds: [0] };
    const stages = [stage({ tasks })];
    const [found] = findings(spill, run({ stages, sqlExecutions: [sql(0, [scan])] }));
    // (1,000 + 1,000) / 1,000 with a fifth of room: 4 tasks become 10, on 4 slots 12.
    expect(patchOf(found)).toBe('spark.sql.files.maxPartitionBytes=100m');
    const cached = { ...scan, name: 'InMemoryTableScan' };
    expect(patchOf(findings(spill, run({ stages, sqlExecutions: [sql(0, [cached])] }))[0])).toMatch(
      /^repartition\(12\)/,
    );
  });

  it('names no number where the memory of the tasks was not logged', () => {
    const tasks = evenTasks(4, 5, 10, () => ({
      diskSpilledBytes: 5000,
      memorySpilledBytes: 9000,
      shuffleReadBytes: 5000,
    }));
    const objects = sql(0, [{ name: 'ObjectHashAggregate', stageIds: [0] }]);
    const [found] = findings(spill, run({ stages: [stage({ tasks })], sqlExecutions: [objects] }));
    expect(found?.recommendation?.summary).toContain('is not logged');
    expect(found?.evidence).toContainEqual(
      expect.objectContaining({ metric: 'execution memory, largest task', value: null }),
    );
    expect(patchOf(found)).toContain('spark.sql.objectHashAggregate.sortBased.fallbackThreshold');
  });
});
