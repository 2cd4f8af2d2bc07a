import { z } from 'zod';
import { GIB, MIB } from '../../model/quantity.js';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { sparkBytes } from '../derived/spark-conf.js';
import { operatorEvidence } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { defineSparkRule, insufficient, measure, ok, type RunFinding, sparkConf, sure } from '../spark-rule.js';

/** Spark's default size of an input partition: what a task is made for. */
const TARGET_BYTES = 128 * MIB;
const FIELDS = {
  input: 'inputBytes',
  'shuffle read': 'shuffleReadBytes',
  'shuffle write': 'shuffleWriteBytes',
} as const;

interface Largest {
  what: keyof typeof FIELDS;
  bytes: number;
}

function largestOf({ quantiles }: SparkStage): Largest {
  const read: Largest[] = [
    { what: 'input', bytes: quantiles?.inputBytes.max ?? 0 },
    { what: 'shuffle read', bytes: quantiles?.shuffleReadBytes.max ?? 0 },
    { what: 'shuffle write', bytes: quantiles?.shuffleWriteBytes.max ?? 0 },
  ];
  return read.reduce((most, next) => (next.bytes > most.bytes ? next : most));
}

function findingOf(run: SparkLog, stage: SparkStage, { what, bytes }: Largest): RunFinding {
  const total = stage.sums[FIELDS[what]];
  const tasks = Math.ceil(total / TARGET_BYTES);
  const patch =
    stage.sums.shuffleReadBytes > 0
      ? sparkConf({ 'spark.sql.shuffle.partitions': tasks })
      : sparkConf({ 'spark.sql.files.maxPartitionBytes': sparkBytes(TARGET_BYTES) });
  return {
    state: 'finding',
    stageId: stage.stageId,
    title: `${stageName(stage)}: a task has ${(bytes / GIB).toFixed(1)} GiB of ${what}`,
    evidence: [
      measure(`${what}, largest task`, bytes, 'bytes', stage.tasks.count),
      measure(`${what} of the stage`, total, 'bytes', stage.tasks.count),
      measure('tasks', stage.numTasks, '', stage.tasks.count),
      operatorEvidence(run, stage),
    ],
    confidence: sure(
      0.7,
      'bytes are counted by Spark; large tasks spill, are slow to repeat and hold up the end of a stage',
    ),
    recommendation: {
      summary: `Cut the stage into about ${tasks} tasks of ${Math.round(TARGET_BYTES / MIB)} MiB`,
      risk: 'A file format that cannot be split (gzip) stays in one task whatever the setting.',
      patches: [patch],
    },
  };
}

export const oversizedPartitions = defineSparkRule({
  id: 'spark/oversized-partitions',
  title: 'Tasks with too much data each',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanGib: z.number().positive().default(1).describe('input or shuffle bytes of one task'),
  }),
  *evaluate(run, { moreThanGib }) {
    if (!run.stages.some((stage) => stage.quantiles)) return yield insufficient('no task has succeeded');
    const found = run.stages.filter((stage) => largestOf(stage).bytes > moreThanGib * GIB);
    for (const stage of found) yield findingOf(run, stage, largestOf(stage));
    if (!found.length) yield ok('no task has too much data');
  },
});
