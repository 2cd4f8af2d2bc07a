import { z } from 'zod';
import {
  type CachedRdd,
  CODECS,
  type Quantiles,
  type SparkApplication,
  type SparkExecutor,
  type SparkLog,
  TASK_METRICS,
} from '../model/spark.js';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';
import { PackedTasks } from './task-columns.js';

const APPLICATION = `SELECT id, app_id AS appId, attempt_id AS attemptId, name, family, user, spark_version AS sparkVersion,
  java_version AS javaVersion, scala_version AS scalaVersion, namespace, start_ms AS startMs, end_ms AS endMs,
  last_event_ms AS lastEventMs, finished, conf_json AS conf, resource_profiles_json AS resourceProfiles, log_json AS log
  FROM spark_application`;
const APPLICATIONS_IN_WINDOW = `${APPLICATION}
  WHERE cluster = @cluster AND start_ms < @untilMs AND coalesce(end_ms, last_event_ms) >= @sinceMs ORDER BY start_ms, app_id, attempt_id`;
const APPLICATION_BY_APP_ID = `${APPLICATION} WHERE app_id = ? ORDER BY start_ms DESC, attempt_id DESC LIMIT 1`;
const APPLICATION_BY_ATTEMPT = `${APPLICATION} WHERE cluster = ? AND app_id = ? AND attempt_id = ?`;
const APPLICATION_BY_KEY = `${APPLICATION} WHERE id = ?`;
const EXECUTORS = `SELECT executor_id AS id, is_driver AS isDriver, host, cores, added_ms AS addedMs, removed_ms AS removedMs,
  removal_reason AS removalReason, resource_profile_id AS resourceProfileId, max_storage_memory_bytes AS maxStorageMemoryBytes,
  resources_json AS resources, pod_name AS podName, peaks_json AS peaks, tasks, failed_tasks AS failedTasks,
  killed_tasks AS killedTasks, task_ms AS taskMs, gc_ms AS gcMs, input_bytes AS inputBytes,
  shuffle_read_bytes AS shuffleReadBytes, shuffle_write_bytes AS shuffleWriteBytes
  FROM spark_executor WHERE application = ? ORDER BY is_driver DESC, added_ms, length(executor_id), executor_id`;
const JOBS = `SELECT job_id AS id, stage_ids_json AS stageIds, submitted_ms AS submittedMs, completed_ms AS completedMs, result,
  error, sql_execution_id AS sqlExecutionId, description, job_group AS "group", pool
  FROM spark_job WHERE application = ? ORDER BY job_id`;
const STAGES = `SELECT stage_id AS stageId, attempt, name, details, parent_ids_json AS parentIds, rdd_ids_json AS rddIds,
  scopes_json AS scopes, resource_profile_id AS resourceProfileId, num_tasks AS numTasks, submitted_ms AS submittedMs,
  first_task_ms AS firstTaskMs, completed_ms AS completedMs, status, failure_reason AS failureReason,
  succeeded_tasks AS succeededTasks, completed_partitions AS completedPartitions, failed_tasks AS failedTasks,
  killed_tasks AS killedTasks, speculative_tasks AS speculativeTasks, end_reasons_json AS endReasons,
  end_errors_json AS endErrors, sums_json AS sums, quantiles_json AS quantiles, tasks
  FROM spark_stage WHERE application = ? ORDER BY stage_id, attempt`;
const SQL_EXECUTIONS = `SELECT execution_id AS id, root_id AS rootId, description, details, start_ms AS startMs, end_ms AS endMs,
  error, job_ids_json AS jobIds, modified_conf_json AS modifiedConf, plan_description AS planDescription,
  adaptive_updates AS adaptiveUpdates, initial_node_names_json AS initialNodeNames, nodes_json AS nodes
  FROM spark_sql_execution WHERE application = ? ORDER BY execution_id`;
const CACHED_RDDS = `SELECT rdd_json AS json FROM spark_cached_rdd WHERE application = ? ORDER BY rdd_id`;
const STREAMING_QUERIES = `SELECT query_id AS queryId, run_id AS runId, name, started_ms AS startedMs, terminated, error
  FROM spark_streaming_query WHERE application = ? ORDER BY started_ms, run_id`;
const STREAMING_BATCHES = `SELECT batch_json AS json FROM spark_streaming_batch WHERE application = ? ORDER BY run_id, batch_id, started_ms`;

