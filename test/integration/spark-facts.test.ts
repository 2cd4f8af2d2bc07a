import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readEventLog } from '../../src/collectors/spark/read.js';
import type { Quantiles, SparkExecutor, SparkJob, SparkLog, SparkStage, SqlMetric } from '../../src/model/spark.js';

/** Real logs and what Spark's own History Server answered for them; kept beside the repository. */
const DATA = join(import.meta.dirname, '../../../shared/data/spark');
const PRESENT = existsSync(join(DATA, 'shs'));
if (!PRESENT) process.stderr.write(`\n!! SKIPPED: no recorded logs and History Server answers at ${DATA}\n\n`);

const gmt = z.string().transform((text) => Date.parse(text.replace('GMT', 'Z')));
const numbers = z.record(z.string(), z.unknown());

const Answers = z.object({
  application: z.object({
    id: z.string(),
    name: z.string(),
    attempts: z.array(
      z.object({
        startTimeEpoch: z.number(),
        endTimeEpoch: z.number(),
        sparkUser: z.string(),
        appSparkVersion: z.string(),
        completed: z.boolean(),
      }),
    ),
  }),
  jobs: z.array(
    z.object({
      jobId: z.number(),
      submissionTime: gmt,
      completionTime: gmt.optional(),
      stageIds: z.array(z.number()),
      status: z.enum(['SUCCEEDED', 'FAILED', 'RUNNING']),
      numCompletedTasks: z.number(),
      numFailedTasks: z.number(),
      numKilledTasks: z.number(),
    }),
  ),
  stages: z.array(numbers.and(z.object({ stageId: z.number(), attemptId: z.number(), status: z.string() }))),
  allexecutors: z.array(
    numbers.and(z.object({ id: z.string(), peakMemoryMetrics: z.record(z.string(), z.number()).optional() })),
  ),
  sql: z.array(
    z.object({
      id: z.number(),
      status: z.string(),
      nodes: z.array(
        z.object({ nodeName: z.string(), metrics: z.array(z.object({ name: z.string(), value: z.string() })) }),
      ),
    }),
  ),
  taskSummary: z.record(z.string(), z.record(z.string(), z.unknown())),
});
type Answers = z.infer<typeof Answers>;

function answersOf(appId: string): Answers {
  return Answers.parse(JSON.parse(readFileSync(join(DATA, 'shs', `${appId}.json`), 'utf8')));
}

/** Figures of a stage in the History Server's words. */
function asServerStage(stage: SparkStage): Record<string, unknown> {
  const { sums } = stage;
  return {
    numTasks: stage.numTasks,
    numCompleteTasks: stage.succeededTasks,
    numFailedTasks: stage.failedTasks,
    numKilledTasks: stage.killedTasks,
    numCompletedIndices: stage.completedPartitions,
    executorDeserializeTime: sums.deserializeMs,
    executorDeserializeCpuTime: sums.deserializeCpuNs,
    executorRunTime: sums.runMs,
    executorCpuTime: sums.cpuNs,
    resultSize: sums.resultBytes,
    jvmGcTime: sums.gcMs,
    resultSerializationTime: sums.resultSerializationMs,
    memoryBytesSpilled: sums.memorySpilledBytes,
    diskBytesSpilled: sums.diskSpilledBytes,
    peakExecutionMemory: sums.peakExecutionMemoryBytes,
    inputBytes: sums.inputBytes,
    inputRecords: sums.inputRecords,
    outputBytes: sums.outputBytes,
    outputRecords: sums.outputRecords,
    shuffleRemoteBlocksFetched: sums.shuffleRemoteBlocks,
    shuffleLocalBlocksFetched: sums.shuffleLocalBlocks,
    shuffleFetchWaitTime: sums.shuffleFetchWaitMs,
    shuffleRemoteBytesRead: sums.shuffleRemoteReadBytes,
    shuffleReadBytes: sums.shuffleReadBytes,
    shuffleReadRecords: sums.shuffleReadRecords,
    shuffleWriteBytes: sums.shuffleWriteBytes,
    shuffleWriteTime: sums.shuffleWriteNs,
    shuffleWriteRecords: sums.shuffleWriteRecords,
    name: stage.name,
    rddIds: [...stage.rddIds].sort((a, b) => a - b),
    resourceProfileId: stage.resourceProfileId,
    failureReason: stage.failureReason,
  };
}

