import { EXIT, type ExitCode } from '../model/errors.js';
import { checkLimit, type Limit, type LimitResult } from './limits.js';
import type { MetricRow, SessionComparison } from './session-comparison.js';
import { LEAST_RUNS } from './verdict.js';

export interface Gate {
  readonly comparison: SessionComparison;
  readonly results: readonly LimitResult[];
  readonly exitCode: ExitCode;
  /** One sentence. */
  readonly headline: string;
}

/** A metric has as many checks as it has limits, or one without. */
function checksOf(comparison: SessionComparison, limits: readonly Limit[]): LimitResult[] {
  return comparison.metrics.flatMap((row) => {
    const own = limits.filter(({ metric }) => metric === row.name);
    return own.length ? own.map((limit) => checkLimit(row, limit)) : [checkLimit(row, null)];
  });
}

/** So few runs tell nothing, whatever they measured. */
function isTooShort({ n }: MetricRow): boolean {
  return Math.min(...n) < LEAST_RUNS;
}

/**
 * Whether a change may pass: 1 if a limit is broken or a result is wrong, 3 if runs are missing, failed or cannot be
 * compared, else 0. Where the runs cannot decide it passes and says so: chance never stops a pipeline.
 */
export function gateOf(comparison: SessionComparison, limits: readonly Limit[]): Gate {
  const results = checksOf(comparison, limits);
  const refused = comparison.environmentDifferences.some(({ effect }) => effect === 'refuses');
  const failed = results.filter(({ state }) => state === 'fail');
  const unknown = results.filter(({ state }) => state === 'unknown').length;
  const measured = new Set(comparison.metrics.map(({ name }) => name));
  const missing = limits.filter(({ metric }) => !measured.has(metric)).map(({ text }) => text);
  const say = (exitCode: ExitCode, headline: string): Gate => ({ comparison, results, exitCode, headline });
  if (refused) return say(EXIT.incomplete, 'Cannot be compared: the environments or inputs are not alike.');
  if (failed.length) return say(EXIT.verdict, `Failed: ${failed.length} of ${results.length} checks.`);
  if (missing.length) return say(EXIT.incomplete, `Incomplete: not measured on both sides: ${missing.join(', ')}.`);
  if (comparison.notes.length) return say(EXIT.incomplete, `Incomplete: ${comparison.notes.join('; ')}.`);
  if (unknown === results.length && comparison.metrics.every(isTooShort))
    return say(EXIT.incomplete, `Incomplete: nothing can be compared with fewer than ${LEAST_RUNS} runs a side.`);
  return say(EXIT.ok, `Passed: ${results.length - unknown} of ${results.length} checks decided, none broken.`);
}
