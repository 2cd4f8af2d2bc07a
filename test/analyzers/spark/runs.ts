import { fileURLToPath } from 'node:url';
import { windowOf } from '../../../src/analyzers/derived/spark-run.js';
import { sparkRuns } from '../../../src/analyzers/derived/spark-runs.js';
import type { Rule } from '../../../src/analyzers/rule.js';
import { evaluateGiven, givenInput } from '../../../src/analyzers/run.js';
import { readEventLog } from '../../../src/collectors/spark/read.js';
import { Config } from '../../../src/config/schema.js';
import type { Finding } from '../../../src/model/finding.js';
import {
  type CachedRdd,
  type Quantiles,
  type SparkExecutor,
  type SparkJob,
  type SparkLog,
  type SparkStage,
  type SqlExecution,
  type SqlNode,
  TASK_COLUMNS,
  TASK_METRICS,
  TASK_SUCCEEDED,
  type TaskColumn,
  type TaskMetric,
} from '../../../src/model/spark.js';
import type { PodLife } from '../../../src/store/pod-life.js';

/** Recorded runs by what was planted in them. */
export const LOGS = {
  healthy: 'app-20261123201155-0001.zstd',
  skew: 'app-20261123201327-0002.zstd',
  skewSplit: 'app-20261123201535-0003.zstd',
  spill: 'app-20261123201701-0004.zstd',
  spillFixed: 'app-20261123201753-0005.zstd',
  gc: 'app-20261123201841-0006.zstd',
  largeHeap: 'app-20261123201948-0007.zstd',
  executorOom: 'app-20261123202032-0008.zstd',
  fewTasks: 'app-20261123202556-0012.zstd',
  fewTasksFixed: 'app-20261123202640-0013.zstd',
  driverBound: 'app-20261123202725-0014.zstd',
  dynamic: 'app-20261123202802-0015.zstd',
  noBroadcast: 'app-20261123202955-0017.zstd',
  broadcast: 'app-20261123203015-0018.zstd',
  cartesian: 'app-20261123203032-0019.zstd',
  recompute: 'app-20261123203046-0020.zstd',
  cached: 'app-20261123203128-0021.zstd',
  smallFiles: 'app-20261123203154-0022.zstd',
  largeFiles: 'app-20261123203209-0023.zstd',
  noPushdown: 'app-20261123203223-0024.zstd',
  pushdown: 'app-20261123203252-0025.zstd',
  noPruning: 'app-20261123203300-0026.zstd',
  pruning: 'app-20261123203309-0027.zstd',
  retries: 'app-20261123203319-0028.zstd',
  jobFailed: 'app-20261123203329-0029.zstd',
  executorLost: 'app-20261123203341-0030.zstd',
  straggler: 'app-20261123203413-0031.zstd',
  stream: 'app-20261123203456-0033.gz',
  speculated: 'app-20261123205315-0043.zstd',
  shuffleLost: 'app-20261123205408-0044.zstd',
} as const;
export type LogName = keyof typeof LOGS;

const known = new Map<LogName, Promise<SparkLog>>();

export function logPath(name: LogName): string {
  return fileURLToPath(new URL(`../../fixtures/spark/${LOGS[name]}`, import.meta.url));
}

export function recorded(name: LogName): Promise<SparkLog> {
  const reading = known.get(name) ?? readEventLog(logPath(name));
  known.set(name, reading);
  return reading;
}

/** Everything that the rule says of these runs, as one family or several. */
export function judge(
  rule: Rule,
  runs: SparkLog | readonly SparkLog[],
  parameters: Record<string, unknown> = {},
  pods?: PodLife[],
): Finding[] {
  const logs = 'stages' in runs ? [runs] : runs;
  const [first] = logs;
  if (!first) return [];
  const config = Config.parse({ rules: { [rule.id]: parameters } });
  const items = logs.map((log) => ({ cluster: '', log, ...(pods && { pods: () => pods }) }));
  return evaluateGiven([rule], givenInput(config, windowOf(first), new Map([[sparkRuns, items]])));
}

export function findings(
  rule: Rule,
  runs: SparkLog | readonly SparkLog[],
  parameters: Record<string, unknown> = {},
): Finding[] {
  return judge(rule, runs, parameters).filter(({ state }) => state === 'finding');
}

