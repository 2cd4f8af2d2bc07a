import { describe, expect, it } from 'vitest';
import { pythonUdf } from '../../../src/analyzers/spark/python-udf.js';
import { evenTasks, findings, judge, patchOf, recorded, run, sql, stage } from './runs.js';

describe('spark/python-udf', () => {
  it('finds the UDF that every row goes through', async () => {
    const [found] = findings(pythonUdf, await recorded('noPushdown'));
    expect(found?.subject.stageId).toBe(1);
    expect(found?.evidence[0]).toMatchObject({ metric: 'rows through Python', value: 3_200_000 });
  });

  it.each(['pushdown', 'healthy', 'skew'] as const)('finds none in %s', async (name) => {
    expect(judge(pythonUdf, await recorded(name))[0]?.state).toBe('ok');
  });

  const evaluating = (name: string, seconds: number, sparkVersion = '3.5.9') =>
    run({
      application: { sparkVersion },
      stages: [stage({ tasks: evenTasks(4, seconds) })],
      sqlExecutions: [sql(0, [{ name, stageIds: [0] }])],
    });

  it.each([
    { name: 'BatchEvalPython', seconds: 1, fires: true },
    { name: 'BatchEvalPython', seconds: 0.99, fires: false },
    { name: 'ArrowEvalPython', seconds: 10, fires: false },
  ])('$name for $seconds s of 100 s: $fires', ({ name, seconds, fires }) => {
    expect(findings(pythonUdf, evaluating(name, seconds)).length > 0).toBe(fires);
  });

  it.each([
    { version: '3.4.1', arrow: false },
    { version: '3.5.0', arrow: true },
    { version: '4.0.0', arrow: true },
  ])('Spark $version sends plain UDFs by Arrow: $arrow', ({ version, arrow }) => {
    const [found] = findings(pythonUdf, evaluating('BatchEvalPython', 10, version));
    expect(patchOf(found).includes('pythonUDF.arrow.enabled=true')).toBe(arrow);
  });
});
