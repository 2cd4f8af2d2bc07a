/**
 * What one Spark event log says, as rows. The same value comes from a log (`readEventLog`) and from the store
 * (`readSparkLog`), so that rules and the clinic do not know where a run came from.
 * Times are epoch milliseconds UTC. Null means that the log does not say; it never stands for zero.
 */
export interface SparkLog {
  application: SparkApplication;
  executors: SparkExecutor[];
  jobs: SparkJob[];
  /** One row per stage attempt that was submitted, ordered by stage and attempt. Skipped stages have none. */
  stages: SparkStage[];
  sqlExecutions: SqlExecution[];
  cachedRdds: CachedRdd[];
  streamingBatches: StreamingBatch[];
  streamingQueries: StreamingQuery[];
}

export interface SparkApplication {
  appId: string;
  /** Attempt of the application (YARN, restarts by an operator); empty where there is only one. */
  attemptId: string;
  name: string;
  /** The name without its run-specific parts: date, epoch, uuid, run number. */
  family: string;
  user: string;
  sparkVersion: string;
  javaVersion: string;
  scalaVersion: string;
  /** Kubernetes namespace, where the configuration names it. */
  namespace: string | null;
  startMs: number;
  /** Null while the application runs, or if its end was never logged. */
  endMs: number | null;
  /** Time of the newest event seen; stands in for `endMs` where that is null. */
  lastEventMs: number;
  /** Whether the end of the application is in the log. */
  finished: boolean;
  /** Spark properties, secrets replaced by `*********(redacted)`. */
  conf: Record<string, string>;
  resourceProfiles: ResourceProfile[];
  log: LogFacts;
}

/** What a stage asks of its executors and of a task slot, by resource name (`cores`, `memory` in MiB, `gpu`; `cpus`). */
export interface ResourceProfile {
  id: number;
  executor: Record<string, number>;
  task: Record<string, number>;
}

export const CODECS = ['none', 'gzip', 'zstd', 'lz4', 'snappy', 'lzf'] as const;
export type Codec = (typeof CODECS)[number];

/** How whole the log is. Anything in `damage` makes the figures lower bounds. */
export interface LogFacts {
  /** As the user named it. */
  path: string;
  codec: Codec;
  rolling: boolean;
  /** Spark has dropped events of finished jobs from the oldest files of a rolling log. */
  compacted: boolean;
  /** Whether Spark marked the log as still being written (`.inprogress`). */
  inProgress: boolean;
  /** Size on disk. */
  bytes: number;
  lines: number;
  /** Lines in the middle that are no event. */
  damagedLines: number;
  /** The last line has no end: normal while the application runs. */
  tornLastLine: boolean;
  /** A compressed stream that ends in the middle of a frame: normal while the application runs. */
  truncated: boolean;
  /** Events of a kind that is not read, by name. */
  skippedEvents: Record<string, number>;
  /** Tasks that complete stages must have had and for which no end was logged: the listener bus dropped events. */
  missingTasks: number;
  /** One line for each thing that makes the figures lower bounds; empty for a whole log and for a running application's torn end. */
  damage: string[];
}

export interface SparkExecutor {
  id: string;
  isDriver: boolean;
  host: string;
  cores: number;
  /** Null for a driver whose log does not say, and for executors known by their tasks alone. */
  addedMs: number | null;
  /** Null while it lives or if the application ended first. */
  removedMs: number | null;
  removalReason: string | null;
  resourceProfileId: number;
  /** Storage memory of its block manager. */
  maxStorageMemoryBytes: number | null;
  /** GPUs, FPGAs, …: addresses by resource name. */
  resources: Record<string, string[]>;
  /** Kubernetes pod, where the log or the naming scheme of Spark on Kubernetes tells. */
  podName: string | null;
  /** Peaks by Spark's own metric name (`JVMHeapMemory` in bytes, `MajorGCTime` in ms, …); empty if none was logged. */
  peaks: Record<string, number>;
  /** Tasks that ended here, with their sums. */
  tasks: number;
  failedTasks: number;
  killedTasks: number;
  /** Launch to finish, as the driver sees it. */
  taskMs: number;
  gcMs: number;
  inputBytes: number;
  shuffleReadBytes: number;
  shuffleWriteBytes: number;
}