export function patchOf(finding: Finding | undefined): string {
  return finding?.recommendation?.patches.map(({ content }) => content).join('\n') ?? '';
}

export interface TaskSpec {
  index?: number;
  attempt?: number;
  /** Seconds after the start of the run. */
  at: number;
  seconds: number;
  executor?: string;
  outcome?: number;
  speculative?: boolean;
  metrics?: Partial<Record<TaskColumn, number>>;
}

export type StageSpec = Omit<Partial<SparkStage>, 'tasks'> & { tasks: TaskSpec[] };

function quantiles(values: number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75), p95: at(0.95), max: at(1) };
}

function byMetric<T>(value: (metric: TaskMetric) => T): Record<TaskMetric, T> {
  return Object.fromEntries(TASK_METRICS.map((metric) => [metric, value(metric)])) as Record<TaskMetric, T>;
}

/** A stage with these tasks; what is not said follows from them. Run time is the duration where it is not said. */
export function stage({ tasks, ...rest }: StageSpec): SparkStage {
  const executorIds = [...new Set(tasks.map(({ executor = '1' }) => executor))];
  const metric = (task: TaskSpec, name: TaskMetric): number =>
    name === 'durationMs'
      ? task.seconds * 1000
      : name === 'runMs'
        ? (task.metrics?.runMs ?? task.seconds * 1000)
        : ((task.metrics as Partial<Record<TaskMetric, number>> | undefined)?.[name] ?? 0);
  const won = tasks.filter(({ outcome = TASK_SUCCEEDED }) => outcome === TASK_SUCCEEDED);
  const indexes = tasks.map(({ index }, i) => index ?? i);
  return {
    stageId: 0,
    attempt: 0,
    name: 'collect at job.py:1',
    details: '',
    parentIds: [],
    rddIds: [],
    scopes: [],
    resourceProfileId: 0,
    numTasks: new Set(indexes).size,
    submittedMs: Math.min(...tasks.map(({ at }) => at * 1000)),
    firstTaskMs: Math.min(...tasks.map(({ at }) => at * 1000)),
    completedMs: Math.max(...tasks.map(({ at, seconds }) => (at + seconds) * 1000)),
    status: 'complete',
    failureReason: null,
    succeededTasks: won.length,
    completedPartitions: won.length,
    failedTasks: tasks.filter(({ outcome }) => outcome === 1).length,
    killedTasks: tasks.filter(({ outcome }) => outcome === 2).length,
    speculativeTasks: tasks.filter(({ speculative }) => speculative).length,
    endReasons: {},
    endErrors: {},
    sums: byMetric((name) => tasks.reduce((sum, task) => sum + metric(task, name), 0)),
    quantiles: won.length ? byMetric((name) => quantiles(won.map((task) => metric(task, name)))) : null,
    ...rest,
    tasks: {
      count: tasks.length,
      index: Int32Array.from(indexes),
      attempt: Int32Array.from(tasks.map(({ attempt = 0 }) => attempt)),
      executor: Int32Array.from(tasks.map(({ executor = '1' }) => executorIds.indexOf(executor))),
      executorIds,
      launchMs: Float64Array.from(tasks.map(({ at }) => at * 1000)),
      finishMs: Float64Array.from(tasks.map(({ at, seconds }) => (at + seconds) * 1000)),
      outcome: Uint8Array.from(tasks.map(({ outcome = TASK_SUCCEEDED }) => outcome)),
      speculative: Uint8Array.from(tasks.map(({ speculative }) => (speculative ? 1 : 0))),
      metrics: Object.fromEntries(
        TASK_COLUMNS.map((name) => [name, Float64Array.from(tasks.map((task) => metric(task, name)))]),
      ) as Record<TaskColumn, Float64Array>,
    },
  };
}

/** A DataFrame that stage 0 caches in four partitions. */
export const CACHE: CachedRdd = {
  id: 5,
  name: '*(1) Project [id#1]',
  scope: 'InMemoryTableScan',
  useMemory: true,
  useDisk: false,
  deserialized: true,
  replication: 1,
  partitions: 4,
  cachedPartitions: null,
  memoryBytes: null,
  diskBytes: null,
  stageIds: [0],
  unpersisted: false,
};

