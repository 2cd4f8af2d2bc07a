import { z } from 'zod';
import { type SparkLog, type SparkStage, TASK_FAILED } from '../../model/spark.js';
import type { PodLife } from '../../store/pod-life.js';
import { CONSEQUENCE } from '../derived/log-causes.js';
import { type FirstCause, firstCause, type Statement } from '../derived/log-text.js';
import { statementsOfPods } from '../derived/pod-lives.js';
import { rootCause as bottomOf, isCancelled } from '../derived/spark-errors.js';
import { lossesOf } from '../derived/spark-losses.js';
import { stageName, windowOf } from '../derived/spark-run.js';
import { stoppedJobs } from '../derived/spark-stopped.js';
import { defineSparkRule, notApplicable, ok } from '../spark-rule.js';
import { bodyOf } from './cause-finding.js';

/** Killed tasks are somebody's decision: a copy that lost, a stage that was given up. */
const NO_ERROR = new Set(['Success', 'TaskKilled', 'Resubmitted', 'TaskCommitDenied']);

/** When the first task of the stage failed; its end where the log does not say. */
function firstFailureMs(run: SparkLog, stage: SparkStage): number {
  const { tasks } = stage;
  let first = Number.POSITIVE_INFINITY;
  for (let task = 0; task < tasks.count; task++)
    if (tasks.outcome[task] === TASK_FAILED) first = Math.min(first, tasks.finishMs[task] ?? first);
  return Number.isFinite(first) ? first : (stage.completedMs ?? windowOf(run).untilMs);
}

/** What ended work for good: jobs, SQL statements and streams that failed and were not stopped by anybody. */
function failuresOf(run: SparkLog): Statement[] {
  const { untilMs } = windowOf(run);
  const failed = (where: string, text: string | null, atMs: number | null): Statement[] =>
    text === null || isCancelled(text) ? [] : [{ where, text, atMs: atMs ?? untilMs }];
  return [
    ...run.jobs.flatMap((job) =>
      job.result === 'failed' ? failed(`job ${job.id}`, job.error ?? '', job.completedMs) : [],
    ),
    ...run.sqlExecutions.flatMap(({ id, error, endMs }) => (error ? failed(`SQL statement ${id}`, error, endMs) : [])),
    ...run.streamingQueries.flatMap(({ name, runId, error }) =>
      error ? failed(`stream ${name ?? runId}`, error, untilMs) : [],
    ),
  ];
}

/** What went wrong on the way and may be why. */
function troublesOf(run: SparkLog): Statement[] {
  const losses = lossesOf(run);
  // Tasks of a lost executor say what its removal says.
  const isSaid = (reason: string) => NO_ERROR.has(reason) || (reason === 'ExecutorLostFailure' && losses.length > 0);
  const tasks = run.stages.flatMap((stage) =>
    Object.entries(stage.endErrors).flatMap(([reason, text]) =>
      isSaid(reason) ? [] : [{ where: `a task of ${stageName(stage)}`, text, atMs: firstFailureMs(run, stage) }],
    ),
  );
  const stages = run.stages.flatMap((stage) =>
    stage.failureReason === null || isCancelled(stage.failureReason)
      ? []
      : [{ where: stageName(stage), text: stage.failureReason, atMs: stage.completedMs ?? windowOf(run).untilMs }],
  );
  const executors = losses.map(({ executor, atMs }) => ({
    where: `executor ${executor.id}`,
    text: executor.removalReason ?? '',
    atMs,
  }));
  return [...executors, ...tasks, ...stages];
}

/** Where no line is of a known kind: what stands at the bottom of the first error. */
function unknownCause(statements: readonly Statement[]): FirstCause | undefined {
  const statement = statements.find(({ text }) => text.trim() !== '');
  return statement && { kind: 'exception', rank: CONSEQUENCE, line: bottomOf(statement.text).text, statement };
}

/** A driver that ended by itself took the run with it, whatever the event log still says. */
function driverEnds(pods: readonly PodLife[]): Statement[] {
  return statementsOfPods(pods.filter(({ role }) => role === 'driver'))
    .filter(({ where }) => where.startsWith('pod '))
    .map((statement) => ({ ...statement, where: `the driver (${statement.where})` }));
}

export const ROOT_CAUSE = {
  id: 'logs/root-cause',
  title: 'Why a run failed',
  severity: 'critical',
  ledger: null,
  parameters: z.object({
    recovered: z.boolean().default(true).describe('also name what a run recovered from, as information'),
  }),
} as const;

export const rootCause = defineSparkRule({
  ...ROOT_CAUSE,
  *evaluate(run, { recovered }, around) {
    if (run.application.log.lines === 0) return yield notApplicable('the log holds no event');
    const pods = around.pods?.() ?? [];
    const isWhole = run.application.finished && stoppedJobs(run).length === 0;
    const failures = [...failuresOf(run), ...(isWhole ? [] : driverEnds(pods))];
    const troubles = [...troublesOf(run), ...statementsOfPods(pods)];
    const all = [...troubles, ...failures];
    const cause = firstCause(all) ?? unknownCause(all);
    if (!cause) return yield ok('nothing failed');
    const [failure] = failures;
    if (!failure && !recovered) return yield ok('the run recovered from what failed');
    yield { state: 'finding', ...bodyOf({ cause, failures, count: all.length, sinceMs: run.application.startMs }) };
  },
});
