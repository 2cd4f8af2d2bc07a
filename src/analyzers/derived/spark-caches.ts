import { type CachedRdd, type SparkLog, type SparkStage, TASK_SUCCEEDED } from '../../model/spark.js';
import { perRun } from './spark-run.js';

/** Stages that could read what the first one cached. */
export function readersOf(run: SparkLog, { stageIds }: CachedRdd): SparkStage[] {
  const [filler] = stageIds;
  return run.stages.filter(({ stageId }) => stageId !== filler && stageIds.includes(stageId));
}

/**
 * Share of a reader's partitions that were not in the cache: a task that reads a block counts it as input. A reader that
 * misses every block reads something else (a cache of no bytes, an RDD beside it) and counts as missing none.
 */
export function missedShare({ numTasks, tasks }: SparkStage, cached: CachedRdd): number {
  if (numTasks !== cached.partitions) return 0;
  let missed = 0;
  let ended = 0;
  for (let task = 0; task < tasks.count; task++) {
    if (tasks.outcome[task] !== TASK_SUCCEEDED) continue;
    ended++;
    if ((tasks.metrics.inputBytes[task] ?? 0) === 0) missed++;
  }
  return missed === ended ? 0 : missed / ended;
}

/** Stages that computed again what was no longer in a cache. */
export const refillsOf = perRun((run): ReadonlySet<SparkStage> => {
  const missing = run.cachedRdds.flatMap((cached) =>
    readersOf(run, cached).filter((stage) => missedShare(stage, cached) > 0),
  );
  return new Set(missing);
});

/** Packages of Spark's own libraries as a stage's call stack names them. */
const LIBRARY = /^\s*org\.apache\.spark\.(?:ml|mllib|graphx)\./m;

/** Whether a library cached it for itself, an RDD within its own call; what SQL caches is the user's. */
export function isOfLibrary(run: SparkLog, { scope, stageIds }: CachedRdd): boolean {
  if (scope === 'InMemoryTableScan') return false;
  return run.stages.some(({ stageId, details }) => stageId === stageIds[0] && LIBRARY.test(details));
}
