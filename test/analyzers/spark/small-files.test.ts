import { describe, expect, it } from 'vitest';
import { smallFiles } from '../../../src/analyzers/spark/small-files.js';
import { evenTasks, findings, judge, metrics, recorded, run, sql, stage } from './runs.js';

const MIB = 2 ** 20;

describe('spark/small-files', () => {
  it('finds a thousand tiny files and where they lie', async () => {
    const [found] = findings(smallFiles, await recorded('smallFiles'));
    expect(found?.subject.stageId).toBe(1);
    expect(found?.evidence.find(({ metric }) => metric === 'path')?.value).toBe('file:/data/tables/tiny_parquet');
  });

  it.each(['largeFiles', 'pushdown', 'noPruning'] as const)('finds none in %s', async (name) => {
    expect(judge(smallFiles, await recorded(name))[0]?.state).toBe('ok');
  });

  const reading = (files: number, bytes: number) => {
    const scan = {
      name: 'Scan parquet ',
      stageIds: [0],
      metrics: metrics({ 'number of files read': files, 'size of files read': bytes }),
    };
    return run({ stages: [stage({ tasks: evenTasks(4, 10) })], sqlExecutions: [sql(0, [scan])] });
  };

  it.each([
    { files: 100, average: MIB, fires: false },
    { files: 101, average: MIB, fires: true },
    { files: 101, average: 3 * MIB - 1, fires: true },
    { files: 101, average: 3 * MIB, fires: false },
  ])('$files files of $average bytes: $fires', ({ files, average, fires }) => {
    expect(findings(smallFiles, reading(files, files * average)).length > 0).toBe(fires);
  });

  it('finds files that are written, and on which path', () => {
    const write = {
      name: 'Execute InsertIntoHadoopFsRelationCommand',
      description:
        'Execute InsertIntoHadoopFsRelationCommand s3a://bucket/out, false, Parquet, [path=s3a://bucket/out], Append',
      metrics: metrics({ 'number of written files': 400, 'written output': 400_000 }),
    };
    const stages = [stage({ stageId: 3, tasks: evenTasks(4, 10, 10, () => ({ outputBytes: 100_000 })) })];
    const [found] = findings(smallFiles, run({ stages, sqlExecutions: [sql(0, [write])] }));
    expect(found?.subject.stageId).toBe(3);
    expect(found?.evidence.find(({ metric }) => metric === 'path')?.value).toBe('s3a://bucket/out');
  });

  it('does not apply where no operator reports files', async () => {
    expect(judge(smallFiles, await recorded('healthy'))[0]?.state).toBe('not-applicable');
  });
});
