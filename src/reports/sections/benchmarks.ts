import { compareSession, compareSessions } from '../../bench/compare-sessions.js';
import type { BenchSession } from '../../bench/session.js';
import type { SessionComparison } from '../../bench/session-comparison.js';
import type { BenchmarkRow } from '../../model/report.js';
import { isoTime, type Window } from '../../model/window.js';
import { newestBenchSessions, previousBenchSession, validationOf } from '../../store/bench.js';
import type { Db } from '../../store/open.js';

/** Variants against the first one; a session without variants against the one before it. Null: there is nothing to compare with. */
function comparisonOf(db: Db, session: BenchSession): SessionComparison | null {
  if (session.workloads.some(({ variants }) => variants.length > 1)) return compareSession(session);
  const previous = previousBenchSession(db, session);
  return previous ? compareSessions(previous, session) : null;
}

function rowOf(db: Db, session: BenchSession): BenchmarkRow {
  const comparison = comparisonOf(db, session);
  const validation = validationOf(db, session.id);
  return {
    suite: session.suite,
    session: session.id,
    at: isoTime(Date.parse(session.createdAt)),
    a: comparison?.a ?? null,
    b: session.label || session.id,
    verdict: comparison?.verdict ?? null,
    metrics: (comparison?.metrics ?? []).map(
      ({ workload, variants, name, unit, n, medianA, medianB, shiftPercent, ciPercent, ciLevel, verdict }) => ({
        workload,
        variants,
        name,
        unit,
        n,
        medianA,
        medianB,
        shiftPercent,
        ciPercent,
        ciLevel,
        verdict,
      }),
    ),
    notes: comparison?.notes ?? [],
    validates: validation
      ? { fingerprint: validation.fingerprint, rule: validation.rule, subject: validation.subject }
      : null,
  };
}

/** The newest session of each suite that was run in the window, with its verdict. */
export function benchmarkSection(db: Db, window: Window): BenchmarkRow[] {
  return newestBenchSessions(db, window).map((session) => rowOf(db, session));
}
