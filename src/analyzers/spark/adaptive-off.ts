import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { conf } from '../derived/spark-conf.js';
import { inSession, settingsFor } from '../derived/spark-partitions.js';
import { mainNode, nodesOfStage, operatorEvidence } from '../derived/spark-plan.js';
import { stageName, stageTaskMs, wallMs } from '../derived/spark-run.js';
import { skewOf, tailMs } from '../derived/spark-tasks.js';
import { wallShareMs } from '../derived/spark-timeline.js';
import { defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

const ENABLED = 'spark.sql.adaptive.enabled';
const SKEW_JOIN = 'spark.sql.adaptive.skewJoin.enabled';
const COALESCE = 'spark.sql.adaptive.coalescePartitions.enabled';

interface Need {
  key: typeof SKEW_JOIN | typeof COALESCE;
  why: string;
  lostMs: number;
}

/** The setting as the stage's query had it: sessions may differ from the application. */
function isOff(run: SparkLog, stage: SparkStage, key: string): boolean {
  return (
    conf(inSession(run, mainNode(run, stage)?.execution), key)
      ?.trim()
      .toLowerCase() === 'false'
  );
}

interface Limits {
  moreThanTasks: number;
  belowMedianMs: number;
  leastWallShare: number;
}

/** What adaptive execution would do for the stage: split a skewed join, or put small partitions together. */
function needOf(run: SparkLog, stage: SparkStage, limits: Limits): Need | undefined {
  if (stage.sums.shuffleReadBytes === 0) return undefined;
  const skew = skewOf(stage);
  const isJoin = nodesOfStage(run, stage.stageId).some(({ node }) =>
    /^(?:SortMergeJoin|ShuffledHashJoin)/.test(node.name),
  );
  const lostMs = skew && isJoin ? tailMs(run, stage, skew.mask) : 0;
  if (lostMs > 0 && lostMs >= Math.min(3_000, limits.leastWallShare * wallMs(run)))
    return { key: SKEW_JOIN, why: 'a skewed join partition would be split', lostMs };
  const medianMs = stage.quantiles?.durationMs.median ?? Number.POSITIVE_INFINITY;
  if (stage.numTasks <= limits.moreThanTasks || medianMs >= limits.belowMedianMs) return undefined;
  const overheadMs = Math.max(0, stageTaskMs(stage) - stage.sums.runMs);
  return {
    key: COALESCE,
    why: 'its many small partitions would be put together',
    lostMs: wallShareMs(run, stage, overheadMs),
  };
}

function findingOf(run: SparkLog, stage: SparkStage, { key, why, lostMs }: Need): RunFinding {
  const off = isOff(run, stage, ENABLED) ? ENABLED : key;
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)}: adaptive execution is off, and ${why}`,
    evidence: [
      measure(off, 'false', '', 1),
      measure('tasks', stage.numTasks, '', stage.tasks.count),
      measure('duration, median task', (stage.quantiles?.durationMs.median ?? 0) / 1000, 's', stage.tasks.count),
      operatorEvidence(run, stage),
    ],
    impact: { secondsPerRun: lostMs / 1000 },
    confidence: sure(0.75, 'the need is measured; the gain is that of the skew or overhead it removes'),
    recommendation: {
      summary: 'Switch adaptive execution on',
      risk: 'Plans change at run time: compare the run before and after.',
      patches: settingsFor(mainNode(run, stage)?.execution, { [ENABLED]: true, [key]: true }),
    },
  };
}

export const adaptiveOff = defineSparkRule({
  id: 'spark/adaptive-off',
  title: 'Adaptive execution is off where it would help',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanTasks: z.int().min(1).default(500).describe('small partitions: tasks of a stage that reads a shuffle'),
    belowMedianMs: z.number().positive().default(200).describe('and their median duration'),
    leastWallShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('skewed joins: lost share of the wall time, or 3 s'),
  }),
  *evaluate(run, limits) {
    if (!run.sqlExecutions.length) return yield notApplicable('the run has no SQL execution');
    let found = 0;
    for (const stage of run.stages) {
      const need = needOf(run, stage, limits);
      if (!need || !(isOff(run, stage, ENABLED) || isOff(run, stage, need.key))) continue;
      found++;
      yield findingOf(run, stage, need);
    }
    if (!found) yield ok('adaptive execution is on, or no stage shows a need for it');
  },
});
