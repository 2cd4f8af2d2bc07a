import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { isLocal, sparkBytes } from '../derived/spark-conf.js';
import { fitted, grantedOf, hasOwnDriver, highestPeak, type Role, unmeasuredText } from '../derived/spark-memory.js';
import { defineSparkRule, measure, type RunEvaluation, sparkConf, sure } from '../spark-rule.js';

/** Room above the peak (DataFlint: peak × 1.2). */
const ROOM = 1.2;

function judge(run: SparkLog, role: Role, above: number): RunEvaluation {
  const found = highestPeak(run, role);
  if (!found)
    return {
      state: 'insufficient-data',
      role,
      title: `no memory peak of the ${role} is logged (spark.eventLog.logStageExecutorMetrics)`,
    };
  const { peak, samples, unmeasured, withoutPython } = found;
  const granted = grantedOf(run, role);
  const share = peak.totalBytes / granted.totalBytes;
  const evidence = [
    measure('memory granted (heap and overhead)', granted.totalBytes, 'bytes', 1),
    measure('peak in use', peak.totalBytes, 'bytes', samples),
    measure('peak heap', peak.heapBytes, 'bytes', samples),
    measure('peak beside the heap', peak.besideBytes, 'bytes', samples),
  ];
  // What was measured is a lower bound then: enough for a finding, not to say that there is room.
  if (share <= above && (unmeasured > 0 || withoutPython))
    return {
      state: 'insufficient-data',
      role,
      title: withoutPython
        ? 'what Python took beside the heap was not sampled (spark.executor.processTreeMetrics.enabled)'
        : unmeasuredText(found, role),
    };
  if (share <= above)
    return { state: 'ok', role, title: `${Math.round(share * 100)} % of the memory is used at the peak`, evidence };
  const advised = fitted(run, role, found, ROOM);
  return {
    state: 'finding',
    role,
    title: `${role === 'driver' ? 'The driver uses' : 'An executor uses'} ${Math.round(share * 100)} % of its memory at the peak`,
    evidence,
    impact: { freedMemoryBytes: granted.totalBytes - advised.totalBytes },
    confidence: sure(0.6, 'a peak of one run, as the JVM and the process tree were sampled'),
    recommendation: {
      summary: `Give each ${role} ${sparkBytes(advised.totalBytes)} instead of ${sparkBytes(granted.totalBytes)}`,
      risk: 'It costs more per hour; what is beside the heap is killed first when the limit is reached.',
      patches: [
        sparkConf({
          [`spark.${role}.memory`]: sparkBytes(Math.max(granted.heapBytes, advised.heapBytes)),
          [`spark.${role}.memoryOverhead`]: sparkBytes(Math.max(granted.overheadBytes, advised.overheadBytes)),
        }),
      ],
    },
  };
}

export const sparkMemoryTight = defineSparkRule({
  id: 'sizing/spark-memory-tight',
  title: 'Spark memory nearly full',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    aboveShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.95)
      .describe('peak heap, off-heap and other processes over the memory granted'),
  }),
  *evaluate(run, { aboveShare }) {
    if (isLocal(run)) yield { state: 'not-applicable', role: 'executor', title: 'local mode has no executors' };
    else yield judge(run, 'executor', aboveShare);
    if (hasOwnDriver(run)) yield judge(run, 'driver', aboveShare);
    else yield { state: 'not-applicable', role: 'driver', title: 'the driver ran in the process that submitted it' };
  },
});
