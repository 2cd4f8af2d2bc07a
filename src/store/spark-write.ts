import type { SparkLog } from '../model/spark.js';
import type { Db } from './open.js';
import { encodeTasks } from './task-columns.js';

const DELETE_APPLICATION = `DELETE FROM spark_application WHERE cluster = @cluster AND app_id = @appId AND attempt_id = @attemptId`;
const ADD_APPLICATION = `INSERT INTO spark_application (cluster, app_id, attempt_id, name, family, user, spark_version, java_version,
  scala_version, namespace, start_ms, end_ms, last_event_ms, finished, conf_json, resource_profiles_json, log_json)
  VALUES (@cluster, @appId, @attemptId, @name, @family, @user, @sparkVersion, @javaVersion,
  @scalaVersion, @namespace, @startMs, @endMs, @lastEventMs, @finished, @conf, @resourceProfiles, @log)`;
const UPDATE_APPLICATION = `UPDATE spark_application SET name = @name, family = @family, user = @user, spark_version = @sparkVersion,
  java_version = @javaVersion, scala_version = @scalaVersion, namespace = @namespace, start_ms = @startMs, end_ms = @endMs,
  last_event_ms = @lastEventMs, finished = @finished, conf_json = @conf, resource_profiles_json = @resourceProfiles, log_json = @log
  WHERE id = @application`;
// What a continued reading says again of the same thing takes its place.
const ADD_EXECUTOR = `INSERT OR REPLACE INTO spark_executor (application, executor_id, is_driver, host, cores, added_ms, removed_ms, removal_reason,
  resource_profile_id, max_storage_memory_bytes, resources_json, pod_name, peaks_json, tasks, failed_tasks, killed_tasks,
  task_ms, gc_ms, input_bytes, shuffle_read_bytes, shuffle_write_bytes)
  VALUES (@application, @id, @isDriver, @host, @cores, @addedMs, @removedMs, @removalReason,
  @resourceProfileId, @maxStorageMemoryBytes, @resources, @podName, @peaks, @tasks, @failedTasks, @killedTasks,
  @taskMs, @gcMs, @inputBytes, @shuffleReadBytes, @shuffleWriteBytes)`;
const ADD_JOB = `INSERT OR REPLACE INTO spark_job (application, job_id, stage_ids_json, submitted_ms, completed_ms, result, error, sql_execution_id,
  description, job_group, pool)
  VALUES (@application, @id, @stageIds, @submittedMs, @completedMs, @result, @error, @sqlExecutionId, @description, @group, @pool)`;
const ADD_STAGE = `INSERT OR REPLACE INTO spark_stage (application, stage_id, attempt, name, details, parent_ids_json, rdd_ids_json, scopes_json,
  resource_profile_id, num_tasks, submitted_ms, first_task_ms, completed_ms, status, failure_reason, succeeded_tasks,
  completed_partitions, failed_tasks, killed_tasks, speculative_tasks, end_reasons_json, end_errors_json, sums_json,
  quantiles_json, tasks)
  VALUES (@application, @stageId, @attempt, @name, @details, @parentIds, @rddIds, @scopes,
  @resourceProfileId, @numTasks, @submittedMs, @firstTaskMs, @completedMs, @status, @failureReason, @succeededTasks,
  @completedPartitions, @failedTasks, @killedTasks, @speculativeTasks, @endReasons, @endErrors, @sums,
  @quantiles, @tasks)`;
const ADD_SQL_EXECUTION = `INSERT OR REPLACE INTO spark_sql_execution (application, execution_id, root_id, description, details, start_ms, end_ms,
  error, job_ids_json, modified_conf_json, plan_description, adaptive_updates, initial_node_names_json, nodes_json)
  VALUES (@application, @id, @rootId, @description, @details, @startMs, @endMs,
  @error, @jobIds, @modifiedConf, @planDescription, @adaptiveUpdates, @initialNodeNames, @nodes)`;
