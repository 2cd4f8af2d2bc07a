import { awsInstances } from './aws/instances/index.js';
import { awsPrices } from './aws/prices/index.js';
import { awsSpot } from './aws/spot/index.js';
import type { Collector } from './collector.js';
import { kubernetes } from './kubernetes/index.js';
import { podLogs } from './logs/index.js';
import { prometheus } from './prometheus/index.js';
import { sparkLogs } from './spark/index.js';

/** Every collector, in the order in which they run: who is there first, then what it used, then what it costs. */
export const COLLECTORS: readonly Collector[] = [
  kubernetes,
  prometheus,
  awsInstances,
  awsPrices,
  awsSpot,
  sparkLogs,
  podLogs,
];
