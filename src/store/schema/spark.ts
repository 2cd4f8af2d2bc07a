/** What Spark event logs say (model: src/model/spark.ts). Columns named *_json hold one object or list of that model. */
export const SPARK_TABLES = `
CREATE TABLE spark_application (
  id INTEGER PRIMARY KEY,
  cluster TEXT NOT NULL,
  app_id TEXT NOT NULL,
  attempt_id TEXT NOT NULL,
  name TEXT NOT NULL,
  family TEXT NOT NULL,
  user TEXT NOT NULL,
  spark_version TEXT NOT NULL,
  java_version TEXT NOT NULL,
  scala_version TEXT NOT NULL,
  namespace TEXT,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER,
  last_event_ms INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  -- secrets redacted before they come here
  conf_json TEXT NOT NULL,
  resource_profiles_json TEXT NOT NULL,
  log_json TEXT NOT NULL,
  UNIQUE (cluster, app_id, attempt_id)
) STRICT;
CREATE INDEX spark_application_family ON spark_application (cluster, family, start_ms);

CREATE TABLE spark_executor (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  executor_id TEXT NOT NULL,
  is_driver INTEGER NOT NULL,
  host TEXT NOT NULL,
  cores INTEGER NOT NULL,
  added_ms INTEGER,
  removed_ms INTEGER,
  removal_reason TEXT,
  resource_profile_id INTEGER NOT NULL,
  max_storage_memory_bytes INTEGER,
  resources_json TEXT NOT NULL,
  pod_name TEXT,
  peaks_json TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  failed_tasks INTEGER NOT NULL,
  killed_tasks INTEGER NOT NULL,
  task_ms INTEGER NOT NULL,
  gc_ms INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  shuffle_read_bytes INTEGER NOT NULL,
  shuffle_write_bytes INTEGER NOT NULL,
  PRIMARY KEY (application, executor_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spark_job (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  job_id INTEGER NOT NULL,
  stage_ids_json TEXT NOT NULL,
  submitted_ms INTEGER NOT NULL,
  completed_ms INTEGER,
  result TEXT NOT NULL CHECK (result IN ('succeeded', 'failed', 'running')),
  error TEXT,
  sql_execution_id INTEGER,
  description TEXT,
  job_group TEXT,
  pool TEXT,
  PRIMARY KEY (application, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spark_stage (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  stage_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  name TEXT NOT NULL,
  details TEXT NOT NULL,
  parent_ids_json TEXT NOT NULL,
  rdd_ids_json TEXT NOT NULL,
  scopes_json TEXT NOT NULL,
  resource_profile_id INTEGER NOT NULL,
  num_tasks INTEGER NOT NULL,
  submitted_ms INTEGER,
  first_task_ms INTEGER,
  completed_ms INTEGER,
  status TEXT NOT NULL CHECK (status IN ('complete', 'failed', 'running')),
  failure_reason TEXT,
  succeeded_tasks INTEGER NOT NULL,
  completed_partitions INTEGER NOT NULL,
  failed_tasks INTEGER NOT NULL,
  killed_tasks INTEGER NOT NULL,
  speculative_tasks INTEGER NOT NULL,
  end_reasons_json TEXT NOT NULL,
  end_errors_json TEXT NOT NULL,
  sums_json TEXT NOT NULL,
  quantiles_json TEXT,
  -- columns of the tasks, delta-encoded (src/store/task-columns.ts)
  tasks BLOB NOT NULL,
  PRIMARY KEY (application, stage_id, attempt)
) STRICT;

CREATE TABLE spark_sql_execution (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  execution_id INTEGER NOT NULL,
  root_id INTEGER NOT NULL,
  description TEXT NOT NULL,
  details TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER,
  error TEXT,
  job_ids_json TEXT NOT NULL,
  modified_conf_json TEXT NOT NULL,
  plan_description TEXT NOT NULL,
  adaptive_updates INTEGER NOT NULL,
  initial_node_names_json TEXT NOT NULL,
  nodes_json TEXT NOT NULL,
  PRIMARY KEY (application, execution_id)
) STRICT;

CREATE TABLE spark_cached_rdd (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  rdd_id INTEGER NOT NULL,
  rdd_json TEXT NOT NULL,
  PRIMARY KEY (application, rdd_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spark_streaming_query (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  query_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  name TEXT,
  started_ms INTEGER,
  terminated INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (application, run_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE spark_streaming_batch (
  application INTEGER NOT NULL REFERENCES spark_application (id) ON DELETE CASCADE,
  run_id TEXT NOT NULL,
  batch_id INTEGER NOT NULL,
  started_ms INTEGER NOT NULL,
  batch_json TEXT NOT NULL,
  PRIMARY KEY (application, run_id, batch_id, started_ms)
) STRICT, WITHOUT ROWID;
`;
