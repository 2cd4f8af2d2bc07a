import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { share, sum } from '../derived/numbers.js';
import { nodeText } from '../derived/spark-plan.js';
import { type Repeat, repeatsOf } from '../derived/spark-repeats.js';
import { isStreaming, taskMs } from '../derived/spark-run.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

/** All computations but the first: it would still be needed to fill the cache. */
function savedMs({ occurrences }: Repeat, field: 'taskMs' | 'wallMs'): number {
  return sum(occurrences.slice(1).map((occurrence) => occurrence[field]));
}

function findingOf(run: SparkLog, repeat: Repeat): RunFinding {
  const { occurrences } = repeat;
  const [first, second] = occurrences;
  const text = first ? nodeText(first) : '';
  const stages = occurrences.map(
    ({ execution, stages: own }) => `SQL ${execution.id}: stages ${own.map(({ stageId }) => stageId).join(', ')}`,
  );
  const stageId = second?.stages[0]?.stageId;
  return {
    state: 'finding',
    ...(stageId !== undefined && { stageId }),
    title: `The same sub-plan is computed ${occurrences.length} times`,
    evidence: [
      measure('times computed', occurrences.length, '', occurrences.length),
      measure('task time of the repetitions', savedMs(repeat, 'taskMs') / 1000, 's', occurrences.length),
      measure('of all task time', share(savedMs(repeat, 'taskMs'), taskMs(run)) * 100, '%', occurrences.length),
      measure('where', stages.slice(0, 5).join('; '), '', occurrences.length),
      measure('SQL node', text, '', 1),
    ],
    impact: { secondsPerRun: savedMs(repeat, 'wallMs') / 1000 },
    confidence: sure(0.8, 'the plans are equal but for ids; writing and reading the cache takes some of the gain'),
    recommendation: {
      summary: 'Keep the result of the sub-plan: cache it, or write it once',
      risk: 'A cache takes storage memory; where it does not fit, persist to disk or write a table. Unpersist it after the last use.',
      patches: [code(`.persist() the DataFrame behind ${text}, before its first action`)],
    },
  };
}

export const recompute = defineSparkRule({
  id: 'spark/recompute',
  title: 'The same work is done several times',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z.number().min(0).max(1).default(0.1).describe('task time of the repetitions over all task time'),
    leastSeconds: z.number().min(0).default(5).describe('to save on the critical path'),
  }),
  *evaluate(run, { leastShare, leastSeconds }) {
    if (!run.sqlExecutions.length)
      return yield notApplicable('the run has no SQL execution, whose plans could be compared');
    if (isStreaming(run)) return yield notApplicable('micro-batches of a stream repeat by design');
    const found = repeatsOf(run).filter(
      (repeat) =>
        savedMs(repeat, 'wallMs') >= leastSeconds * 1000 && share(savedMs(repeat, 'taskMs'), taskMs(run)) >= leastShare,
    );
    for (const repeat of found) yield findingOf(run, repeat);
    if (!found.length) yield ok('no costly sub-plan is computed twice');
  },
});
