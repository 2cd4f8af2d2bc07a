import { z } from 'zod';
import type { SparkStage } from '../../model/spark.js';
import { share } from '../derived/numbers.js';
import { operatorEvidence, stageText } from '../derived/spark-plan.js';
import { stageName, wallMs } from '../derived/spark-run.js';
import { stageTime, wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, sure } from '../spark-rule.js';

function shuffleMs({ sums }: SparkStage): number {
  return sums.shuffleFetchWaitMs + sums.shuffleWriteNs / 1e6;
}

export const shuffleHeavy = defineSparkRule({
  id: 'spark/shuffle-heavy',
  title: 'Tasks wait for the shuffle instead of working',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe('shuffle fetch wait and write over the run time of the tasks'),
    leastWallShare: z.number().min(0).max(1).default(0.05).describe('the stage’s share of the wall time'),
  }),
  *evaluate(run, { leastShare, leastWallShare }) {
    const shuffling = run.stages.filter(({ sums }) => sums.shuffleReadBytes + sums.shuffleWriteBytes > 0);
    if (!shuffling.length) return yield notApplicable('nothing is shuffled');
    const heavy = shuffling.filter(
      (stage) =>
        share(shuffleMs(stage), stage.sums.runMs) >= leastShare &&
        stageTime(run, stage).wallMs >= leastWallShare * wallMs(run),
    );
    for (const stage of heavy) {
      const { sums, tasks } = stage;
      const isWriting = sums.shuffleWriteNs / 1e6 > sums.shuffleFetchWaitMs;
      yield {
        state: 'finding',
        stageId: stage.stageId,
        title: `${stageName(stage)}: ${Math.round(share(shuffleMs(stage), sums.runMs) * 100)} % of its run time is shuffle ${isWriting ? 'writing' : 'waiting'}`,
        evidence: [
          measure('shuffle fetch wait', sums.shuffleFetchWaitMs / 1000, 's', tasks.count),
          measure('shuffle write', sums.shuffleWriteNs / 1e9, 's', tasks.count),
          measure('run time of the tasks', sums.runMs / 1000, 's', tasks.count),
          measure('shuffle read', sums.shuffleReadBytes, 'bytes', tasks.count),
          measure('shuffle written', sums.shuffleWriteBytes, 'bytes', tasks.count),
          operatorEvidence(run, stage),
        ],
        impact: { secondsPerRun: wallShareMs(run, stage, shuffleMs(stage)) / 1000 },
        confidence: sure(
          0.6,
          'times are counted by Spark; how much of them less data or faster disks save is not known',
        ),
        recommendation: {
          summary: isWriting
            ? 'Shuffle fewer bytes, or onto faster local disks'
            : 'Shuffle fewer bytes, from fewer places',
          patches: [
            code(
              `Select and filter before the exchange, aggregate first, broadcast small sides, reuse one partitioning: ${stageText(run, stage)}`,
            ),
          ],
        },
      };
    }
    if (!heavy.length) yield ok('tasks wait little for the shuffle');
  },
});
