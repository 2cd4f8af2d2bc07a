import type { Rule } from '../rule.js';
import { controlPlane } from './control-plane.js';
import { evictedPods } from './evicted-pods.js';
import { noBackup } from './no-backup.js';
import { noCheckpoint } from './no-checkpoint.js';
import { noPdb } from './no-pdb.js';
import { noRestartPolicy } from './no-restart-policy.js';
import { singleRegionData } from './single-region-data.js';
import { singleReplica } from './single-replica.js';
import { singleZoneVolume } from './single-zone-volume.js';

export const RESILIENCE_RULES: readonly Rule[] = [
  controlPlane,
  evictedPods,
  noBackup,
  noCheckpoint,
  noPdb,
  noRestartPolicy,
  singleRegionData,
  singleReplica,
  singleZoneVolume,
];
