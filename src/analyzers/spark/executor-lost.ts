import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { counted } from '../derived/posture.js';
import { conf, confFlag, sparkBytes } from '../derived/spark-conf.js';
import { type Loss, lossesOf, redoneWork } from '../derived/spark-losses.js';
import { grantedOf } from '../derived/spark-memory.js';
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

const DECOMMISSION = {
  'spark.decommission.enabled': true,
  'spark.storage.decommission.enabled': true,
  'spark.storage.decommission.rddBlocks.enabled': true,
  'spark.storage.decommission.shuffleBlocks.enabled': true,
};

/** How much more is tried first of the memory that ran out. */
const MORE = 1.5;

/** Whether executors run in containers of heap and overhead: a standalone master limits the heap alone. */
function hasContainers(run: SparkLog): boolean {
  return !/^(?:spark:|local)/.test(conf(run, 'spark.master') ?? '');
}

/** More of the memory that ran out; the other part stays as it was granted. */
function memoryPatches(run: SparkLog, losses: readonly Loss[]): RunPatch[] {
  const { heapBytes, overheadBytes } = grantedOf(run, 'executor');
  const patches: RunPatch[] = [];
  if (losses.some(({ memory }) => memory === 'heap'))
    patches.push(sparkConf({ 'spark.executor.memory': sparkBytes(heapBytes * MORE) }));
  if (!losses.some(({ memory }) => memory === 'container')) return patches;
  // What reached the pod's limit is not heap: that has a limit of its own.
  patches.push(
    hasContainers(run)
      ? sparkConf({ 'spark.executor.memoryOverhead': sparkBytes(overheadBytes * MORE) })
      : code(
          'See in the kernel log of the host whether it ran out of memory: this master has no overhead to raise, only fewer or smaller executors per host',
        ),
  );
  return patches;
}

/** Where no setting follows from the cause: what to read. */
function lookAt(losses: readonly Loss[]): RunPatch {
  return losses.some(({ cameUp }) => cameUp)
    ? code(
        'Read the end of the executor’s own log and the state of its pod: the removal alone does not say what ended it',
      )
    : code(
        'Read the executor’s own log and the events of its pod: it ended before it registered (image, class path, a setting, init container, service account)',
      );
}

function patchesFor(run: SparkLog, losses: readonly Loss[]): RunPatch[] {
  const gone = losses.filter(({ cameUp }) => cameUp);
  const causes = new Set(gone.map(({ cause }) => cause));
  // A kill before the start was over tells little of memory unless it says so.
  const isStart = ({ cameUp, cause }: Loss) => !cameUp && cause !== 'out of memory';
  const never = losses.filter(isStart);
  const patches = memoryPatches(
    run,
    losses.filter((loss) => !isStart(loss)),
  );
  if (causes.has('preempted') || causes.has('decommissioned') || causes.has('evicted'))
    patches.push(sparkConf(DECOMMISSION));
  if (causes.has('no heartbeat'))
    patches.push(
      sparkConf({ 'spark.network.timeout': '600s', 'spark.executor.heartbeatInterval': '30s' }),
      code('Look for long garbage collections on the executor before the loss: a full heap stops heartbeats.'),
    );
  if (never.length > 0 && gone.length > 0) patches.push(lookAt(never));
  return patches.length > 0 ? patches : [lookAt(losses)];
}

/** Losses overlap, and work is redone after them: no more can be lost than the time since the first one. */
function lostMs(run: SparkLog, gone: readonly Loss[]): number {
  const missing = gone.reduce((sum, loss) => sum + missingMs(run, loss), 0);
  const firstMs = gone.reduce((first, { atMs }) => Math.min(first, atMs), Number.POSITIVE_INFINITY);
  return Math.max(0, Math.min(redoneWork(run).wallMs + missing, timelineOf(run).stoppedMs - firstMs));
}

function titleOf(losses: readonly Loss[], executors: number): string {
  const names = (those: readonly Loss[]) => [...new Set(those.map(({ name }) => name))].join(', ');
  const gone = losses.filter(({ cameUp }) => cameUp);
  const never = losses.filter(({ cameUp }) => !cameUp);
  return [
    ...(gone.length ? [`${gone.length} of ${counted(executors, 'executor')} lost: ${names(gone)}`] : []),
    ...(never.length ? [`${counted(never.length, 'executor')} never came up: ${names(never)}`] : []),
  ].join('; ');
}

function summaryOf(losses: readonly Loss[]): string {
  if (losses.some(({ cause }) => cause === 'out of memory')) return 'Give executors more memory, or tasks less data';
  return losses.some(({ cameUp }) => cameUp)
    ? 'Find what ended the executors, and let them hand over their blocks before they go'
    : 'Find what ended the executors before they registered';
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
    const losses = lossesOf(run);
    if (!executors.length && !losses.length) return yield insufficient('the log names no executor');
    if (losses.length < fewestLosses)
      return yield ok('no executor was lost', [measure('executors', executors.length, '', executors.length)]);
    const redone = redoneWork(run);
    const causes = [...new Set(losses.map(({ cause }) => cause))];
    const { sinceMs } = windowOf(run);
    const gone = losses.filter(({ cameUp }) => cameUp);
    const isAlone = redone.stages.length === 1 ? redone.stages[0]?.stageId : undefined;
    yield {
      state: 'finding',
      ...(isAlone !== undefined && { stageId: isAlone }),
      severity: causes.includes('out of memory') ? 'critical' : 'warning',
      title: titleOf(losses, executors.length),
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
      // What one that never came up would have brought is not known.
      ...(gone.length > 0 && { impact: { secondsPerRun: lostMs(run, gone) / 1000 } }),
      confidence: sure(
        causes.includes('unknown') ? 0.7 : 0.9,
        'the driver logged the removal and its reason; seconds are work redone and capacity missing until a replacement came',
      ),
      recommendation: {
        summary: summaryOf(losses),
        risk: 'More memory per executor costs more per hour; the run must get shorter by more than that.',
        patches: patchesFor(run, losses),
      },
    };
  },
});
