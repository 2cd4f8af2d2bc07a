import { z } from 'zod';
import { MIB } from '../../model/quantity.js';
import type { SparkLog } from '../../model/spark.js';
import { confBytes, confFlag, sparkBytes } from '../derived/spark-conf.js';
import { type Loss, type LossCause, lossesOf, redoneWork } from '../derived/spark-losses.js';
import { stageName, windowOf, workersOf } from '../derived/spark-run.js';
import { slotsOf } from '../derived/spark-slots.js';
import { timelineOf } from '../derived/spark-timeline.js';
import { meanBetween } from '../derived/steps.js';
import { code, defineSparkRule, insufficient, measure, ok, type RunPatch, sparkConf, sure } from '../spark-rule.js';

/** Capacity that was not there until a replacement came, as a share of what was, over the time it took. */
function missingMs(run: SparkLog, { executor, atMs }: Loss): number {
  const { untilMs } = windowOf(run);
  const next = workersOf(run)
    .map(({ addedMs }) => addedMs ?? 0)
    .filter((addedMs) => addedMs > atMs)
    .sort((a, b) => a - b)[0];
  const until = Math.min(untilMs, next ?? untilMs);
  const lost = Math.max(1, executor.cores);
  return (until - atMs) * (lost / (lost + meanBetween(slotsOf(run), atMs, until)));
}

function patchesFor(run: SparkLog, causes: readonly LossCause[]): RunPatch[] {
  if (causes.some((cause) => cause === 'preempted' || cause === 'decommissioned' || cause === 'evicted'))
    return [
      sparkConf({
        'spark.decommission.enabled': true,
        'spark.storage.decommission.enabled': true,
        'spark.storage.decommission.rddBlocks.enabled': true,
        'spark.storage.decommission.shuffleBlocks.enabled': true,
      }),
    ];
  if (causes.includes('no heartbeat'))
    return [
      sparkConf({ 'spark.network.timeout': '600s', 'spark.executor.heartbeatInterval': '30s' }),
      code('Look for long garbage collections on the executor before the loss: a full heap stops heartbeats.'),
    ];
  const heap = confBytes(run, 'spark.executor.memory', MIB) ?? 1024 * MIB;
  const overhead = confBytes(run, 'spark.executor.memoryOverhead', MIB) ?? Math.max(384 * MIB, 0.1 * heap);
  if (causes.includes('out of memory'))
    return [
      sparkConf({
        'spark.executor.memory': sparkBytes(heap * 1.5),
        'spark.executor.memoryOverhead': sparkBytes(overhead),
      }),
    ];
  // SIGKILL comes from outside the JVM: the pod's limit was reached by what is not heap.
  return [sparkConf({ 'spark.executor.memoryOverhead': sparkBytes(overhead * 1.5) })];
}

export const executorLost = defineSparkRule({
  id: 'spark/executor-lost',
  title: 'Executors were lost',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    fewestLosses: z.int().min(1).default(1).describe('executors lost other than by idling or with the application'),
  }),
  *evaluate(run, { fewestLosses }) {
    const executors = workersOf(run);
    if (!executors.length) return yield insufficient('the log names no executor');
    const losses = lossesOf(run);
    if (losses.length < fewestLosses)
      return yield ok('no executor was lost', [measure('executors', executors.length, '', executors.length)]);
    const redone = redoneWork(run);
    const causes = [...new Set(losses.map(({ cause }) => cause))];
    const missing = losses.reduce((sum, loss) => sum + missingMs(run, loss), 0);
    const { sinceMs } = windowOf(run);
    // Losses overlap: no more can be lost than the time since the first one.
    const firstMs = losses.reduce((first, { atMs }) => Math.min(first, atMs), Number.POSITIVE_INFINITY);
    const lostMs = Math.min(redone.wallMs + missing, timelineOf(run).stoppedMs - firstMs + redone.wallMs);
    const isAlone = redone.stages.length === 1 ? redone.stages[0]?.stageId : undefined;
    yield {
      state: 'finding',
      ...(isAlone !== undefined && { stageId: isAlone }),
      severity: causes.includes('out of memory') ? 'critical' : 'warning',
      title: `${losses.length} of ${executors.length} executors lost: ${[...new Set(losses.map(({ name }) => name))].join(', ')}`,
      evidence: [
        ...losses
          .slice(0, 5)
          .map(({ executor, atMs, text }) =>
            measure(
              `executor ${executor.id} after ${Math.round((atMs - sinceMs) / 1000)} s`,
              text.slice(0, 300),
              '',
              1,
            ),
          ),
        measure('task time redone or lost', redone.taskMs / 1000, 's', losses.length),
        measure('stages with work redone', redone.stages.map(stageName).join(', ') || 'none', '', redone.stages.length),
        measure('decommissioning', confFlag(run, 'spark.decommission.enabled') ? 'on' : 'off', '', 1),
      ],
      impact: { secondsPerRun: lostMs / 1000 },
      confidence: sure(
        causes.includes('unknown') ? 0.7 : 0.9,
        'the driver logged the removal and its reason; seconds are work redone and capacity missing until a replacement came',
      ),
      recommendation: {
        summary: causes.includes('out of memory')
          ? 'Give executors more memory, or tasks less data'
          : 'Find what ended the executors, and let them hand over their blocks before they go',
        risk: 'More memory per executor costs more per hour; the run must get shorter by more than that.',
        patches: patchesFor(run, causes),
      },
    };
  },
});
