import { perRun } from '../analyzers/derived/spark-run.js';
import type { SparkLog, SparkStage } from '../model/spark.js';
import { groupsOf, type Ordered, stagesInOrder } from './stage-order.js';

/** A stage that could have begun waited for a slot if it waited so long, */
const LEAST_WAIT_MS = 1000;
/** and a task of another one ended just then: so long before, or after by the clocks of two machines. */
const HANDED_OVER_MS = 200;

/** Of some stages the one that ended last. */
function lastOf(stages: readonly Ordered[], places: readonly number[]): number | undefined {
  let last: number | undefined;
  for (const place of places) if ((stages[place]?.endMs ?? 0) > (stages[last ?? -1]?.endMs ?? -1)) last = place;
  return last;
}

/** The stage whose tasks held the slots while this one could have begun; undefined if it did not wait for a slot. */
function heldUpBy(stages: readonly Ordered[], at: number): number | undefined {
  const own = stages[at];
  if (!own) return undefined;
  const readyMs = Math.max(own.stage.submittedMs ?? 0, ...own.after.map((place) => stages[place]?.endMs ?? 0));
  if (own.firstMs - readyMs < LEAST_WAIT_MS) return undefined;
  let holder: number | undefined;
  let freedMs = own.firstMs - HANDED_OVER_MS;
  for (const [place, { stage }] of stages.slice(0, at).entries())
    for (const finishMs of stage.tasks.finishMs)
      if (finishMs > freedMs && finishMs <= own.firstMs + HANDED_OVER_MS) {
        freedMs = finishMs;
        holder = place;
      }
  return holder;
}

/**
 * The stages that the run could not have ended without: in each group of jobs, from the stage that ended last back to
 * that which it waited for longest, for its rows or for a slot.
 */
export const criticalPath = perRun((run: SparkLog): ReadonlySet<SparkStage> => {
  const path = new Set<SparkStage>();
  for (const jobs of groupsOf(run)) {
    const stages = stagesInOrder(run, jobs);
    for (let at = lastOf(stages, [...stages.keys()]); at !== undefined; ) {
      const own = stages[at];
      if (own) path.add(own.stage);
      at = heldUpBy(stages, at) ?? lastOf(stages, own?.after ?? []);
    }
  }
  return path;
});
