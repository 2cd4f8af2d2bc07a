import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { TASK_FAILED } from '../../model/spark.js';
import { share, sum } from '../derived/numbers.js';
import { counted } from '../derived/posture.js';
import { rootCause } from '../derived/spark-errors.js';
import { lossesOf } from '../derived/spark-losses.js';
import { lostTaskMs, stageName, taskMs } from '../derived/spark-run.js';
import { stageTime, wallShareMs } from '../derived/spark-timeline.js';
import {
  code,
  defineSparkRule,
  insufficient,
  measure,
  ok,
  type RunFinding,
  type RunPatch,
  sparkConf,
  sure,
} from '../spark-rule.js';

/** A task killed because a speculative copy won is that copy's business. */
function killedTasks(stage: SparkStage): number {
  return stage.speculativeTasks > 0 ? 0 : stage.killedTasks;
}

/** Time of tasks that failed or were killed. */
function failedMs(stage: SparkStage): number {
  return stage.speculativeTasks > 0 ? lostTaskMs(stage, TASK_FAILED) : lostTaskMs(stage);
}

function fetchFailures(stage: SparkStage): number {
  return stage.endReasons.FetchFailed ?? 0;
}

function isHit(stage: SparkStage): boolean {
  return failedMs(stage) > 0 || stage.failedTasks > 0 || stage.attempt > 0;
}

/** The end reasons of all stages, with one error text each. */
function errorsOf(stages: readonly SparkStage[]): [string, string][] {
  return [...new Map(stages.flatMap((stage) => Object.entries(stage.endErrors)))];
}

/** Spark's words for a fetch from an executor that is gone. */
const GONE = /ExecutorDeadException|missing an output location/i;

/** Retries help where the host lived on; shuffle files of an executor that is gone are gone with it. */
function fetchPatches(run: SparkLog, texts: readonly string[]): RunPatch[] {
  const gone = lossesOf(run).filter(({ cameUp }) => cameUp);
  if (!gone.length && !texts.some((text) => GONE.test(text)))
    return [sparkConf({ 'spark.shuffle.io.maxRetries': 10, 'spark.shuffle.io.retryWait': '15s' })];
  const isMemory = gone.length > 0 && gone.every(({ cause }) => cause === 'out of memory');
  return [
    code(
      `Shuffle files went with their executor, so that more retries do not bring them back: mend what ended it (${isMemory ? 'spark/executor-lost' : 'spark/executor-lost, or dynamic allocation without shuffle tracking'})`,
    ),
    ...(isMemory
      ? []
      : [
          code(
            'Where nodes are taken away, let executors hand their files over (spark.decommission.enabled, spark.storage.decommission.shuffleBlocks.enabled), or keep them outside of executors (an external or remote shuffle service)',
          ),
        ]),
  ];
}

function patchesFor(run: SparkLog, stages: readonly SparkStage[]): RunPatch[] {
  const errors = errorsOf(stages);
  const patches: RunPatch[] = errors
    .filter(([reason]) => !/FetchFailed|ExecutorLost|TaskKilled/.test(reason))
    .map(([reason, text]) => code(`Mend what makes tasks fail (${reason}): ${rootCause(text).text}`));
  const fetches = stages.flatMap(({ endErrors }) => endErrors.FetchFailed ?? []);
  if (fetches.length > 0) patches.push(...fetchPatches(run, fetches));
  else if (errors.some(([reason]) => reason.includes('ExecutorLost')))
    patches.push(code('Tasks were lost with their executor: see spark/executor-lost for the reason'));
  return patches;
}

function recommendationFor(run: SparkLog, hit: readonly SparkStage[], failures: number): RunFinding['recommendation'] {
  const patches = patchesFor(run, hit);
  if (failures > 0 || patches.length > 0)
    return { summary: 'Mend the cause of the failures; a retry hides it and costs time', patches };
  const why = errorsOf(hit).map(([, text]) => rootCause(text).text);
  return {
    summary: 'See who or what cancelled the work: what was done of it is lost',
    patches: why.slice(0, 1).map((text) => code(`Spark says: ${text}`)),
  };
}

function wastedMs(run: SparkLog, stage: SparkStage): number {
  return stage.attempt > 0 ? stageTime(run, stage).wallMs : wallShareMs(run, stage, failedMs(stage));
}

export const failedTasks = defineSparkRule({
  id: 'spark/failed-tasks',
  title: 'Tasks fail and are done again',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z.number().min(0).max(1).default(0.05).describe('time of failed and killed tasks over all task time'),
    fewestFailures: z
      .int()
      .min(1)
      .default(4)
      .describe('or this many failures; a stage retry or a fetch failure is enough alone'),
  }),
  *evaluate(run, { leastShare, fewestFailures }) {
    if (taskMs(run) === 0) return yield insufficient('no task has ended');
    const hit = run.stages.filter(isHit);
    const failures = sum(run.stages.map((stage) => stage.failedTasks));
    const killed = sum(run.stages.map(killedTasks));
    const retries = run.stages.filter((stage) => stage.attempt > 0).length;
    const fetches = sum(run.stages.map(fetchFailures));
    const lostShare = share(sum(run.stages.map(failedMs)), taskMs(run));
    const samples = sum(run.stages.map((stage) => stage.tasks.count));
    const evidence = [
      measure('failures', failures, '', samples),
      measure('failed and killed tasks, of the task time', lostShare * 100, '%', samples),
      measure('stage retries', retries, '', run.stages.length),
      measure('fetch failures', fetches, '', samples),
      measure('killed', killed, '', samples),
    ];
    if (lostShare < leastShare && retries === 0 && fetches === 0 && failures < fewestFailures)
      return yield ok('few or no tasks failed', evidence);
    const what = [
      ...(failures > 0 ? [`${counted(failures, 'task')} failed`] : []),
      ...(killed > 0 ? [`${counted(killed, 'task')} killed`] : []),
      ...(retries > 0 ? [`${retries} stage ${retries === 1 ? 'retry' : 'retries'}`] : []),
    ];
    const [only] = new Set(hit.map((stage) => stage.stageId)).size === 1 ? hit : [];
    yield {
      state: 'finding',
      ...(only && { stageId: only.stageId }),
      title: `${what.join(', ')}: ${Math.round(lostShare * 100)} % of the task time lost`,
      evidence: [
        ...evidence,
        measure('stages', hit.map(stageName).join(', '), '', hit.length),
        ...errorsOf(hit)
          .slice(0, 3)
          .map(([reason, text]) => measure(reason, rootCause(text).text, '', 1)),
      ],
      impact: { secondsPerRun: sum(hit.map((stage) => wastedMs(run, stage))) / 1000 },
      confidence: sure(
        0.85,
        'ends of tasks are logged with their reason; seconds are their share of the wall time and the retries',
      ),
      recommendation: recommendationFor(run, hit, failures),
    };
  },
});
