import { windowOf } from '../analyzers/derived/spark-run.js';
import { stageTime } from '../analyzers/derived/spark-timeline.js';
import type { SparkStageRow, SparkWhatIf } from '../model/report.js';
import type { SparkLog, SparkStage } from '../model/spark.js';
import { HOUR_MS } from '../model/window.js';
import type { Lifecycle } from '../pricing/price-book.js';
import type { RunRate } from '../pricing/run-cost.js';
import { criticalPath } from './critical-path.js';
import { placed } from './stage-order.js';
import type { Shape, WhatIf } from './what-if.js';

/** Stages told of a run; the others are short. */
const MOST_STAGES = 20;

/** The longest stages of the run on its clock, in the order of time. */
export function stageRows(run: SparkLog): SparkStageRow[] {
  const { sinceMs } = windowOf(run);
  const path = criticalPath(run);
  const weight = (stage: SparkStage) => stageTime(run, stage).wallMs;
  return run.stages
    .filter(({ tasks }) => tasks.count > 0)
    .sort((a, b) => weight(b) - weight(a) || a.stageId - b.stageId)
    .slice(0, MOST_STAGES)
    .map(placed)
    .sort((a, b) => a.firstMs - b.firstMs || a.stage.stageId - b.stage.stageId)
    .map(({ stage, firstMs, endMs }) => ({
      stageId: stage.stageId,
      attempt: stage.attempt,
      name: stage.name,
      startSeconds: (firstMs - sinceMs) / 1000,
      seconds: (endMs - firstMs) / 1000,
      tasks: stage.tasks.count,
      critical: path.has(stage),
    }));
}

/**
 * USD of the run in a shape, its pods bought in one way; null where their price is not known. An executor of other cores
 * has other memory in the same proportion, and so another price.
 */
export function shapeUsd(
  { coreMs, wallMs }: Shape,
  ownCores: number,
  rates: readonly RunRate[],
  lifecycle: Lifecycle,
): number | null {
  const rate = rates.find((each) => each.lifecycle === lifecycle);
  if (!rate) return null;
  return (rate.executorUsdPerHour * (coreMs / ownCores) + rate.driverUsdPerHour * wallMs) / HOUR_MS;
}

/** Cores that an executor had. */
export function ownCores({ shapes }: WhatIf): number {
  return shapes.find(({ isOwn }) => isOwn)?.cores ?? 1;
}

/** The what-if in the published shape. */
export function whatIfRow(whatIf: WhatIf, rates: readonly RunRate[] = []): SparkWhatIf {
  const { shapes, knee, error, leastMs } = whatIf;
  const cores = ownCores(whatIf);
  return {
    errorShare: error,
    ...(whatIf.isLocal && { threads: true }),
    leastSeconds: leastMs / 1000,
    shapes: shapes.map((shape) => ({
      executors: shape.executors,
      cores: shape.cores,
      memoryBytes: shape.memoryBytes,
      slots: shape.slots,
      seconds: shape.wallMs / 1000,
      executorSeconds: shape.executorMs / 1000,
      coreSeconds: shape.coreMs / 1000,
      own: shape.isOwn,
      pareto: shape.isPareto,
      knee: shape === knee,
      usdOnDemand: shapeUsd(shape, cores, rates, 'on-demand'),
      usdSpot: shapeUsd(shape, cores, rates, 'spot'),
    })),
  };
}
