import { describe, expect, it } from 'vitest';
import { windowOf } from '../../src/analyzers/derived/spark-run.js';
import { sparkRuns } from '../../src/analyzers/derived/spark-runs.js';
import { RUN_RULES } from '../../src/analyzers/registry.js';
import { evaluateGiven, givenInput } from '../../src/analyzers/run.js';
import { spill } from '../../src/analyzers/spark/spill.js';
import { Config } from '../../src/config/schema.js';
import type { SparkLog } from '../../src/model/spark.js';
import { evenTasks, judge, recorded, run, stage } from './spark/runs.js';

function spilling(appId: string, stageIds: number[], family = 'nightly'): SparkLog {
  const stages = [0, 1].map((stageId) =>
    stage({
      stageId,
      tasks: evenTasks(1, 5, 10, () => ({
        shuffleReadBytes: 1000,
        diskSpilledBytes: stageIds.includes(stageId) ? 900 : 0,
      })),
    }),
  );
  return run({ application: { appId, family }, stages });
}

describe('a rule over the runs of a family', () => {
  it('gives one finding per stage, of the newest run that shows it, and in how many it was', () => {
    const found = judge(spill, [spilling('a', [0]), spilling('b', [0, 1]), spilling('c', [1])]);
    expect(found.map(({ state, subject }) => [state, subject.stageId, subject.runId])).toEqual([
      ['finding', 0, 'b'],
      ['finding', 1, 'c'],
    ]);
    expect(found.map(({ evidence }) => evidence.at(-1)?.value)).toEqual(['2 of 3', '2 of 3']);
  });

  it('trusts a finding less that the newest run does not show', () => {
    const [healed, present] = judge(spill, [spilling('a', [0, 1]), spilling('b', [1])]);
    expect(healed?.confidence.value).toBe((present?.confidence.value ?? 0) / 2);
    expect(healed?.confidence.why).toContain('the newest does not');
  });

  it('keeps families apart, and answers for each', () => {
    const found = judge(spill, [spilling('a', [0]), spilling('b', [], 'hourly')]);
    expect(found.map(({ state, subject }) => [state, subject.name])).toEqual([
      ['finding', 'nightly'],
      ['ok', 'hourly'],
    ]);
  });

  it('keeps the fingerprint over runs', () => {
    const [first] = judge(spill, spilling('a', [0]));
    const [second] = judge(spill, spilling('b', [0]));
    expect(first?.fingerprint).toBe(second?.fingerprint);
  });

  it('answers with a state for every rule on a healthy run, and adds window and samples to all evidence', async () => {
    const log = await recorded('healthy');
    const all = evaluateGiven(
      RUN_RULES,
      givenInput(Config.parse({}), windowOf(log), new Map([[sparkRuns, [{ cluster: '', log }]]])),
    );
    expect(new Set(all.map(({ rule }) => rule))).toEqual(new Set(RUN_RULES.map(({ id }) => id)));
    for (const { evidence } of all)
      for (const { window, samples } of evidence) {
        expect(window).toEqual(windowOf(log));
        expect(Number.isInteger(samples)).toBe(true);
      }
  });

  it('reads the runs once for all rules', () => {
    let passes = 0;
    const items = {
      *[Symbol.iterator]() {
        passes++;
        yield { cluster: '', log: spilling('a', [0]) };
      },
    };
    evaluateGiven(RUN_RULES, givenInput(Config.parse({}), { sinceMs: 0, untilMs: 1 }, new Map([[sparkRuns, items]])));
    expect(passes).toBe(1);
  });

  it('leaves out a rule that is switched off', () => {
    const config = Config.parse({ rules: { 'spark/spill': { enabled: false } } });
    const input = givenInput(
      config,
      { sinceMs: 0, untilMs: 1 },
      new Map([[sparkRuns, [{ cluster: '', log: spilling('a', [0]) }]]]),
    );
    expect(evaluateGiven([spill], input)).toEqual([]);
  });
});