/** A column that holds JSON of the given shape. */
function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

const flag = z.number().transform((value) => value !== 0);
const nullableNumber = z.number().nullable();
const nullableText = z.string().nullable();
const numbers = z.array(z.number());
const byName = z.record(z.string(), z.number());
const texts = z.record(z.string(), z.string());

const LogFacts = z.object({
  path: z.string(),
  codec: z.enum(CODECS),
  rolling: z.boolean(),
  compacted: z.boolean(),
  inProgress: z.boolean(),
  bytes: z.number(),
  lines: z.number(),
  damagedLines: z.number(),
  tornLastLine: z.boolean(),
  truncated: z.boolean(),
  skippedEvents: byName,
  missingTasks: z.number(),
  damage: z.array(z.string()),
});

const ApplicationRow = z.object({
  id: z.number(),
  appId: z.string(),
  attemptId: z.string(),
  name: z.string(),
  family: z.string(),
  user: z.string(),
  sparkVersion: z.string(),
  javaVersion: z.string(),
  scalaVersion: z.string(),
  namespace: nullableText,
  startMs: z.number(),
  endMs: nullableNumber,
  lastEventMs: z.number(),
  finished: flag,
  conf: json(texts),
  resourceProfiles: json(z.array(z.object({ id: z.number(), executor: byName, task: byName }))),
  log: json(LogFacts),
});

const ExecutorRow = z.object({
  id: z.string(),
  isDriver: flag,
  host: z.string(),
  cores: z.number(),
  addedMs: nullableNumber,
  removedMs: nullableNumber,
  removalReason: nullableText,
  resourceProfileId: z.number(),
  maxStorageMemoryBytes: nullableNumber,
  resources: json(z.record(z.string(), z.array(z.string()))),
  podName: nullableText,
  peaks: json(byName),
  tasks: z.number(),
  failedTasks: z.number(),
  killedTasks: z.number(),
  taskMs: z.number(),
  gcMs: z.number(),
  inputBytes: z.number(),
  shuffleReadBytes: z.number(),
  shuffleWriteBytes: z.number(),
});

const JobRow = z.object({
  id: z.number(),
  stageIds: json(numbers),
  submittedMs: z.number(),
  completedMs: nullableNumber,
  result: z.enum(['succeeded', 'failed', 'running']),
  error: nullableText,
  sqlExecutionId: nullableNumber,
  description: nullableText,
  group: nullableText,
  pool: nullableText,
});

const Quantile = z.object({
  min: z.number(),
  p25: z.number(),
  median: z.number(),
  p75: z.number(),
  p95: z.number(),
  max: z.number(),
}) satisfies z.ZodType<Quantiles>;

const StageRow = z.object({
  stageId: z.number(),
  attempt: z.number(),
  name: z.string(),
  details: z.string(),
  parentIds: json(numbers),
  rddIds: json(numbers),
  scopes: json(z.array(z.string())),
  resourceProfileId: z.number(),
  numTasks: z.number(),
  submittedMs: nullableNumber,
  firstTaskMs: nullableNumber,
  completedMs: nullableNumber,
  status: z.enum(['complete', 'failed', 'running']),
  failureReason: nullableText,
  succeededTasks: z.number(),
  completedPartitions: z.number(),
  failedTasks: z.number(),
  killedTasks: z.number(),
  speculativeTasks: z.number(),
  endReasons: json(byName),
  endErrors: json(texts),
  sums: json(z.record(z.enum(TASK_METRICS), z.number())),
  quantiles: json(z.record(z.enum(TASK_METRICS), Quantile)).nullable(),
  tasks: z.instanceof(Uint8Array).transform((bytes) => new PackedTasks(bytes)),
});

const SqlMetric = z.object({
  name: z.string(),
  kind: z.string(),
  value: nullableNumber,
  unit: z.enum(['', 'bytes', 'ms', 'ns']),
});

const SqlNode = z.object({
  id: z.number(),
  parentId: nullableNumber,
  name: z.string(),
  description: z.string(),
  metadata: texts,
  metrics: z.array(SqlMetric),
  stageIds: numbers,
});

