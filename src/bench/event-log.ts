import { wallMs } from '../analyzers/derived/spark-run.js';
import { slotMs } from '../analyzers/derived/spark-slots.js';
import { Config } from '../config/schema.js';
import type { SparkLog } from '../model/spark.js';
import { examine } from '../spark/clinic.js';
import { toolVersion } from '../version.js';
import type { MetricName } from './metrics.js';
import type { RunFacts } from './session.js';

const FINDINGS_KEPT = 12;
const STAGES_KEPT = 5;

/** What an event log says of a run, as metrics. Where it is not whole they would be lower bounds, so there are none. */
export function logMetrics(run: SparkLog): Partial<Record<MetricName, number>> {
  const sum = (metric: keyof SparkLog['stages'][number]['sums']) =>
    run.stages.reduce((total, stage) => total + stage.sums[metric], 0);
  return {
    coreTime: slotMs(run) / 1000,
    executorCpu: sum('cpuNs') / 1e9,
    gc: sum('gcMs') / 1000,
    shuffle: sum('shuffleWriteBytes'),
    spill: sum('diskSpilledBytes'),
    failedTasks: run.stages.reduce((total, { failedTasks }) => total + failedTasks, 0),
    peakMemory: Math.max(0, ...run.stages.map(({ quantiles }) => quantiles?.peakExecutionMemoryBytes.max ?? 0)),
    input: sum('inputBytes'),
  };
}

/** Wall time of the application as its log has it. */
export function logSeconds(run: SparkLog): number {
  return wallMs(run) / 1000;
}

/** What explains the run: the findings of the Spark rules and its longest stages. */
export function logFacts(run: SparkLog): RunFacts {
  const { report } = examine(run, {
    config: Config.parse({}),
    cluster: '',
    version: toolVersion(),
    nowMs: run.application.lastEventMs,
  });
  const findings = report.findings
    .filter(({ state }) => state === 'finding')
    .slice(0, FINDINGS_KEPT)
    .map(({ rule, title, impact }) => ({ rule, title, secondsPerRun: impact.secondsPerRun }));
  // What the application calls its step says more than the line of code.
  const describedAs = new Map(
    run.jobs.flatMap(({ stageIds, description }) =>
      description ? stageIds.map((id) => [id, description] as const) : [],
    ),
  );
  const slowestStages = run.stages
    .map(({ stageId, name, submittedMs, completedMs }) => ({
      stageId,
      name: describedAs.get(stageId) ?? name,
      seconds: submittedMs === null || completedMs === null ? 0 : (completedMs - submittedMs) / 1000,
    }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, STAGES_KEPT);
  return { appId: run.application.appId, sparkVersion: run.application.sparkVersion, findings, slowestStages };
}
