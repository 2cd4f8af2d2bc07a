import { perRun } from '../analyzers/derived/spark-run.js';
import type { SparkLog, SparkStage } from '../model/spark.js';
import { groupsOf, stagesInOrder } from './stage-order.js';

/**
 * The stages that the run could not have ended without: in each group of jobs, from the stage that ended last back to
 * that which it waited for longest.
 */
export const criticalPath = perRun((run: SparkLog): ReadonlySet<SparkStage> => {
  const path = new Set<SparkStage>();
  for (const jobs of groupsOf(run)) {
    const stages = stagesInOrder(run, jobs);
    const last = (places: readonly number[]) =>
      places.reduce<number | undefined>(
        (best, place) => ((stages[place]?.endMs ?? 0) > (stages[best ?? -1]?.endMs ?? -1) ? place : best),
        undefined,
      );
    for (let at = last([...stages.keys()]); at !== undefined; at = last(stages[at]?.after ?? [])) {
      const stage = stages[at]?.stage;
      if (stage) path.add(stage);
    }
  }
  return path;
});