export interface SparkJob {
  id: number;
  stageIds: number[];
  submittedMs: number;
  /** Null while it runs. */
  completedMs: number | null;
  result: 'succeeded' | 'failed' | 'running';
  /** The exception's message, of a failed job. */
  error: string | null;
  sqlExecutionId: number | null;
  description: string | null;
  group: string | null;
  pool: string | null;
}

/** Figures of a task, in Spark's own units. `durationMs` is launch to finish as the driver sees it. */
export const TASK_METRICS = [
  'durationMs',
  'runMs',
  'cpuNs',
  'deserializeMs',
  'deserializeCpuNs',
  'gcMs',
  'resultSerializationMs',
  'gettingResultMs',
  'schedulerDelayMs',
  'resultBytes',
  'peakExecutionMemoryBytes',
  'memorySpilledBytes',
  'diskSpilledBytes',
  'inputBytes',
  'inputRecords',
  'outputBytes',
  'outputRecords',
  'shuffleReadBytes',
  'shuffleReadRecords',
  'shuffleRemoteReadBytes',
  'shuffleRemoteBlocks',
  'shuffleLocalBlocks',
  'shuffleFetchWaitMs',
  'shuffleWriteBytes',
  'shuffleWriteRecords',
  'shuffleWriteNs',
] as const;
export type TaskMetric = (typeof TASK_METRICS)[number];

/** Quantiles over the tasks that succeeded; each is a value that a task had. */
export interface Quantiles {
  min: number;
  p25: number;
  median: number;
  p75: number;
  p95: number;
  max: number;
}

export interface SparkStage {
  stageId: number;
  attempt: number;
  name: string;
  /** Call stack of the code that made it. */
  details: string;
  parentIds: number[];
  /** RDDs that it computes, its own first. */
  rddIds: number[];
  /** Names of the operators it spans: `WholeStageCodegen (1)`, `Exchange`; `PythonRDD` for Python functions on RDDs. */
  scopes: string[];
  resourceProfileId: number;
  numTasks: number;
  submittedMs: number | null;
  firstTaskMs: number | null;
  completedMs: number | null;
  status: 'complete' | 'failed' | 'running';
  failureReason: string | null;
  succeededTasks: number;
  /** Partitions with at least one task that succeeded: what is comparable with `numTasks`. */
  completedPartitions: number;
  failedTasks: number;
  killedTasks: number;
  speculativeTasks: number;
  /** Tasks by end reason: `Success`, `FetchFailed`, `ExceptionFailure`, `TaskKilled`, `ExecutorLostFailure`, … */
  endReasons: Record<string, number>;
  /** The first error text of each end reason other than success, shortened. */
  endErrors: Record<string, string>;
  /** Over all tasks that reported metrics, failed and killed ones too. */
  sums: Record<TaskMetric, number>;
  /** Over tasks that succeeded; null if none did. */
  quantiles: Record<TaskMetric, Quantiles> | null;
  tasks: StageTasks;
}

/** Metrics kept for each task. Every other one is in the stage's sums and quantiles. */
export const TASK_COLUMNS = [
  'runMs',
  'cpuNs',
  'deserializeMs',
  'gcMs',
  'peakExecutionMemoryBytes',
  'memorySpilledBytes',
  'diskSpilledBytes',
  'inputBytes',
  'inputRecords',
  'outputBytes',
  'outputRecords',
  'shuffleReadBytes',
  'shuffleReadRecords',
  'shuffleFetchWaitMs',
  'shuffleWriteBytes',
  'shuffleWriteRecords',
  'shuffleWriteNs',
] as const satisfies readonly TaskMetric[];
export type TaskColumn = (typeof TASK_COLUMNS)[number];

export const TASK_SUCCEEDED = 0;
export const TASK_FAILED = 1;
export const TASK_KILLED = 2;

/** A metric of tasks: whole numbers below 2^32 take half of the memory. */
export type MetricColumn = Uint32Array | Float64Array;

export function fitsUint32(value: number): boolean {
  return value >>> 0 === value;
}

