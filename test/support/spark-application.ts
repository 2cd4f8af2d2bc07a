const BEGAN = Date.parse('2026-01-01T00:00:00Z');

/** What the operator writes at the end of a benchmark's application: it ran for `spark.test.seconds`, or failed with 0. */
export function endedStatus({ sparkConf }: { sparkConf: Readonly<Record<string, string>> }) {
  const seconds = Number(sparkConf['spark.test.seconds']);
  return {
    applicationState: seconds > 0 ? { state: 'COMPLETED' } : { state: 'FAILED', errorMessage: 'driver failed' },
    lastSubmissionAttemptTime: new Date(BEGAN).toISOString(),
    terminationTime: new Date(BEGAN + 1000 * Math.max(1, seconds)).toISOString(),
  };
}
