import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { formatCount, formatNumber } from '../../reports/format.js';
import { sum } from '../derived/numbers.js';
import { cutInto, isOnePartition, splitQuery } from '../derived/spark-partitions.js';
import { operatorEvidence } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { mostSlots, runningOf } from '../derived/spark-slots.js';
import { slotsDuring, stageTime } from '../derived/spark-timeline.js';
import { meanBetween } from '../derived/steps.js';
import { defineSparkRule, insufficient, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

/** Slots that are this busy with tasks of other stages are not wasted. */
const BUSY_SHARE = 0.95;
/** Waves of tasks that even out small differences. */
const WAVES = 2;

/** From the first launch to the last finish; waiting for slots behind another stage does not count. */
function taskSpan({ tasks }: SparkStage): { sinceMs: number; untilMs: number } {
  const sinceMs = tasks.launchMs.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
  return { sinceMs, untilMs: tasks.finishMs.reduce((last, time) => Math.max(last, time), sinceMs) };
}

function recommendation(run: SparkLog, stage: SparkStage): RunFinding['recommendation'] {
  if (isOnePartition(run, stage))
    return {
      summary: 'Change the query, which wants all rows in one partition, or use fewer slots',
      patches: [splitQuery(run, stage)],
    };
  const tasks = WAVES * Math.max(1, mostSlots(run));
  return {
    summary: `Cut the work into ${tasks} tasks, ${WAVES} per slot, or use fewer slots`,
    risk: 'More, smaller tasks: each has its own start, and each file or shuffle block gets smaller.',
    patches: cutInto(run, stage, tasks),
  };
}

export const lowParallelism = defineSparkRule({
  id: 'spark/low-parallelism',
  title: 'A long stage has fewer tasks than there are slots',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastSeconds: z.number().min(0).default(10).describe('length of the stage from its first task on'),
  }),
  *evaluate(run, { leastSeconds }) {
    if (!mostSlots(run)) return yield insufficient('the log names no executor');
    if (!run.stages.some((stage) => stage.tasks.count)) return yield notApplicable('no task has ended');
    let found = 0;
    for (const stage of run.stages) {
      const { sinceMs, untilMs } = taskSpan(stage);
      const slots = slotsDuring(run, stage);
      // A retry has only the tasks that are left to do.
      if (stage.attempt > 0 || untilMs - sinceMs < leastSeconds * 1000 || stage.numTasks > slots - 0.5) continue;
      if (meanBetween(runningOf(run), sinceMs, untilMs) >= BUSY_SHARE * slots) continue;
      found++;
      yield {
        state: 'finding',
        stageId: stage.stageId,
        title: `${stageName(stage)}: ${formatCount(stage.numTasks, 'task')} on ${formatNumber(Math.round(slots))} slots`,
        evidence: [
          measure('tasks', stage.numTasks, '', stage.tasks.count),
          measure('task slots while it ran', slots, '', stage.tasks.count),
          measure('length', (untilMs - sinceMs) / 1000, 's', stage.tasks.count),
          operatorEvidence(run, stage),
        ],
        impact: { secondsPerRun: sum(Object.values(stageTime(run, stage).idleMs)) / 1000 },
        confidence: sure(0.85, 'seconds are what the idle slots could have taken over, if the work can be cut'),
        recommendation: recommendation(run, stage),
      };
    }
    if (!found) yield ok('long stages have enough tasks for the slots');
  },
});