const STATUS = { complete: 'COMPLETE', failed: 'FAILED', running: 'ACTIVE' } as const;
const SUMMARIES = {
  duration: 'durationMs',
  executorDeserializeTime: 'deserializeMs',
  executorDeserializeCpuTime: 'deserializeCpuNs',
  executorRunTime: 'runMs',
  executorCpuTime: 'cpuNs',
  resultSize: 'resultBytes',
  jvmGcTime: 'gcMs',
  resultSerializationTime: 'resultSerializationMs',
  gettingResultTime: 'gettingResultMs',
  schedulerDelay: 'schedulerDelayMs',
  peakExecutionMemory: 'peakExecutionMemoryBytes',
  memoryBytesSpilled: 'memorySpilledBytes',
  diskBytesSpilled: 'diskSpilledBytes',
  'inputMetrics.bytesRead': 'inputBytes',
  'inputMetrics.recordsRead': 'inputRecords',
  'outputMetrics.bytesWritten': 'outputBytes',
  'outputMetrics.recordsWritten': 'outputRecords',
  'shuffleReadMetrics.readBytes': 'shuffleReadBytes',
  'shuffleReadMetrics.readRecords': 'shuffleReadRecords',
  'shuffleReadMetrics.fetchWaitTime': 'shuffleFetchWaitMs',
  'shuffleReadMetrics.remoteBytesRead': 'shuffleRemoteReadBytes',
  'shuffleWriteMetrics.writeBytes': 'shuffleWriteBytes',
  'shuffleWriteMetrics.writeRecords': 'shuffleWriteRecords',
  'shuffleWriteMetrics.writeTime': 'shuffleWriteNs',
} as const;

const FROM_TASK_TIMES = new Set(['duration', 'gettingResultTime', 'schedulerDelay']);

function listOf(quantiles: Quantiles): number[] {
  return [quantiles.min, quantiles.p25, quantiles.median, quantiles.p75, quantiles.p95, quantiles.max];
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => z.record(z.string(), z.unknown()).parse(inner)[key], value);
}

function asServerExecutor(executor: SparkExecutor): Record<string, unknown> {
  return {
    totalCores: executor.cores,
    failedTasks: executor.failedTasks,
    completedTasks: executor.tasks,
    totalDuration: executor.taskMs,
    totalGCTime: executor.gcMs,
    totalInputBytes: executor.inputBytes,
    totalShuffleRead: executor.shuffleReadBytes,
    totalShuffleWrite: executor.shuffleWriteBytes,
    addTime: executor.addedMs,
    removeTime: executor.removedMs,
    removeReason: executor.removalReason,
  };
}

function lostWithTasks(log: SparkLog, { id, removedMs }: SparkExecutor): boolean {
  return log.stages.some(({ tasks }) => {
    const place = tasks.executorIds.indexOf(id);
    return tasks.executor.some(
      (executor, row) => executor === place && (tasks.finishMs[row] ?? 0) >= (removedMs ?? Infinity),
    );
  });
}

function pick(source: Record<string, unknown>, like: Record<string, unknown>): Record<string, unknown> {
  const value = (key: string) => {
    const given = source[key] ?? null;
    return typeof given === 'string' && /^\d{4}-.*GMT$/.test(given) ? Date.parse(given.replace('GMT', 'Z')) : given;
  };
  return Object.fromEntries(
    Object.keys(like).map((key) => {
      const given = value(key);
      return [key, key === 'rddIds' && Array.isArray(given) ? [...given].sort((a, b) => a - b) : given];
    }),
  );
}

