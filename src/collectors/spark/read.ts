import { basename } from 'node:path';
import { familyOf } from '../../model/family.js';
import type { LogFacts, SparkApplication, SparkLog, SparkStage } from '../../model/spark.js';
import { TouchesSettled } from './events/settled.js';
import type { StageFacts } from './events/stages.js';
import { type LogSource, logSource } from './log-files.js';
import { cannotGoOn, type Faults, LogReading, type ReadOptions } from './reading.js';
import { firstNeeded, type ResumeState, unpackState } from './resume.js';

export interface GrowingReadOptions extends ReadOptions {
  /** What the reading before left, to go on from where it ended. */
  state?: Uint8Array | undefined;
}

/** What one reading of a log gave. */
export interface LogRead {
  /** Of a continued reading all that may have changed; jobs, stages, SQL executions and batches that did not are left out. */
  log: SparkLog;
  /** Whether it went on from where an earlier reading ended. */
  continued: boolean;
  /** What the next reading needs to go on; null if the application has ended or its codec does not let reading go on. */
  state: Uint8Array | null;
}

/**
 * Tasks without an end in the log though their stage is complete. Stages with several attempts are left out: there a
 * task may have been completed by another attempt.
 */
function missingTasksOf(stages: readonly StageFacts[]): number {
  const attempts = new Map<number, number>();
  for (const { stageId } of stages) attempts.set(stageId, (attempts.get(stageId) ?? 0) + 1);
  let missing = 0;
  for (const { stageId, status, numTasks, completedPartitions } of stages)
    if (status === 'complete' && attempts.get(stageId) === 1) missing += Math.max(0, numTasks - completedPartitions);
  return missing;
}

function damageOf(
  source: LogSource,
  faults: Faults,
  finished: boolean,
  hasStart: boolean,
  missingTasks: number,
): string[] {
  const damage = [...source.damage, ...faults.damage];
  const { damagedLines: lines, firstDamaged } = faults;
  if (lines > 0) damage.push(`${lines} damaged ${lines === 1 ? 'line' : 'lines'}, the first is ${firstDamaged}`);
  if (!hasStart && !source.inProgress) damage.push('the start of the application is not in the log');
  if (missingTasks > 0)
    damage.push(
      `${missingTasks} ${missingTasks === 1 ? 'task has' : 'tasks have'} no end in the log: events were dropped`,
    );
  if (source.inProgress) return damage;
  if (faults.truncated) damage.push('the compressed data ends in the middle of a frame: rows up to there');
  if (faults.tornLastLine) damage.push('the last line is cut: rows up to there');
  if (!finished) damage.push('the end of the application is not in the log');
  return damage;
}

/** The application's id where the log does not tell it: Spark names logs by it. */
function idFromName(path: string): string {
  return basename(path)
    .replace(/^eventlog_v2_/, '')
    .replace(/\.inprogress$/, '')
    .replace(/\.(?:zstd|zst|lz4|snappy|lzf|gz)$/, '');
}

function applicationOf(reading: LogReading, source: LogSource, stages: readonly SparkStage[]): SparkApplication {
  const { reader, faults } = reading;
  const { state } = reader;
  const { application } = state;
  const { conf } = application;
  const finished = application.endMs !== null;
  const name = application.name || conf['spark.app.name'] || '';
  const missingTasks = missingTasksOf([...state.stages.settled, ...stages]);
  const log: LogFacts = {
    path: source.path,
    codec: faults.codec,
    rolling: source.rolling,
    compacted: source.compacted,
    inProgress: source.inProgress,
    bytes: source.bytes,
    lines: reader.lines,
    damagedLines: faults.damagedLines,
    tornLastLine: faults.tornLastLine,
    truncated: faults.truncated,
    skippedEvents: reader.skippedEvents,
    missingTasks,
    damage: damageOf(source, faults, finished, application.startMs !== null, missingTasks),
  };
  return {
    appId: application.appId ?? conf['spark.app.id'] ?? idFromName(source.path),
    attemptId: application.attemptId,
    name,
    family: familyOf(name),
    user: application.user,
    sparkVersion: application.sparkVersion,
    javaVersion: application.javaVersion,
    scalaVersion: application.scalaVersion,
    namespace: conf['spark.kubernetes.namespace'] ?? null,
    startMs: application.startMs ?? state.firstEventMs ?? state.lastEventMs,
    endMs: application.endMs,
    lastEventMs: state.lastEventMs,
    finished,
    conf,
    resourceProfiles: [...application.resourceProfiles.values()],
    log,
  };
}

/** What reads a log that lies on this machine: `readGrowingLog`, or the same in another thread. */
export type LogParser = (path: string, options?: GrowingReadOptions) => Promise<LogRead>;

async function readSource(
  source: LogSource,
  options: ReadOptions,
  growing: boolean,
  resume?: ResumeState,
): Promise<LogRead> {
  const reading = new LogReading(source, options, resume);
  await reading.read(growing);
  const { state } = reading.reader;
  const stages = state.stages.rows();
  const application = applicationOf(reading, source, stages);
  const log: SparkLog = {
    application,
    executors: state.executors.rows(application.conf),
    jobs: state.jobs.rows(),
    stages,
    sqlExecutions: state.sql.rows(state.accumulators, state.jobs),
    cachedRdds: state.rdds.rows(),
    streamingQueries: [...state.streaming.queries.values()],
    streamingBatches: state.streaming.batches,
  };
  return { log, continued: resume !== undefined, state: reading.packed };
}

/**
 * Reads one application's event log, streaming: a file of any codec or a rolling folder. Memory grows with the number of
 * tasks (some fifty bytes each), not with the size of the log.
 * @throws SourceError if there is no event to be read: another format, an empty file, no permission.
 */
export async function readEventLog(path: string, options: ReadOptions = {}): Promise<SparkLog> {
  return (await readSource(await logSource(path), options, false)).log;
}

/**
 * Reads a log that may grow: with the state that an earlier reading left only what is new, unless the log was replaced
 * or something changed that was thought to be settled; then all of it.
 * @throws SourceError as `readEventLog`, or that a part of the log is not enough to go on.
 */
export async function readGrowingLog(path: string, options: GrowingReadOptions = {}): Promise<LogRead> {
  const { state, partial = false } = options;
  const source = await logSource(path, partial && state ? firstNeeded(state) : 1);
  const resume = state && unpackState(source, state);
  if (partial && !resume) throw cannotGoOn(path);
  try {
    if (resume) return await readSource(source, options, source.inProgress, resume);
  } catch (error) {
    if (!(error instanceof TouchesSettled)) throw error;
    if (partial) throw cannotGoOn(path);
  }
  return readSource(source, options, source.inProgress);
}
