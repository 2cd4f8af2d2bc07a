import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { isLocal, sparkBytes } from '../derived/spark-conf.js';
import { hasGcPressure } from '../derived/spark-gc.js';
import { lossesOf } from '../derived/spark-losses.js';
import {
  fitted,
  type Granted,
  grantedOf,
  type HighestPeak,
  hasOwnDriver,
  highestPeak,
  type Role,
  unmeasuredText,
} from '../derived/spark-memory.js';
import type { SparkRun } from '../derived/spark-runs.js';
import { executorsOverTime } from '../derived/spark-slots.js';
import { greatestValue } from '../derived/steps.js';
import { defineSparkRule, type Measure, measure, type RunEvaluation, sparkConf, sure } from '../spark-rule.js';

/** Room above the peak (DataFlint suggests peak × 1.2; a heap that is nearly full collects garbage). */
const ROOM = 1.3;

/** Signs that the memory is needed, whatever its peaks say. */
function pressure(run: SparkLog): string | undefined {
  if (hasGcPressure(run)) return 'garbage collection takes much of the time';
  if (run.stages.some(({ sums }) => sums.diskSpilledBytes > 0)) return 'tasks spill to disk';
  const isOom = lossesOf(run).some(({ cause, text }) => cause === 'out of memory' || /SIGKILL|OOM/.test(text));
  const hasError = run.stages.some(({ endErrors }) =>
    Object.values(endErrors).some((text) => /OutOfMemory/.test(text)),
  );
  return isOom || hasError ? 'executors ran out of memory or were killed' : undefined;
}

/** The pods' memory and the log's may differ by rounding to MiB; by more, one of them is of another run or was overridden. */
const SAME_MEMORY = 0.1;

function contradiction(run: SparkLog, role: Role, { podMemoryBytes }: SparkRun): string | undefined {
  const pod = podMemoryBytes?.(role);
  const granted = grantedOf(run, role).totalBytes;
  if (pod === undefined || Math.abs(pod / granted - 1) <= SAME_MEMORY) return undefined;
  return `its pod has ${sparkBytes(pod)}, its log grants ${sparkBytes(granted)}: the log does not describe the pod`;
}

function judge(run: SparkLog, role: Role, below: number, around: SparkRun): RunEvaluation {
  const why = contradiction(run, role, around);
  return why ? { state: 'insufficient-data', role, title: why } : judgeLog(run, role, below);
}

function evidenceOf(granted: Granted, { peak, samples, withoutPython }: HighestPeak): Measure[] {
  return [
    measure('memory granted (heap and overhead)', granted.totalBytes, 'bytes', 1),
    measure('peak in use', withoutPython ? null : peak.totalBytes, 'bytes', samples),
    measure('peak heap', peak.heapBytes, 'bytes', samples),
    measure('peak beside the heap', withoutPython ? null : peak.besideBytes, 'bytes', samples),
  ];
}

function judgeLog(run: SparkLog, role: Role, below: number): RunEvaluation {
  const found = highestPeak(run, role);
  if (!found)
    return {
      state: 'insufficient-data',
      role,
      title: `no memory peak of the ${role} is logged (spark.eventLog.logStageExecutorMetrics)`,
    };
  const { peak, unmeasured, withoutPython } = found;
  const granted = grantedOf(run, role);
  // With Python unmeasured only the heap can be compared.
  const share = withoutPython ? peak.heapBytes / granted.heapBytes : peak.totalBytes / granted.totalBytes;
  const what = withoutPython ? 'heap' : 'memory';
  const evidence = evidenceOf(granted, found);
  const why = role === 'executor' ? pressure(run) : undefined;
  if (unmeasured > 0 && why === undefined)
    return {
      state: 'insufficient-data',
      role,
      title: unmeasuredText(found, role),
    };
  const advised = fitted(run, role, found, ROOM);
  if (share >= below || why !== undefined || advised.totalBytes >= granted.totalBytes)
    return {
      state: 'ok',
      role,
      title: why ? `memory is needed: ${why}` : `${Math.round(share * 100)} % of the ${what} is used at the peak`,
      evidence,
    };
  const count = role === 'executor' ? Math.max(1, greatestValue(executorsOverTime(run))) : 1;
  return {
    state: 'finding',
    role,
    title: `${role === 'driver' ? 'The driver uses' : 'Executors use'} at most ${Math.round(share * 100)} % of ${role === 'driver' ? 'its' : 'their'} ${what}`,
    evidence: [...evidence, measure(`${role}s at once`, count, '', count)],
    impact: { freedMemoryBytes: (granted.totalBytes - advised.totalBytes) * count },
    confidence: sure(
      0.4,
      withoutPython
        ? 'one run: other days may have more data; what Python took was not sampled (spark.executor.processTreeMetrics.enabled), so the overhead stays as it is'
        : 'one run: other days may have more data; peaks are samples of the used heap, not of its limit',
    ),
    recommendation: {
      summary: `Give each ${role} ${sparkBytes(advised.totalBytes)} instead of ${sparkBytes(granted.totalBytes)}`,
      risk: 'Less heap means more garbage collection and earlier spills; compare a run with it.',
      patches: [
        sparkConf({
          [`spark.${role}.memory`]: sparkBytes(advised.heapBytes),
          [`spark.${role}.memoryOverhead`]: sparkBytes(advised.overheadBytes),
        }),
      ],
    },
  };
}

export const sparkMemoryOverAllocated = defineSparkRule({
  id: 'sizing/spark-memory-over-allocated',
  title: 'Spark memory far above its peak',
  severity: 'warning',
  ledger: 'size',
  parameters: z.object({
    belowShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .describe('peak heap, off-heap and other processes over the memory granted'),
  }),
  *evaluate(run, { belowShare }, around) {
    if (isLocal(run)) yield { state: 'not-applicable', role: 'executor', title: 'local mode has no executors' };
    else yield judge(run, 'executor', belowShare, around);
    if (hasOwnDriver(run)) yield judge(run, 'driver', belowShare, around);
    else yield { state: 'not-applicable', role: 'driver', title: 'the driver ran in the process that submitted it' };
  },
});