function asServerJob(job: SparkJob, log: SparkLog) {
  const stages = log.stages.filter((stage) => job.stageIds.includes(stage.stageId));
  const total = (count: (stage: SparkStage) => number) => stages.reduce((sum, stage) => sum + count(stage), 0);
  return {
    jobId: job.id,
    submissionTime: job.submittedMs,
    completionTime: job.completedMs ?? undefined,
    stageIds: job.stageIds,
    status: { succeeded: 'SUCCEEDED', failed: 'FAILED', running: 'RUNNING' }[job.result],
    numCompletedTasks: total((stage) => stage.succeededTasks),
    // The server counts no task that ends after a job has failed.
    ...(job.result === 'failed'
      ? {}
      : {
          numFailedTasks: total((stage) => stage.failedTasks),
          numKilledTasks: total((stage) => stage.killedTasks),
        }),
  };
}

/** As org.apache.spark.util.Utils.bytesToString does it. */
function bytesText(bytes: number): string {
  const units = ['TiB', 'GiB', 'MiB', 'KiB'];
  for (const [place, unit] of units.entries()) {
    const size = 1024 ** (units.length - place);
    if (bytes >= 2 * size) return `${(bytes / size).toFixed(1)} ${unit}`;
  }
  return `${bytes.toFixed(1)} B`;
}

