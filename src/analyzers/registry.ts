import { AUTOSCALING_RULES } from './autoscaling/index.js';
import { COST_RULES } from './cost/index.js';
import { sparkRuns } from './derived/spark-runs.js';
import { IDLE_RULES } from './idle/index.js';
import { LOGS_RULES } from './logs/index.js';
import { PLACEMENT_RULES } from './placement/index.js';
import { RESILIENCE_RULES } from './resilience/index.js';
import type { Rule } from './rule.js';
import { SECURITY_RULES } from './security/index.js';
import { SIZING_RULES } from './sizing/index.js';
import { SPARK_RULES } from './spark/index.js';
import { SPOT_RULES } from './spot/index.js';

/** Every rule, by family. */
export const RULES: readonly Rule[] = [
  ...AUTOSCALING_RULES,
  ...COST_RULES,
  ...IDLE_RULES,
  ...LOGS_RULES,
  ...PLACEMENT_RULES,
  ...RESILIENCE_RULES,
  ...SECURITY_RULES,
  ...SIZING_RULES,
  ...SPARK_RULES,
  ...SPOT_RULES,
];

/** Those that look at nothing but Spark runs: the clinic's, which has one event log and no store. */
export const RUN_RULES: readonly Rule[] = RULES.filter(({ needs }) =>
  Object.values(needs).every((artifact) => artifact === sparkRuns),
);
