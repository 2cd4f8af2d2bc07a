import type { Rule } from '../rule.js';
import { adaptiveOff } from './adaptive-off.js';
import { cacheUnused } from './cache-unused.js';
import { cartesian } from './cartesian.js';
import { dataSkew } from './data-skew.js';
import { driverBound } from './driver-bound.js';
import { dynamicAllocation } from './dynamic-allocation.js';
import { executorLost } from './executor-lost.js';
import { failedTasks } from './failed-tasks.js';
import { fullScan } from './full-scan.js';
import { gcPressure } from './gc-pressure.js';
import { incompleteLog } from './incomplete-log.js';
import { jobFailed } from './job-failed.js';
import { lowParallelism } from './low-parallelism.js';
import { missingBroadcast } from './missing-broadcast.js';
import { noPushdown } from './no-pushdown.js';
import { oversizedPartitions } from './oversized-partitions.js';
import { pythonUdf } from './python-udf.js';
import { recompute } from './recompute.js';
import { shuffleHeavy } from './shuffle-heavy.js';
import { slowStart } from './slow-start.js';
import { smallFiles } from './small-files.js';
import { spill } from './spill.js';
import { straggler } from './straggler.js';
import { streamingLag } from './streaming-lag.js';
import { tinyTasks } from './tiny-tasks.js';

export const SPARK_RULES: readonly Rule[] = [
  adaptiveOff,
  cacheUnused,
  cartesian,
  dataSkew,
  driverBound,
  dynamicAllocation,
  executorLost,
  failedTasks,
  fullScan,
  gcPressure,
  incompleteLog,
  jobFailed,
  lowParallelism,
  missingBroadcast,
  noPushdown,
  oversizedPartitions,
  pythonUdf,
  recompute,
  shuffleHeavy,
  slowStart,
  smallFiles,
  spill,
  straggler,
  streamingLag,
  tinyTasks,
];
