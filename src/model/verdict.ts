/** What a benchmark says of a metric: docs/bench.md. */
export const VERDICTS = ['improved', 'regressed', 'equivalent', 'within-noise', 'inconclusive', 'invalid'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Of a whole comparison: the words of a metric, and `incomplete` where runs are missing. */
export const OVERALL_VERDICTS = [...VERDICTS, 'incomplete'] as const;
export type OverallVerdict = (typeof OVERALL_VERDICTS)[number];
