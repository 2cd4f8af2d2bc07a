import type { Rule } from '../rule.js';
import { hpaFlapping } from './hpa-flapping.js';
import { hpaIdleMin } from './hpa-idle-min.js';
import { hpaMaxed } from './hpa-maxed.js';
import { hpaThreshold } from './hpa-threshold.js';
import { verticalCandidate } from './vertical-candidate.js';

export const AUTOSCALING_RULES: readonly Rule[] = [hpaFlapping, hpaIdleMin, hpaMaxed, hpaThreshold, verticalCandidate];
