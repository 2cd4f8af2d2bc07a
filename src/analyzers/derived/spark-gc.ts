import type { SparkLog } from '../../model/spark.js';
import { share } from './numbers.js';
import { perRun, wallMs } from './spark-run.js';
import { mostSlots } from './spark-slots.js';

export interface Gc {
  gcMs: number;
  runMs: number;
  /** Of the tasks' run time. */
  ofRun: number;
  /** Of wall time × cores: a short job on cold JVMs collects much of little. */
  ofWall: number;
}

/** Garbage collection during tasks, over the run. */
export const gcOf = perRun((run): Gc => {
  const gcMs = run.stages.reduce((sum, stage) => sum + stage.sums.gcMs, 0);
  const runMs = run.stages.reduce((sum, stage) => sum + stage.sums.runMs, 0);
  return { gcMs, runMs, ofRun: share(gcMs, runMs), ofWall: share(gcMs, wallMs(run) * mostSlots(run)) };
});

/** Dr. Elephant's thresholds for executor GC are 8 to 20 % of run time. */
export const GC_WARNING = 0.1;
export const GC_CRITICAL = 0.2;
export const GC_LEAST_OF_WALL = 0.05;

export function hasGcPressure(run: SparkLog): boolean {
  const { ofRun, ofWall } = gcOf(run);
  return ofRun >= GC_WARNING && ofWall >= GC_LEAST_OF_WALL;
}