/** The tasks of a stage attempt in the order in which they ended, one array per field, each `count` long. */
export interface StageTasks {
  count: number;
  /** Place in the stage: the partition's index. Attempts and speculative copies share it. */
  index: Int32Array;
  attempt: Int32Array;
  /** Place in `executorIds`. */
  executor: Int32Array;
  executorIds: string[];
  launchMs: Float64Array;
  finishMs: Float64Array;
  /** TASK_SUCCEEDED, TASK_FAILED or TASK_KILLED. */
  outcome: Uint8Array;
  /** 1 for a speculative copy. */
  speculative: Uint8Array;
  metrics: Record<TaskColumn, MetricColumn>;
}

export interface SqlExecution {
  id: number;
  /** The execution that this one is part of; itself for most. */
  rootId: number;
  description: string;
  /** Call stack of the action. */
  details: string;
  startMs: number;
  endMs: number | null;
  error: string | null;
  jobIds: number[];
  /** Settings of this session that differ from the application's, secrets redacted. */
  modifiedConf: Record<string, string>;
  /** The plan as text, shortened to 32,000 characters. */
  planDescription: string;
  /** How often adaptive execution replaced the plan. */
  adaptiveUpdates: number;
  /** Node names of the plan before adaptive execution, with their count. */
  initialNodeNames: Record<string, number>;
  /** The last plan, parents before children. */
  nodes: SqlNode[];
}

export interface SqlNode {
  /** Place in the plan, counted from 0, parents first. */
  id: number;
  parentId: number | null;
  /** `FileScan parquet`, `SortMergeJoin`, `Exchange`, `WholeStageCodegen (2)`, … */
  name: string;
  /** Spark's one-line text with the arguments, shortened by Spark. */
  description: string;
  /** Of scans: `Location`, `PushedFilters`, `PartitionFilters`, `DataFilters`, `ReadSchema`, `Format`, … */
  metadata: Record<string, string>;
  metrics: SqlMetric[];
  /** Stages whose tasks updated one of its metrics. */
  stageIds: number[];
}

export interface SqlMetric {
  /** `number of output rows`, `size of files read`, `data size`, `spill size`, … */
  name: string;
  /** Spark's type: `sum`, `size`, `timing`, `nsTiming`, `average`, or a source's own. */
  kind: string;
  /** Total over tasks, or what the driver published. Null: never reported, or an average (whose parts are not kept). */
  value: number | null;
  unit: '' | 'bytes' | 'ms' | 'ns';
}

export interface CachedRdd {
  id: number;
  name: string;
  /** Operator that made it, where it comes from SQL: `InMemoryTableScan`. */
  scope: string | null;
  useMemory: boolean;
  useDisk: boolean;
  deserialized: boolean;
  replication: number;
  partitions: number;
  /** As last reported; null where block updates were not logged. */
  cachedPartitions: number | null;
  memoryBytes: number | null;
  diskBytes: number | null;
  /** Stages that were submitted with it in their lineage: the first fills it, the others may read it. */
  stageIds: number[];
  unpersisted: boolean;
}

/** One run of a streaming query. */
export interface StreamingQuery {
  queryId: string;
  runId: string;
  name: string | null;
  startedMs: number | null;
  terminated: boolean;
  error: string | null;
}

/** One progress report of a streaming query. */
export interface StreamingBatch {
  queryId: string;
  runId: string;
  batchId: number;
  /** Start of the trigger. */
  startedMs: number;
  durationMs: number | null;
  /** Parts of the duration in ms, by Spark's names: `addBatch`, `walCommit`, `latestOffset`, `queryPlanning`, … */
  phasesMs: Record<string, number>;
  inputRows: number | null;
  inputRowsPerSecond: number | null;
  processedRowsPerSecond: number | null;
  stateRows: number | null;
  stateMemoryBytes: number | null;
  sources: StreamingSource[];
  sink: string | null;
}

export interface StreamingSource {
  description: string;
  startOffset: string | null;
  endOffset: string | null;
  /** What was there to read; behind `endOffset` it tells the backlog. */
  latestOffset: string | null;
  inputRows: number | null;
  /** The source's own figures: `maxOffsetsBehindLatest`, … */
  metrics: Record<string, string>;
}
