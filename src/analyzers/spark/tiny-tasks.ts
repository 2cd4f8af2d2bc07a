import { z } from 'zod';
import { MIB } from '../../model/quantity.js';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { formatNumber } from '../../reports/format.js';
import { share } from '../derived/numbers.js';
import { settingsFor } from '../derived/spark-partitions.js';
import { mainNode, operatorEvidence, stageText } from '../derived/spark-plan.js';
import { stageName, stageTaskMs } from '../derived/spark-run.js';
import { mostSlots } from '../derived/spark-slots.js';
import { stageTime } from '../derived/spark-timeline.js';
import { code, defineSparkRule, insufficient, measure, ok, type RunFinding, sure } from '../spark-rule.js';

/** Spark's own target for a coalesced partition (spark.sql.adaptive.advisoryPartitionSizeInBytes). */
const TARGET_BYTES = 64 * MIB;
/** Waves of tasks that even out small differences. */
const WAVES = 2;

function recommendation(run: SparkLog, stage: SparkStage): RunFinding['recommendation'] {
  const bytes = stage.sums.shuffleReadBytes + stage.sums.inputBytes;
  const tasks = Math.min(
    stage.numTasks,
    Math.max(WAVES * Math.max(1, mostSlots(run)), Math.ceil(bytes / TARGET_BYTES)),
  );
  const summary = `Use about ${formatNumber(tasks)} tasks instead of ${formatNumber(stage.numTasks)}`;
  const risk = 'Larger tasks need more memory each; data that grows needs more of them again.';
  if (stage.sums.shuffleReadBytes > 0)
    return {
      summary,
      risk,
      patches: settingsFor(mainNode(run, stage)?.execution, {
        'spark.sql.shuffle.partitions': tasks,
        'spark.sql.adaptive.enabled': true,
        'spark.sql.adaptive.coalescePartitions.enabled': true,
      }),
    };
  return {
    summary,
    risk,
    patches: [code(`coalesce(${tasks}) after the read, or compact the input: ${stageText(run, stage)}`)],
  };
}

function findingOf(run: SparkLog, stage: SparkStage): RunFinding {
  const overheadMs = Math.max(0, stageTaskMs(stage) - stage.sums.runMs);
  const { busyMs, idleMs } = stageTime(run, stage);
  const lostMs = busyMs * share(overheadMs, stageTaskMs(stage)) + idleMs.scheduling;
  const samples = stage.tasks.count;
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)}: ${formatNumber(stage.numTasks)} tasks of ${Math.round(stage.quantiles?.durationMs.median ?? 0)} ms`,
    evidence: [
      measure('tasks', stage.numTasks, '', samples),
      measure('duration, median task', (stage.quantiles?.durationMs.median ?? 0) / 1000, 's', samples),
      measure(
        'bytes, median task',
        (stage.quantiles?.shuffleReadBytes.median ?? 0) + (stage.quantiles?.inputBytes.median ?? 0),
        'bytes',
        samples,
      ),
      measure(
        'start and scheduling, of the tasks’ time',
        (overheadMs / Math.max(1, stageTaskMs(stage))) * 100,
        '%',
        samples,
      ),
      operatorEvidence(run, stage),
    ],
    impact: { secondsPerRun: lostMs / 1000 },
    confidence: sure(0.85, 'seconds are the tasks’ time outside of their own work, and gaps between tasks'),
    recommendation: recommendation(run, stage),
  };
}

export const tinyTasks = defineSparkRule({
  id: 'spark/tiny-tasks',
  title: 'Far too many tiny tasks',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanTasks: z.int().min(1).default(500).describe('tasks of the stage'),
    belowMedianMs: z.number().positive().default(200).describe('median duration of its tasks'),
  }),
  *evaluate(run, { moreThanTasks, belowMedianMs }) {
    if (!run.stages.some((stage) => stage.quantiles)) return yield insufficient('no task has succeeded');
    const tiny = run.stages.filter(
      ({ numTasks, quantiles }) => numTasks > moreThanTasks && quantiles && quantiles.durationMs.median < belowMedianMs,
    );
    for (const stage of tiny) yield findingOf(run, stage);
    if (!tiny.length) yield ok('no stage of many tiny tasks');
  },
});