export function executor(spec: Partial<SparkExecutor> & { id: string }): SparkExecutor {
  return {
    isDriver: spec.id === 'driver',
    host: `host-${spec.id}`,
    cores: 2,
    addedMs: 0,
    removedMs: null,
    removalReason: null,
    resourceProfileId: 0,
    maxStorageMemoryBytes: null,
    resources: {},
    podName: null,
    peaks: {},
    tasks: 1,
    failedTasks: 0,
    killedTasks: 0,
    taskMs: 0,
    gcMs: 0,
    inputBytes: 0,
    shuffleReadBytes: 0,
    shuffleWriteBytes: 0,
    ...spec,
  };
}

export function job(spec: Partial<SparkJob> & { id: number }): SparkJob {
  return {
    stageIds: [],
    submittedMs: 0,
    completedMs: null,
    result: 'succeeded',
    error: null,
    sqlExecutionId: null,
    description: null,
    group: null,
    pool: null,
    ...spec,
  };
}

export type NodeSpec = Partial<SqlNode> & { name: string };

/** An execution whose nodes lie below each other in the order given, unless they say otherwise. */
export function sql(id: number, nodes: NodeSpec[], rest: Partial<SqlExecution> = {}): SqlExecution {
  return {
    id,
    rootId: id,
    description: '',
    details: '',
    startMs: 0,
    endMs: null,
    error: null,
    jobIds: [],
    modifiedConf: {},
    planDescription: '',
    adaptiveUpdates: 0,
    initialNodeNames: {},
    nodes: nodes.map((node, place) => ({
      id: place,
      parentId: place === 0 ? null : place - 1,
      description: node.name,
      metadata: {},
      metrics: [],
      stageIds: [],
      ...node,
    })),
    ...rest,
  };
}

export function metrics(values: Record<string, number | null>): SqlNode['metrics'] {
  return Object.entries(values).map(([name, value]) => ({ name, kind: 'sum', value, unit: '' }));
}

export interface RunSpec extends Partial<Omit<SparkLog, 'application'>> {
  /** Length of the run. */
  seconds?: number;
  conf?: Record<string, string>;
  application?: Partial<SparkLog['application']>;
}

/** A run of two executors with two cores each that were there from the start, with one job over all its tasks. */
export function run({ seconds = 100, conf = {}, application = {}, ...rest }: RunSpec = {}): SparkLog {
  const stages = rest.stages ?? [];
  const starts = stages.flatMap(({ tasks }) => [...tasks.launchMs]);
  const ends = stages.flatMap(({ tasks }) => [...tasks.finishMs]);
  const whole = job({
    id: 0,
    stageIds: stages.map(({ stageId }) => stageId),
    submittedMs: Math.min(...starts),
    completedMs: Math.max(...ends),
    sqlExecutionId: rest.sqlExecutions?.[0]?.id ?? null,
  });
  return {
    application: {
      appId: 'app-1',
      attemptId: '',
      name: 'job',
      family: 'job',
      user: 'user',
      sparkVersion: '3.5.9',
      javaVersion: '17',
      scalaVersion: '2.12',
      namespace: null,
      startMs: 0,
      endMs: seconds * 1000,
      lastEventMs: seconds * 1000,
      finished: true,
      conf,
      resourceProfiles: [],
      log: {
        path: 'log',
        codec: 'none',
        rolling: false,
        compacted: false,
        inProgress: false,
        bytes: 1,
        lines: 1,
        damagedLines: 0,
        tornLastLine: false,
        truncated: false,
        skippedEvents: {},
        missingTasks: 0,
        damage: [],
      },
      ...application,
    },
    executors: [executor({ id: '1' }), executor({ id: '2' })],
    jobs: starts.length ? [whole] : [],
    stages,
    sqlExecutions: [],
    cachedRdds: [],
    streamingBatches: [],
    streamingQueries: [],
    ...rest,
  };
}

/** Tasks of equal length one after another on the four slots of `run`, from `at` on. */
export function evenTasks(
  count: number,
  seconds: number,
  at = 10,
  metricsOf: (i: number) => TaskSpec['metrics'] = () => ({}),
): TaskSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    at: at + Math.floor(i / 4) * seconds,
    seconds,
    executor: i % 4 < 2 ? '1' : '2',
    metrics: metricsOf(i) ?? {},
  }));
}
