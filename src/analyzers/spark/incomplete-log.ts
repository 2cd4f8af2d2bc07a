import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { stoppedText } from '../derived/spark-stopped.js';
import { defineSparkRule, measure, ok, sparkConf, sure } from '../spark-rule.js';

/** Spark's default length of a listener queue (spark.scheduler.listenerbus.eventqueue.capacity). */
const DEFAULT_CAPACITY = 10_000;

function wholeText(run: SparkLog): string {
  const stopped = stoppedText(run);
  if (run.application.log.inProgress) return 'whole so far; the application runs';
  return stopped ? `the log is whole, the run is not: it was stopped, ${stopped}` : 'the log is whole';
}

export const incompleteLog = defineSparkRule({
  id: 'spark/incomplete-log',
  title: 'The event log is not whole',
  severity: 'info',
  ledger: null,
  parameters: z.object({
    fewestMissingTasks: z.int().min(1).default(1).describe('tasks of complete stages without an end in the log'),
  }),
  *evaluate(run, { fewestMissingTasks }) {
    const { log, conf } = run.application;
    const evidence = [
      measure('lines', log.lines, '', log.lines),
      measure('damaged lines', log.damagedLines, '', log.lines),
      measure('tasks without an end', log.missingTasks, '', log.lines),
    ];
    if (!log.damage.length && log.missingTasks < fewestMissingTasks) return yield ok(wholeText(run), evidence);
    const capacity = Number(conf['spark.scheduler.listenerbus.eventqueue.capacity'] ?? DEFAULT_CAPACITY);
    const isDropped = log.missingTasks >= fewestMissingTasks;
    yield {
      state: 'finding',
      title: isDropped
        ? `Spark dropped the ends of ${log.missingTasks} tasks: figures are lower bounds`
        : log.damagedLines > 0
          ? 'The event log is damaged: figures are lower bounds'
          : 'The event log is cut off: figures are lower bounds',
      evidence: [
        ...(log.damage.length ? [measure('damage', log.damage.slice(0, 5).join('; '), '', log.damage.length)] : []),
        ...evidence,
      ],
      confidence: sure(0.95, 'counted while reading'),
      recommendation: {
        summary: isDropped
          ? 'Give the event log’s queue more room'
          : 'Look at where the log is stored, and read it again',
        patches: isDropped ? [sparkConf({ 'spark.scheduler.listenerbus.eventqueue.capacity': capacity * 5 })] : [],
      },
    };
  },
});