const ADD_CACHED_RDD = `INSERT OR REPLACE INTO spark_cached_rdd (application, rdd_id, rdd_json) VALUES (@application, @id, @json)`;
const ADD_STREAMING_QUERY = `INSERT OR REPLACE INTO spark_streaming_query (application, query_id, run_id, name, started_ms, terminated, error)
  VALUES (@application, @queryId, @runId, @name, @startedMs, @terminated, @error)`;
// A query that is idle reports the same batch again; the newest report of an instant stands.
const ADD_STREAMING_BATCH = `INSERT OR REPLACE INTO spark_streaming_batch (application, run_id, batch_id, started_ms, batch_json)
  VALUES (@application, @runId, @batchId, @startedMs, @json)`;

type Column = string | number | null | Uint8Array;

/** A row as SQLite takes it: lists and objects as JSON, truth as 0 or 1. */
function columnsOf(row: object): Record<string, Column> {
  const columns: Record<string, Column> = {};
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'boolean') columns[name] = Number(value);
    else if (value === null || typeof value === 'number' || typeof value === 'string') columns[name] = value;
    else columns[name] = value instanceof Uint8Array ? value : JSON.stringify(value);
  }
  return columns;
}

function same(item: object): object {
  return item;
}

function withJson(item: object): object {
  return { ...item, json: JSON.stringify(item) };
}

function writeRows(db: Db, application: number, log: SparkLog): number {
  let rows = 1;
  const addAll = <T extends object>(statement: string, items: readonly T[], rowOf: (item: T) => object = same) => {
    const add = db.prepare(statement);
    for (const item of items) add.run({ ...columnsOf(rowOf(item)), application });
    rows += items.length;
  };
  addAll(ADD_EXECUTOR, log.executors);
  addAll(ADD_JOB, log.jobs);
  addAll(ADD_STAGE, log.stages, (stage) => ({ ...stage, tasks: encodeTasks(stage.tasks) }));
  addAll(ADD_SQL_EXECUTION, log.sqlExecutions);
  addAll(ADD_CACHED_RDD, log.cachedRdds, withJson);
  addAll(ADD_STREAMING_QUERY, log.streamingQueries);
  addAll(ADD_STREAMING_BATCH, log.streamingBatches, withJson);
  return rows;
}

/** In KiB, as a negative number (SQLite's cache_size). */
const SMALL_CACHE = -1024;

/** What is written here is not read again: without this, SQLite would keep a large log's rows in memory. */
function withSmallCache<T>(db: Db, work: () => T): T {
  const before = db.pragma('cache_size', { simple: true });
  db.pragma(`cache_size = ${SMALL_CACHE}`);
  try {
    return work();
  } finally {
    db.pragma(`cache_size = ${before}`);
  }
}

/** Rows that were written, and the application's key in the store. */
export interface WrittenLog {
  rows: number;
  application: number;
}

/** Stores what a log says in place of what was known of the same attempt of the application. Call it within a transaction. */
export function writeSparkLog(db: Db, cluster: string, log: SparkLog): WrittenLog {
  const { appId, attemptId } = log.application;
  db.prepare(DELETE_APPLICATION).run({ cluster, appId, attemptId });
  const added = db.prepare(ADD_APPLICATION).run({ ...columnsOf(log.application), cluster });
  const application = Number(added.lastInsertRowid);
  return { application, rows: withSmallCache(db, () => writeRows(db, application, log)) };
}

/** Adds what a continued reading of its log says to an application that the store holds. Call it within a transaction. */
export function continueSparkLog(db: Db, application: number, log: SparkLog): WrittenLog {
  const { appId: _, attemptId: __, ...columns } = columnsOf(log.application);
  db.prepare(UPDATE_APPLICATION).run({ ...columns, application });
  return { application, rows: withSmallCache(db, () => writeRows(db, application, log)) };
}