const SqlExecutionRow = z.object({
  id: z.number(),
  rootId: z.number(),
  description: z.string(),
  details: z.string(),
  startMs: z.number(),
  endMs: nullableNumber,
  error: nullableText,
  jobIds: json(numbers),
  modifiedConf: json(texts),
  planDescription: z.string(),
  adaptiveUpdates: z.number(),
  initialNodeNames: json(byName),
  nodes: json(z.array(SqlNode)),
});

const CachedRddRow = z.object({
  id: z.number(),
  name: z.string(),
  scope: nullableText,
  useMemory: z.boolean(),
  useDisk: z.boolean(),
  deserialized: z.boolean(),
  replication: z.number(),
  partitions: z.number(),
  cachedPartitions: nullableNumber,
  memoryBytes: nullableNumber,
  diskBytes: nullableNumber,
  stageIds: numbers,
  unpersisted: z.boolean(),
}) satisfies z.ZodType<CachedRdd>;

const QueryRow = z.object({
  queryId: z.string(),
  runId: z.string(),
  name: nullableText,
  startedMs: nullableNumber,
  terminated: flag,
  error: nullableText,
});

const BatchRow = z.object({
  queryId: z.string(),
  runId: z.string(),
  batchId: z.number(),
  startedMs: z.number(),
  durationMs: nullableNumber,
  phasesMs: byName,
  inputRows: nullableNumber,
  inputRowsPerSecond: nullableNumber,
  processedRowsPerSecond: nullableNumber,
  stateRows: nullableNumber,
  stateMemoryBytes: nullableNumber,
  sources: z.array(
    z.object({
      description: z.string(),
      startOffset: nullableText,
      endOffset: nullableText,
      latestOffset: nullableText,
      inputRows: nullableNumber,
      metrics: texts,
    }),
  ),
  sink: nullableText,
});

/** An application as the store holds it; `key` names it for `readSparkLog`. */
export interface StoredApplication {
  key: number;
  application: SparkApplication;
}

function storedApplication(row: unknown): StoredApplication {
  const { id, ...application } = ApplicationRow.parse(row);
  return { key: id, application };
}

/** Applications that ran within the window, oldest first. */
export function listSparkApplications(db: Db, cluster: string, window: Window): StoredApplication[] {
  return db
    .prepare(APPLICATIONS_IN_WINDOW)
    .all({ cluster, ...window })
    .map(storedApplication);
}

/** The newest attempt of an application by Spark's id; undefined if the store does not hold it. */
export function findSparkApplication(db: Db, appId: string): StoredApplication | undefined {
  const row = db.prepare(APPLICATION_BY_APP_ID).get(appId);
  return row === undefined ? undefined : storedApplication(row);
}

/** One attempt of an application; undefined if the store does not hold it. */
export function findSparkAttempt(
  db: Db,
  cluster: string,
  { appId, attemptId }: Pick<SparkApplication, 'appId' | 'attemptId'>,
): SparkApplication | undefined {
  const row = db.prepare(APPLICATION_BY_ATTEMPT).get(cluster, appId, attemptId);
  return row === undefined ? undefined : storedApplication(row).application;
}

/** The executors of one application, its driver first. */
export function readSparkExecutors(db: Db, key: number): SparkExecutor[] {
  return z.array(ExecutorRow).parse(db.prepare(EXECUTORS).all(key));
}

/** Everything that the log of one application said: the same value as `readEventLog` gives. */
export function readSparkLog(db: Db, key: number): SparkLog {
  const all = <T extends z.ZodType>(statement: string, schema: T) =>
    z.array(schema).parse(db.prepare(statement).all(key));
  return {
    application: storedApplication(db.prepare(APPLICATION_BY_KEY).get(key)).application,
    executors: readSparkExecutors(db, key),
    jobs: all(JOBS, JobRow),
    stages: all(STAGES, StageRow),
    sqlExecutions: all(SQL_EXECUTIONS, SqlExecutionRow),
    cachedRdds: all(CACHED_RDDS, z.object({ json: json(CachedRddRow) })).map((row) => row.json),
    streamingQueries: all(STREAMING_QUERIES, QueryRow),
    streamingBatches: all(STREAMING_BATCHES, z.object({ json: json(BatchRow) })).map((row) => row.json),
  };
}

/** When the last event of the newest log was; undefined without any. */
export function newestSparkMs(db: Db): number | undefined {
  const newest = db.prepare('SELECT max(coalesce(end_ms, last_event_ms)) FROM spark_application').pluck().get();
  return typeof newest === 'number' ? newest : undefined;
}
