import { describe, expect, it } from 'vitest';
import { Accumulators } from '../../../src/collectors/spark/accumulators.js';

const METRIC = 7;

function sql(value: number, update?: number) {
  return [
    { ID: METRIC, Value: String(value), Metadata: 'sql', ...(update === undefined ? {} : { Update: String(update) }) },
  ];
}

describe('Accumulators', () => {
  it('takes the total of a completed stage, whatever its tasks said', () => {
    const accumulators = new Accumulators();
    accumulators.addOfTask(sql(10, 10), 1, 0, true);
    accumulators.addOfStage(sql(90), 1, 0);

    expect(accumulators.total(METRIC, 0, new Set([1]))).toBe(90);
    expect(accumulators.unknownShares(METRIC, new Set([1]))).toEqual([]);
  });

  it('gives each execution its own share of an accumulator that goes on counting', () => {
    const accumulators = new Accumulators();
    accumulators.addOfStage(sql(100), 1, 0);
    accumulators.addOfTask(sql(130, 30), 2, 0, true);
    accumulators.addOfStage(sql(160), 2, 0);

    expect(accumulators.total(METRIC, 1, new Set([2]))).toBe(60);
  });

  it('gives each execution its own share of an accumulator that Spark set back in between', () => {
    const accumulators = new Accumulators();
    accumulators.addOfStage(sql(100), 1, 0);
    accumulators.addOfTask(sql(30, 30), 2, 0, true);
    accumulators.addOfStage(sql(160), 2, 0);

    expect(accumulators.total(METRIC, 1, new Set([2]))).toBe(160);
  });

  it('asks for the tasks of a stage whose beginning it cannot know, and sums them', () => {
    const accumulators = new Accumulators();
    accumulators.addOfStage(sql(100), 1, 0);
    accumulators.addOfStage(sql(160), 2, 0);
    expect(accumulators.unknownShares(METRIC, new Set([2]))).toEqual([2]);

    accumulators.addToSum(sql(120, 20), 2, 0);
    accumulators.addToSum(sql(160, 40), 2, 0);

    expect(accumulators.unknownShares(METRIC, new Set([2]))).toEqual([]);
    expect(accumulators.total(METRIC, 1, new Set([2]))).toBe(60);
  });

  it('counts the newest attempt of a stage only', () => {
    const accumulators = new Accumulators();
    accumulators.addToSum(sql(50, 50), 1, 0);
    accumulators.addToSum(sql(70, 20), 1, 1);
    accumulators.addToSum(sql(75, 5), 1, 0);

    expect(accumulators.total(METRIC, 0, new Set([1]))).toBe(20);
  });

  it('counts once what stages of one execution counted together', () => {
    const accumulators = new Accumulators();
    accumulators.addOfTask(sql(10, 10), 1, 0, true);
    accumulators.addOfTask(sql(25, 15), 2, 0, true);
    accumulators.addOfStage(sql(40), 1, 0);
    accumulators.addOfStage(sql(60), 2, 0);

    expect(accumulators.total(METRIC, 0, new Set([1, 2]))).toBe(60);
  });

  it('adds up what the driver published in parts, for that execution alone', () => {
    const accumulators = new Accumulators();
    accumulators.addOfDriver(
      [
        [METRIC, 3],
        [METRIC, 4],
      ],
      5,
    );

    expect(accumulators.total(METRIC, 5, new Set())).toBe(7);
    expect(accumulators.total(METRIC, 6, new Set())).toBeNull();
  });

  it('has nothing of metrics that were never reported, and leaves task metrics aside', () => {
    const accumulators = new Accumulators();
    accumulators.addOfStage([{ ID: METRIC, Name: 'internal.metrics.resultSize', Value: 12 }], 1, 0);

    expect(accumulators.total(METRIC, 0, new Set([1]))).toBeNull();
  });
});
