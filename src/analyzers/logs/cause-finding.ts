import { adviceOf, CONSEQUENCE, EXIT, FAULT, ROOT } from '../derived/log-causes.js';
import type { FirstCause, Statement } from '../derived/log-text.js';
import { code, measure, type RunFinding, sure } from '../spark-rule.js';

const CONFIDENCE: Readonly<Record<number, readonly [number, string]>> = {
  [ROOT]: [0.85, 'the line names a cause that needs no other'],
  [FAULT]: [0.75, 'the line names what failed; what made it fail is not in what was read'],
  [EXIT]: [0.4, 'the exit code alone does not say why: the log and the state of the container may'],
  [CONSEQUENCE]: [0.4, 'only what followed was read: the logs of driver and executors may say more'],
};

interface Found {
  cause: FirstCause;
  /** What failed for good; empty where the run recovered. */
  failures: readonly Statement[];
  /** How many statements were looked at. */
  count: number;
  /** Start of the run. */
  sinceMs: number;
}

/** The first cause, told the same way whether it comes from an event log, from pods or from their logs. */
export function bodyOf({ cause, failures, count, sinceMs }: Found): Omit<RunFinding, 'state'> {
  const [value, why] = CONFIDENCE[cause.rank] ?? [0.4, ''];
  const { kind, line, statement } = cause;
  const [failure] = failures;
  const what = failure ? `${failure.where} failed` : 'Tasks or executors failed, and the run recovered';
  return {
    severity: failure ? 'critical' : 'info',
    title: `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${kind}: ${line}`,
    evidence: [
      measure('kind of cause', kind, '', count),
      measure('first said by', statement.where, '', 1),
      measure('line', line, '', 1),
      measure('seconds into the run', (statement.atMs - sinceMs) / 1000, 's', 1),
      measure('what failed for good', failures.map(({ where }) => where).join(', ') || 'nothing', '', failures.length),
    ],
    confidence: sure(value, why),
    recommendation: { summary: adviceOf(kind, line), patches: [code(line)] },
  };
}
