import type { Rule } from '../rule.js';
import { costAnomaly } from './anomaly.js';
import { costBudget } from './budget.js';
import { runRegression } from './run-regression.js';
import { costTransfer } from './transfer.js';
import { costUnallocated } from './unallocated.js';

export const COST_RULES: readonly Rule[] = [costAnomaly, costBudget, runRegression, costTransfer, costUnallocated];
