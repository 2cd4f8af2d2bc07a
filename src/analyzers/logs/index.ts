import type { Rule } from '../rule.js';
import { podRootCause } from './pod-root-cause.js';
import { rootCause } from './root-cause.js';

/** Of a run with an event log all that was said, of one without what its pods left. */
export const LOGS_RULES: readonly Rule[] = [{ ...rootCause, also: podRootCause }];
