import { z } from 'zod';
import { MIB } from '../../model/quantity.js';
import type { SparkLog } from '../../model/spark.js';
import { greatest } from '../derived/numbers.js';
import { conf, confBytes, isLocal, sparkBytes } from '../derived/spark-conf.js';
import { GC_CRITICAL, GC_LEAST_OF_WALL, GC_WARNING, gcOf } from '../derived/spark-gc.js';
import { stageText } from '../derived/spark-plan.js';
import { stageName, taskMs, workersOf } from '../derived/spark-run.js';
import { wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, insufficient, measure, ok, sparkConf, sure } from '../spark-rule.js';

/** How much more heap is tried first; collection time falls steeply once live data leaves room. */
const MORE_HEAP = 1.5;

function peakHeap(run: SparkLog): number | null {
  const peaks = workersOf(run).map(({ peaks }) => peaks.JVMHeapMemory ?? 0);
  return peaks.some((peak) => peak > 0) ? Math.max(...peaks) : null;
}

export const gcPressure = defineSparkRule({
  id: 'spark/gc-pressure',
  title: 'Executors spend their time collecting garbage',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    warningShare: z.number().min(0).max(1).default(GC_WARNING).describe('collection time over task run time: warning'),
    criticalShare: z.number().min(0).max(1).default(GC_CRITICAL).describe('the same: critical'),
    leastOfWall: z.number().min(0).max(1).default(GC_LEAST_OF_WALL).describe('and over wall time × cores'),
  }),
  *evaluate(run, { warningShare, criticalShare, leastOfWall }) {
    const gc = gcOf(run);
    const samples = run.stages.reduce((sum, stage) => sum + stage.tasks.count, 0);
    if (taskMs(run) === 0) return yield insufficient('no task has ended');
    // In local mode the tasks run in the driver's heap.
    const who = isLocal(run) ? 'driver' : 'executor';
    const slots = isLocal(run) ? 'spark.master' : 'spark.executor.cores';
    const key = `spark.${who}.memory`;
    const heap = confBytes(run, key, MIB);
    const evidence = [
      measure('garbage collection, of task run time', gc.ofRun * 100, '%', samples),
      measure('garbage collection, of wall time × cores', gc.ofWall * 100, '%', samples),
      measure('garbage collection', gc.gcMs / 1000, 's', samples),
      measure('peak heap', peakHeap(run), 'bytes', workersOf(run).length),
      measure(key, heap ?? null, 'bytes', 1),
    ];
    if (gc.ofRun < warningShare || gc.ofWall < leastOfWall)
      return yield ok('garbage collection takes little time', evidence);
    const worst = greatest(run.stages, (stage) => stage.sums.gcMs);
    const lostMs = run.stages.reduce((sum, stage) => sum + wallShareMs(run, stage, stage.sums.gcMs), 0);
    const more = sparkConf({ [key]: sparkBytes((heap ?? 1024 * MIB) * MORE_HEAP) });
    yield {
      state: 'finding',
      severity: gc.ofRun >= criticalShare ? 'critical' : 'warning',
      title: `${isLocal(run) ? 'The driver spends' : 'Executors spend'} ${Math.round(gc.ofRun * 100)} % of ${isLocal(run) ? 'its' : 'their'} task time collecting garbage`,
      evidence: worst
        ? [...evidence, measure('most of it', `${stageName(worst)}: ${stageText(run, worst)}`, '', worst.tasks.count)]
        : evidence,
      impact: { secondsPerRun: lostMs / 1000 },
      confidence: sure(
        0.8,
        'the JVM counts its collection time; how much of it more heap saves is seen by a run with it',
      ),
      recommendation: {
        summary: `Give ${isLocal(run) ? 'the driver' : 'executors'} more heap, or fewer tasks at a time`,
        risk: `More memory per ${who} costs more per hour; compare the cost of both runs.`,
        patches: [
          more,
          code(
            `Or run fewer tasks at a time (${slots} is ${conf(run, slots) ?? 'not set'}), or hold less per task: collect_list, large maps, wide rows`,
          ),
        ],
      },
    };
  },
});
