import type { Rule } from '../rule.js';
import { crossZoneShuffle } from './cross-zone-shuffle.js';
import { gpuMismatch } from './gpu-mismatch.js';
import { gpuNodeOpen } from './gpu-node-open.js';
import { limitRange } from './limit-range.js';
import { quotaPressure } from './quota-pressure.js';
import { quotaSlack } from './quota-slack.js';
import { spread } from './spread.js';
import { unschedulable } from './unschedulable.js';

export const PLACEMENT_RULES: readonly Rule[] = [
  crossZoneShuffle,
  gpuMismatch,
  gpuNodeOpen,
  limitRange,
  quotaPressure,
  quotaSlack,
  spread,
  unschedulable,
];
