import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, UsageError } from '../model/errors.js';
import { issueText } from '../model/issue.js';
import { METRIC_NAMES } from './metrics.js';

export const RUN_STATES = ['ok', 'failed', 'timeout', 'killed', 'no-event-log', 'wrong-result'] as const;

/** What a run gave back, whatever the order of its rows: src/bench/result-check.ts. */
export const ResultPrint = z.object({
  rows: z.number(),
  /** Of all text and whole numbers. */
  checksum: z.string(),
  /** Per place of a floating-point number in a row: sums that do not depend on the order of rows. */
  columns: z.array(
    z.object({ count: z.number(), sum: z.number(), weighted: z.number(), logs: z.number(), size: z.number() }),
  ),
});
export type ResultPrint = z.infer<typeof ResultPrint>;

const StageFacts = z.object({ name: z.string(), seconds: z.number(), stageId: z.number() });

/** What explains a run, read from its event log. */
export const RunFacts = z.object({
  appId: z.string(),
  sparkVersion: z.string(),
  /** Findings of the Spark rules, worst first. */
  findings: z.array(z.object({ rule: z.string(), title: z.string(), secondsPerRun: z.number().nullable() })),
  slowestStages: z.array(StageFacts),
});
export type RunFacts = z.infer<typeof RunFacts>;

export const BenchRun = z.object({
  workload: z.string(),
  variant: z.string(),
  /** Runs of one block follow right after another and pair the variants; null where nothing was interleaved. */
  block: z.number().nullable(),
  /** Place among all runs of the workload, from 0. */
  position: z.number(),
  warmup: z.boolean(),
  state: z.enum(RUN_STATES),
  /** Why it is not ok. */
  message: z.string().nullable(),
  startedAt: z.string(),
  exitCode: z.number().nullable(),
  /** One-minute load of the machine when it began. */
  load: z.number().nullable(),
  metrics: z.partialRecord(z.enum(METRIC_NAMES), z.number()),
  result: ResultPrint.nullable(),
  facts: RunFacts.nullable(),
});
export type BenchRun = z.infer<typeof BenchRun>;

/** Of what a measurement depends on. Null: not known. */
export const Environment = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
export type Environment = z.infer<typeof Environment>;

export const SESSION_SCHEMA = 'sparkfit.bench/1';

/** Everything measured by one `bench run`, or imported. A file of it is what compare, gate and baselines take. */
export const BenchSession = z.object({
  schema: z.literal(SESSION_SCHEMA),
  id: z.string(),
  suite: z.string(),
  suiteHash: z.string(),
  label: z.string().default(''),
  tool: z.string(),
  createdAt: z.string(),
  order: z.string(),
  seed: z.number(),
  /** Measured runs a side that were meant. */
  runsPlanned: z.number(),
  /** Result tolerance per workload. */
  tolerances: z.record(z.string(), z.number()),
  metrics: z.array(z.enum(METRIC_NAMES)).nullable(),
  /** Variants per workload, the one that the others are compared with first. */
  workloads: z.array(
    z.object({ name: z.string(), variants: z.array(z.string()), confHashes: z.array(z.string()).default([]) }),
  ),
  environment: Environment,
  /** Error rate of the look at which an adaptive session stopped, per workload. */
  stoppedAlpha: z.record(z.string(), z.number()).default({}),
  /** Workloads that were not run, with why. */
  skipped: z.array(z.object({ workload: z.string(), why: z.string() })),
  /** False while runs are missing that `--resume` would make. */
  complete: z.boolean(),
  runs: z.array(BenchRun),
});
export type BenchSession = z.infer<typeof BenchSession>;

/**
 * Reads the file of a session.
 * @throws UsageError that says what it holds instead.
 */
export function readSession(path: string): BenchSession {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${messageOf(error)}`, {
      hint: "Name a file that 'sparkfit bench run' wrote.",
      cause: error,
    });
  }
  const parsed = BenchSession.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${path}: no benchmark session: ${issue?.path.join('.')}: ${issue && issueText(issue)}`, {
    hint: "Name a file that 'sparkfit bench run' or 'sparkfit bench import' wrote.",
  });
}

/** Runs that were measured and are sound. */
export function soundRuns(session: BenchSession, workload: string, variant: string): BenchRun[] {
  return session.runs.filter(
    (run) => run.workload === workload && run.variant === variant && !run.warmup && run.state === 'ok',
  );
}

export function failedRuns(session: BenchSession, workload: string, variant: string): BenchRun[] {
  return session.runs.filter(
    (run) => run.workload === workload && run.variant === variant && !run.warmup && run.state !== 'ok',
  );
}

/** Whether a session holds all that was meant: nothing skipped, failed or stopped. */
export function isComplete(session: BenchSession): boolean {
  return (
    session.complete &&
    session.skipped.length === 0 &&
    session.runs.every(({ warmup, state }) => warmup || state === 'ok')
  );
}

/** `run 3`, `run 1 (warm-up)`: its place among all runs of the workload. */
export function runName({ position, warmup }: BenchRun): string {
  return `run ${position + 1}${warmup ? ' (warm-up)' : ''}`;
}

/** A variant that fails so often in a row is not tried any further. */
export const FAILURES_TO_STOP = 3;

/** Whether the last runs of the variant, warm-ups among them, all failed. */
export function isGivenUp(session: BenchSession, workload: string, variant: string): boolean {
  const last = session.runs
    .filter((run) => run.workload === workload && run.variant === variant)
    .slice(-FAILURES_TO_STOP);
  return last.length === FAILURES_TO_STOP && last.every(({ state }) => state !== 'ok');
}
