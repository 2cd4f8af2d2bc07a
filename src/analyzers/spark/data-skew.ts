import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { confFlag, sparkBytes } from '../derived/spark-conf.js';
import { mainNode, operatorEvidence, stageText } from '../derived/spark-plan.js';
import { stageName, taskDurationMs, wallMs } from '../derived/spark-run.js';
import { mostSlots } from '../derived/spark-slots.js';
import { SKEW_FACTOR, type Skew, skewOf, tailMs } from '../derived/spark-tasks.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sparkConf, sure } from '../spark-rule.js';

/** Spark's own defaults for a skewed join partition: 5 × the median and 256 MiB (SQLConf). */
const SPARK_FACTOR = 5;
const SPARK_THRESHOLD_BYTES = 256 * 2 ** 20;
const SPARK_ADVISORY_BYTES = 64 * 2 ** 20;

/** Operators whose skewed partitions adaptive execution can split (OptimizeSkewedJoin). */
const SPLITTABLE = /^(?:SortMergeJoin|ShuffledHashJoin)/;

/** Thresholds at which adaptive execution would have split this stage's partition. */
function adaptiveConf(run: SparkLog, stage: SparkStage, skew: Skew) {
  const bytes = stage.tasks.metrics.shuffleReadBytes;
  const total = stage.sums.shuffleReadBytes;
  const worst = bytes[skew.worstTask] ?? 0;
  const perSlot = total / Math.max(1, 2 * mostSlots(run));
  return sparkConf({
    'spark.sql.adaptive.enabled': true,
    'spark.sql.adaptive.skewJoin.enabled': true,
    'spark.sql.adaptive.skewJoin.skewedPartitionFactor': SPARK_FACTOR,
    'spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes': sparkBytes(
      Math.min(SPARK_THRESHOLD_BYTES, worst / 4),
    ),
    'spark.sql.adaptive.advisoryPartitionSizeInBytes': sparkBytes(Math.min(SPARK_ADVISORY_BYTES, perSlot)),
  });
}

function recommendation(run: SparkLog, stage: SparkStage, skew: Skew): RunFinding['recommendation'] {
  const operator = stageText(run, stage);
  const node = mainNode(run, stage)?.node;
  if (node && SPLITTABLE.test(node.name)) {
    const isOn = confFlag(run, 'spark.sql.adaptive.enabled');
    return {
      summary: isOn
        ? 'Lower the thresholds at which adaptive execution splits a skewed partition'
        : 'Let adaptive execution split the skewed partition of the join',
      risk: 'Splitting reads the other side of the join once per part.',
      patches: [adaptiveConf(run, stage, skew), code(`If the join stays skewed, salt its key: ${operator}`)],
    };
  }
  const advice = skew.by.startsWith('input')
    ? `Split the large input (smaller files, a splittable codec, or repartition after the read): ${operator}`
    : `Spread the hot key: aggregate in two steps over a salted key, or handle it apart from the rest: ${operator}`;
  return { summary: 'Spread the data of the largest task over more tasks', patches: [code(advice)] };
}

function findingOf(run: SparkLog, stage: SparkStage, skew: Skew, lostMs: number): RunFinding {
  const ratio = skew.worst / skew.median;
  const unit = skew.by.endsWith('bytes') ? 'bytes' : 'records';
  const samples = stage.succeededTasks;
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)}: one task has ${Math.round(ratio)} times the median ${skew.by}`,
    evidence: [
      measure(`${skew.by}, largest task`, skew.worst, unit, samples),
      measure(`${skew.by}, median task`, skew.median, unit, samples),
      measure('duration, largest task', taskDurationMs(stage, skew.worstTask) / 1000, 's', samples),
      measure('duration, median task', (stage.quantiles?.durationMs.median ?? 0) / 1000, 's', samples),
      measure('tasks above the threshold', skew.tasks, '', samples),
      operatorEvidence(run, stage),
    ],
    impact: { secondsPerRun: lostMs / 1000 },
    confidence: sure(
      0.9,
      'bytes and records per task are counted by Spark; the loss is idle slots while only such tasks ran',
    ),
    recommendation: recommendation(run, stage, skew),
  };
}

export const dataSkew = defineSparkRule({
  id: 'spark/data-skew',
  title: 'A task has far more data than the others of its stage',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    factor: z
      .number()
      .min(1.5)
      .default(SKEW_FACTOR)
      .describe('bytes or records of a task over the median of its stage'),
    leastSeconds: z.number().min(0).default(3).describe('lost on the critical path, or'),
    leastWallShare: z.number().min(0).max(1).default(0.05).describe('this share of the wall time'),
  }),
  *evaluate(run, { factor, leastSeconds, leastWallShare }) {
    if (!run.stages.some((stage) => stage.succeededTasks > 1))
      return yield notApplicable('no stage with two tasks that succeeded');
    const leastMs = Math.min(leastSeconds * 1000, leastWallShare * wallMs(run));
    let found = 0;
    for (const stage of run.stages) {
      const skew = skewOf(stage, factor);
      const lostMs = skew ? tailMs(run, stage, skew.mask) : 0;
      if (!skew || lostMs < leastMs || lostMs === 0) continue;
      found++;
      yield findingOf(run, stage, skew, lostMs);
    }
    if (!found) yield ok('no task with far more data than the others costs time');
  },
});
