import { describe, expect, it } from 'vitest';
import { dataSkew } from '../../../src/analyzers/spark/data-skew.js';
import { evenTasks, findings, judge, patchOf, recorded, run, sql, stage, type TaskSpec } from './runs.js';

describe('spark/data-skew', () => {
  it('finds the join whose hot key holds most rows, with thresholds at which Spark would split it', async () => {
    const [found, ...more] = findings(dataSkew, await recorded('skew'));
    expect(more).toEqual([]);
    expect(found?.subject).toMatchObject({ kind: 'SparkApplication', name: 'skew-join', stageId: 2 });
    expect(found?.impact.secondsPerRun).toBeGreaterThan(10);
    expect(found?.impact.secondsPerRun).toBeLessThan(38);
    expect(patchOf(found)).toContain('spark.sql.adaptive.skewJoin.enabled=true');
    expect(patchOf(found)).toContain('SortMergeJoin');
  });

  it.each(['skewSplit', 'healthy', 'straggler', 'stream'] as const)('finds none in %s', async (name) => {
    expect(findings(dataSkew, await recorded(name))).toEqual([]);
  });

  const oneLarge = (records: number, seconds: number): TaskSpec[] => [
    ...evenTasks(8, 1, 10, () => ({ shuffleReadRecords: 1000 })),
    { at: 12, seconds, executor: '1', metrics: { shuffleReadRecords: records } },
  ];

  // The large task runs on alone on one of four slots: three quarters of its time are lost.
  it.each([
    { records: 4999, seconds: 4, fires: false, why: 'just below five times the median' },
    { records: 5000, seconds: 4, fires: true, why: 'five times the median, 3 s lost' },
    { records: 5000, seconds: 3.99, fires: false, why: 'less than 3 s lost of 100 s' },
  ])('$why: $fires', ({ records, seconds, fires }) => {
    const stages = [stage({ tasks: oneLarge(records, seconds) })];
    expect(findings(dataSkew, run({ stages })).length > 0).toBe(fires);
  });

  it('counts only slots that idle: with other tasks running nothing is lost', () => {
    const other = stage({
      stageId: 1,
      tasks: [1, 2, 3].map((i) => ({ at: 10, seconds: 60, executor: i < 2 ? '1' : '2' })),
    });
    const skewed = stage({ stageId: 0, tasks: oneLarge(50_000, 30) });
    expect(findings(dataSkew, run({ stages: [skewed, other] }))).toEqual([]);
  });

  it('advises to spread the key where adaptive execution cannot split', () => {
    const tasks = oneLarge(50_000, 30);
    const window = sql(0, [{ name: 'Window', description: 'Window [row_number()]', stageIds: [0] }]);
    const [found] = findings(dataSkew, run({ stages: [stage({ tasks })], sqlExecutions: [window] }));
    expect(patchOf(found)).toContain('salted key');
    expect(patchOf(found)).not.toContain('skewJoin');
  });

  it('does not apply where no stage has two tasks', () => {
    expect(judge(dataSkew, run()).map(({ state }) => state)).toEqual(['not-applicable']);
  });
});
