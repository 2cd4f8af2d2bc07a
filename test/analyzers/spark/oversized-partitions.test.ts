import { describe, expect, it } from 'vitest';
import { oversizedPartitions } from '../../../src/analyzers/spark/oversized-partitions.js';
import { evenTasks, findings, judge, patchOf, recorded, run, stage } from './runs.js';

const GIB = 2 ** 30;

describe('spark/oversized-partitions', () => {
  it.each([
    { bytes: GIB, fires: false },
    { bytes: GIB + 1, fires: true },
  ])('$bytes bytes in one task: $fires', ({ bytes, fires }) => {
    const stages = [stage({ tasks: evenTasks(4, 10, 10, (i) => ({ shuffleReadBytes: i ? 1 : bytes })) })];
    expect(findings(oversizedPartitions, run({ stages })).length > 0).toBe(fires);
  });

  it('cuts the shuffle into tasks of 128 MiB', () => {
    const stages = [stage({ tasks: evenTasks(2, 10, 10, () => ({ shuffleReadBytes: 2 * GIB })) })];
    expect(patchOf(findings(oversizedPartitions, run({ stages }))[0])).toBe('spark.sql.shuffle.partitions=32');
  });

  it('finds none in recorded runs of little data', async () => {
    expect(judge(oversizedPartitions, await recorded('skew'))[0]?.state).toBe('ok');
  });
});
