import type { OverallVerdict, Verdict } from '../model/verdict.js';
import type { Comparison } from './compare.js';
import type { EnvironmentDifference } from './environment.js';
import type { MetricName } from './metrics.js';

export const COMPARISON_SCHEMA = 'sparkfit.bench-comparison/1';

/** One metric of one workload, two variants or two sessions beside each other. */
export interface MetricRow {
  workload: string;
  variants: [string, string];
  name: MetricName;
  unit: string;
  n: [number, number];
  medianA: number;
  medianB: number;
  shiftPercent: number | null;
  ciPercent: [number, number] | null;
  ciLevel: number | null;
  p: number;
  pAdjusted: number;
  test: Comparison['test'];
  verdict: Verdict;
  reason: string | null;
  runsToDecide: number | null;
  mdePercent: number | null;
  warnings: string[];
  /** The values in the order of the runs, for pictures. */
  samples: [SampleRow[], SampleRow[]];
}

export interface SampleRow {
  position: number;
  value: number;
}

/** A metric that was measured and is not judged. */
export interface AlsoRow {
  workload: string;
  variants: [string, string];
  name: MetricName;
  unit: string;
  medianA: number;
  medianB: number;
}

export interface FailedRow {
  side: 'a' | 'b';
  workload: string;
  variant: string;
  run: number;
  state: string;
  message: string | null;
}

/** What explains a change, read from the event logs of the run in the middle of each side. */
export interface ReasonRow {
  workload: string;
  variants: [string, string];
  texts: string[];
  slowestStages: [string | null, string | null];
}

export interface SessionComparison {
  schema: typeof COMPARISON_SCHEMA;
  suite: string;
  a: string;
  b: string;
  metrics: MetricRow[];
  verdict: OverallVerdict;
  environmentDifferences: EnvironmentDifference[];
  also: AlsoRow[];
  failures: FailedRow[];
  reasons: ReasonRow[];
  /** What is missing or makes the comparison less worth. */
  notes: string[];
}
