import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { formatNumber } from '../../reports/format.js';
import { share } from '../derived/numbers.js';
import { conf } from '../derived/spark-conf.js';
import { cutInto, isOnePartition, splitQuery } from '../derived/spark-partitions.js';
import { nodesOfStage, operatorEvidence, stageText } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { mostSlots } from '../derived/spark-slots.js';
import { skewOf } from '../derived/spark-tasks.js';
import { wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, insufficient, measure, ok, type RunFinding, sure } from '../spark-rule.js';

/** Room above the measured need, so that the next run's growth does not spill at once. */
const HEADROOM = 1.2;

/** What the stage reads or shuffles: what a spill is measured against. */
function dataBytes({ sums }: SparkStage): number {
  return Math.max(sums.inputBytes + sums.shuffleReadBytes, sums.shuffleWriteBytes);
}

/**
 * By how many times more partitions each task's data would fit: memory that it needed over memory that it got; undefined
 * where the latter is not logged, as of operators that keep objects.
 */
function partitionFactor({ sums }: SparkStage): number | undefined {
  const got = sums.peakExecutionMemoryBytes;
  return got > 0 ? Math.min(100, ((sums.memorySpilledBytes + got) / got) * HEADROOM) : undefined;
}

/** Adaptive execution has split the stage's skewed partitions already, by the size that it aims at. */
function isSplit(run: SparkLog, stage: SparkStage): boolean {
  return nodesOfStage(run, stage.stageId).some(({ node }) => node.name.includes('skew=true'));
}

const FALLBACK = 'spark.sql.objectHashAggregate.sortBased.fallbackThreshold';

/** Advice without a number. */
function unknownNeed(run: SparkLog, stage: SparkStage): string {
  const isObjects = nodesOfStage(run, stage.stageId).some(({ node }) => node.name.startsWith('ObjectHashAggregate'));
  if (!isObjects) return `More partitions before it, or more memory per task: ${stageText(run, stage)}`;
  return `It sorts all rows of a task with more than ${conf(run, FALLBACK) ?? 128} keys (${FALLBACK}): raise that if the groups of a task fit into memory, else cut the work into more partitions: ${stageText(run, stage)}`;
}

function recommendation(run: SparkLog, stage: SparkStage): RunFinding['recommendation'] {
  const risk = 'More, smaller tasks: where tasks are short already, give executors more memory instead.';
  if (skewOf(stage) && !isSplit(run, stage))
    return {
      summary: 'Spread the skewed data first: more partitions keep one key in one task',
      risk: 'None beyond that of the skew remedy.',
      patches: [code(`Salt or split the hot key: ${stageText(run, stage)}`)],
    };
  if (isOnePartition(run, stage))
    return {
      summary: 'Change the query, which wants all rows in one partition, or give that task more memory',
      patches: [splitQuery(run, stage)],
    };
  const factor = partitionFactor(stage);
  if (factor === undefined)
    return {
      summary: 'Give each task less data or more memory; how much it needs is not logged',
      patches: [code(unknownNeed(run, stage))],
    };
  const slots = Math.max(1, mostSlots(run));
  // A multiple of the slots: the last wave fills them.
  const partitions = Math.ceil((stage.numTasks * factor) / slots) * slots;
  return {
    summary: `Cut its work into ${formatNumber(partitions)} partitions instead of ${formatNumber(stage.numTasks)}, so that each fits into memory`,
    risk,
    patches: cutInto(run, stage, partitions),
  };
}

/** Time in which spilling tasks neither computed nor collected garbage nor moved shuffle data: at most what the spill cost. */
function blockedMs({ sums }: SparkStage): number {
  return Math.max(0, sums.runMs - sums.cpuNs / 1e6 - sums.gcMs - sums.shuffleFetchWaitMs - sums.shuffleWriteNs / 1e6);
}

function findingOf(run: SparkLog, stage: SparkStage): RunFinding {
  const { sums, tasks } = stage;
  const spilling = Array.from(tasks.metrics.diskSpilledBytes).filter((bytes) => bytes > 0).length;
  const data = dataBytes(stage);
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)} spills to disk: ${formatNumber(spilling)} of ${formatNumber(tasks.count)} tasks`,
    evidence: [
      measure('spilled to disk', sums.diskSpilledBytes, 'bytes', tasks.count),
      measure('spilled, as it was in memory', sums.memorySpilledBytes, 'bytes', tasks.count),
      measure('shuffle or input of the stage', data, 'bytes', tasks.count),
      measure(
        'execution memory, largest task',
        stage.quantiles?.peakExecutionMemoryBytes.max || null,
        'bytes',
        tasks.count,
      ),
      measure('spark.memory.fraction', conf(run, 'spark.memory.fraction') ?? null, '', 1),
      operatorEvidence(run, stage),
    ],
    impact: { secondsPerRun: wallShareMs(run, stage, blockedMs(stage)) / 1000 },
    confidence: sure(
      0.7,
      'bytes are counted by Spark; the seconds are the time its tasks were blocked, an upper bound',
    ),
    recommendation: recommendation(run, stage),
  };
}

export const spill = defineSparkRule({
  id: 'spark/spill',
  title: 'Tasks spill to disk',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z
      .number()
      .min(0)
      .default(0.1)
      .describe('bytes spilled to disk over the shuffle or input bytes of the stage'),
  }),
  *evaluate(run, { leastShare }) {
    if (!run.stages.some((stage) => stage.tasks.count > 0)) return yield insufficient('no task has ended');
    const spilling = run.stages.filter((stage) => {
      const { diskSpilledBytes } = stage.sums;
      const data = dataBytes(stage);
      return diskSpilledBytes > 0 && (data === 0 || share(diskSpilledBytes, data) >= leastShare);
    });
    for (const stage of spilling) yield findingOf(run, stage);
    if (!spilling.length) yield ok('no stage spills to disk');
  },
});
