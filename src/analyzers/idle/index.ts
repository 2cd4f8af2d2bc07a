import type { Rule } from '../rule.js';
import { idleEbsUnattached } from './ebs-unattached.js';
import { idleEc2LongRunning } from './ec2-long-running.js';
import { idleEc2LowUse } from './ec2-low-use.js';
import { idleExecutor } from './executor.js';
import { idleGpu } from './gpu.js';
import { idleNode } from './node.js';
import { idleServing } from './serving.js';
import { idleSparkApplication } from './spark-application.js';
import { idleStoppedInstanceStorage } from './stopped-instance-storage.js';
import { idleVolume } from './volume.js';
import { idleWorkload } from './workload.js';

export const IDLE_RULES: readonly Rule[] = [
  idleEbsUnattached,
  idleEc2LongRunning,
  idleEc2LowUse,
  idleExecutor,
  idleGpu,
  idleNode,
  idleServing,
  idleSparkApplication,
  idleStoppedInstanceStorage,
  idleVolume,
  idleWorkload,
];
