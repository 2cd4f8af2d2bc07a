import type { Rule } from '../rule.js';
import { cpuOverRequested } from './cpu-over-requested.js';
import { cpuThrottled } from './cpu-throttled.js';
import { cpuUnderRequested } from './cpu-under-requested.js';
import { memoryOom } from './memory-oom.js';
import { memoryOverRequested } from './memory-over-requested.js';
import { memoryUnderRequested } from './memory-under-requested.js';
import { noRequests } from './no-requests.js';
import { nodeFit } from './node-fit.js';
import { sparkCoresOverAllocated } from './spark-cores-over-allocated.js';
import { sparkMemoryOverAllocated } from './spark-memory-over-allocated.js';
import { sparkMemoryTight } from './spark-memory-tight.js';
import { volumeFilling } from './volume-filling.js';
import { volumeOverSized } from './volume-over-sized.js';

export const SIZING_RULES: readonly Rule[] = [
  cpuOverRequested,
  cpuThrottled,
  cpuUnderRequested,
  memoryOom,
  memoryOverRequested,
  memoryUnderRequested,
  noRequests,
  nodeFit,
  sparkCoresOverAllocated,
  sparkMemoryOverAllocated,
  sparkMemoryTight,
  volumeFilling,
  volumeOverSized,
];
