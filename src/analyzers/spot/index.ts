import type { Rule } from '../rule.js';
import { spotCandidate } from './candidate.js';
import { spotCheaperHour } from './cheaper-hour.js';
import { spotCheaperType } from './cheaper-type.js';
import { spotCheaperZone } from './cheaper-zone.js';
import { spotDriverOnSpot } from './driver-on-spot.js';
import { spotNoDecommission } from './no-decommission.js';
import { spotScarce } from './scarce.js';
import { spotVolatile } from './volatile.js';

export const SPOT_RULES: readonly Rule[] = [
  spotCandidate,
  spotCheaperHour,
  spotCheaperType,
  spotCheaperZone,
  spotDriverOnSpot,
  spotNoDecommission,
  spotScarce,
  spotVolatile,
];