/** As org.apache.spark.util.Utils.msDurationToString does it. */
function durationText(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${(ms / 60_000).toFixed(1)} m` : `${(ms / 3_600_000).toFixed(2)} h`;
}

/** The total that the History Server shows. Averages are not read: they are left out. */
function metricText({ kind, value }: SqlMetric): string | null {
  if (kind === 'average' || value === null) return null;
  if (kind === 'size') return bytesText(value);
  if (kind === 'timing') return durationText(value);
  if (kind === 'nsTiming') return durationText(Math.floor(value / 1e6));
  return value.toLocaleString('en-US');
}

function serverMetricText(value: string): string | null {
  if (value.startsWith('(min')) return null;
  const last = value.split('\n').at(-1) ?? '';
  return last.replace(/ \(.*$/, '');
}

/** `ours` without what equals one of `theirs`, give or take one in the last of the digits that the server shows. */
function differing(ours: readonly string[], theirs: readonly string[]): string[] {
  const left = [...theirs];
  return ours.filter((text) => {
    const place = left.findIndex((other) => nearlySame(text, other));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

function nearlySame(a: string, b: string): boolean {
  const parts = /^(.* )(\d+\.\d)( \w+)$/;
  const [, nameA, valueA, unitA] = parts.exec(a) ?? [];
  const [, nameB, valueB, unitB] = parts.exec(b) ?? [];
  if (a === b || nameA === undefined) return a === b;
  return nameA === nameB && unitA === unitB && Math.abs(Number(valueA) - Number(valueB)) < 0.11;
}

function sortedMetrics(
  nodes: readonly { name: string; metrics: readonly (readonly [string, string | null])[] }[],
): string[] {
  return nodes
    .flatMap(({ name, metrics }) =>
      metrics.filter(([, text]) => text !== null).map(([metric, text]) => `${name} | ${metric} | ${text}`),
    )
    .sort();
}

function logsOf(folder: string): string[] {
  return PRESENT ? readdirSync(join(DATA, folder)).map((name) => join(DATA, folder, name)) : [];
}

describe.skipIf(!PRESENT)('facts of real logs', () => {
  it('has all the logs', () => {
    expect(logsOf('logs')).toHaveLength(43);
  });

  describe.each(logsOf('logs'))('%s', (path) => {
    it('equal those of the History Server', async () => {
      const log = await readEventLog(path);
      const answers = answersOf(log.application.appId);
      const [attempt] = answers.application.attempts;
      const { application } = log;

      expect(application.log.damage).toEqual([]);
      expect(application).toMatchObject({
        name: answers.application.name,
        startMs: attempt?.startTimeEpoch,
        user: attempt?.sparkUser,
        sparkVersion: attempt?.appSparkVersion,
        finished: attempt?.completed,
      });
      if (application.finished) expect(application.endMs).toBe(attempt?.endTimeEpoch);

      expect(log.jobs.map((job) => asServerJob(job, log))).toEqual(
        answers.jobs
          .map(({ numFailedTasks, numKilledTasks, ...job }) => ({
            ...job,
            ...(job.status === 'FAILED' ? {} : { numFailedTasks, numKilledTasks }),
            stageIds: [...job.stageIds].sort((a, b) => a - b),
          }))
          .reverse(),
      );

      const submitted = answers.stages.filter((stage) => stage.status !== 'SKIPPED' && stage.status !== 'PENDING');
      expect(log.stages.map((stage) => `${stage.stageId}.${stage.attempt} ${STATUS[stage.status]}`).sort()).toEqual(
        submitted.map((stage) => `${stage.stageId}.${stage.attemptId} ${stage.status}`).sort(),
      );
      for (const stage of log.stages) {
        const server = submitted.find((item) => item.stageId === stage.stageId && item.attemptId === stage.attempt);
        const ours = asServerStage(stage);
        expect(ours).toEqual(pick(server ?? {}, ours));
        const summary = answers.taskSummary[`${stage.stageId}.${stage.attempt}`];
        if (!summary || !stage.quantiles || stage.status === 'running') continue;
        for (const [theirs, metric] of Object.entries(SUMMARIES)) {
          // Among these the server also takes the failed tasks, the shortest first.
          if (stage.failedTasks + stage.killedTasks > 0 && FROM_TASK_TIMES.has(theirs)) continue;
          expect([theirs, listOf(stage.quantiles[metric])]).toEqual([theirs, at(summary, theirs)]);
        }
      }

      for (const executor of log.executors) {
        const server = answers.allexecutors.find(({ id }) => id === executor.id);
        const { totalDuration, failedTasks, ...ours } = asServerExecutor(executor);
        expect(ours).toEqual(pick(server ?? {}, ours));
        // The server shows the driver's own life there, and counts no task whose failure came after its executor's end.
        if (executor.isDriver || lostWithTasks(log, executor)) continue;
        expect([totalDuration, failedTasks]).toEqual([server?.totalDuration, server?.failedTasks]);
        expect(executor.peaks).toEqual(server?.peakMemoryMetrics ?? {});
      }

      expect(log.sqlExecutions.map(({ id }) => id)).toEqual(answers.sql.map(({ id }) => id));
      for (const execution of log.sqlExecutions) {
        const server = answers.sql.find(({ id }) => id === execution.id);
        const ours = execution.nodes.map(({ name, metrics }) => ({
          name,
          metrics: metrics.map((metric) => [metric.name, metricText(metric)] as const),
        }));
        const theirs = (server?.nodes ?? []).map(({ nodeName, metrics }) => ({
          name: nodeName,
          metrics: metrics.map(({ name, value }) => [name, serverMetricText(value)] as const),
        }));
        expect(sortedMetrics(ours)).toHaveLength(sortedMetrics(theirs).length);
        expect(differing(sortedMetrics(ours), sortedMetrics(theirs))).toEqual([]);
      }
    });

    it('are the same whether ends of tasks are scanned or parsed', async () => {
      expect(await readEventLog(path)).toEqual(await readEventLog(path, { scanTasks: false }));
    });
  });
});

const Cut = z.array(
  z.object({
    file: z.string(),
    decoder_saw: z.object({ lines: z.number(), bad_lines: z.number(), tasks: z.number(), run_ms: z.number() }),
  }),
);

describe.skipIf(!PRESENT)('logs that were cut', () => {
  const cuts = PRESENT ? Cut.parse(JSON.parse(readFileSync(join(DATA, 'cut.json'), 'utf8'))) : [];

  it.each(cuts)('$file gives the rows up to the cut', async ({ file, decoder_saw: seen }) => {
    const log = await readEventLog(join(DATA, file));

    expect(log.application).toMatchObject({ finished: false, endMs: null });
    expect(log.application.log.lines + Number(log.application.log.tornLastLine)).toBe(seen.lines);
    expect(log.stages.reduce((sum, stage) => sum + stage.tasks.count, 0)).toBe(seen.tasks);
    expect(log.stages.reduce((sum, stage) => sum + stage.sums.runMs, 0)).toBe(seen.run_ms);
    expect(log.application.log.damage).toEqual([]);
  });
});
