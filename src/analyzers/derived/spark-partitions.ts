import type { SparkLog, SparkStage, SqlExecution, SqlNode } from '../../model/spark.js';
import { code, type RunPatch, sparkConf } from '../spark-rule.js';
import { confBytes, confFlag, confNumber, sparkBytes } from './spark-conf.js';
import { below, mainNode, nodesOfStage, type PlanNode, stageText } from './spark-plan.js';

/** The run with the settings that one of its queries had: code may set them for its session. */
export function inSession(run: SparkLog, execution: SqlExecution | undefined): SparkLog {
  if (!execution) return run;
  const { application } = run;
  return { ...run, application: { ...application, conf: { ...application.conf, ...execution.modifiedConf } } };
}

/** Settings for the stage's query: as configuration, or, where the code itself sets them, as a change of the code. */
export function settingsFor(
  execution: SqlExecution | undefined,
  settings: Readonly<Record<string, string | number | boolean>>,
): RunPatch[] {
  const own = execution?.modifiedConf ?? {};
  const inConf = Object.entries(settings).filter(([key]) => !(key in own));
  const inCode = Object.entries(settings).filter(([key]) => key in own);
  return [
    ...(inConf.length ? [sparkConf(Object.fromEntries(inConf))] : []),
    ...inCode.map(([key, value]) => code(`The code sets ${key}=${own[key]}: set it to ${value} there`)),
  ];
}

/** Exchanges whose rows the stage reads: below them other stages ran. */
function exchangesRead(run: SparkLog, { stageId }: SparkStage): PlanNode[] {
  const reads = ({ execution, node }: PlanNode) =>
    [...below(execution, node)]
      .slice(1)
      .find(({ stageIds }) => stageIds.length)
      ?.stageIds.includes(stageId) === false;
  return nodesOfStage(run, stageId).filter((at) => /^Exchange/.test(at.node.name) && reads(at));
}

/** Whether a scan reads files, so that their size decides how many tasks there are. */
function readsFiles({ name }: SqlNode): boolean {
  return /Scan/.test(name) && !/InMemory|LocalTable|ExistingRDD|OneRow/.test(name);
}

/** Whether the stage's query wants all rows in one partition, so that no setting gives it more. */
export function isOnePartition(run: SparkLog, stage: SparkStage): boolean {
  return exchangesRead(run, stage).some(({ node }) => node.description.includes('SinglePartition'));
}

/** What to do about that. */
export function splitQuery(run: SparkLog, stage: SparkStage): RunPatch {
  return code(`Partition the window, or sort and limit in parts first: ${stageText(run, stage)}`);
}

/** What decides how many tasks a stage has. */
function decidedBy(run: SparkLog, stage: SparkStage): 'files' | 'setting' | 'code' {
  const exchanges = exchangesRead(run, stage).map(({ node }) => node.description);
  if (exchanges.length > 0) return exchanges.some((text) => text.includes('REPARTITION_BY_NUM')) ? 'code' : 'setting';
  if (stage.sums.shuffleReadBytes > 0) return 'code';
  return nodesOfStage(run, stage.stageId).some(({ node }) => readsFiles(node)) ? 'files' : 'code';
}

/** Settings that make shuffles of so many partitions; adaptive execution puts smaller ones together again. */
function shuffleSettings(run: SparkLog, stage: SparkStage, partitions: number): Record<string, string | number> {
  const settings: Record<string, string | number> = {};
  if (partitions > (confNumber(run, 'spark.sql.shuffle.partitions') ?? 200))
    settings['spark.sql.shuffle.partitions'] = partitions;
  if (confFlag(run, 'spark.sql.adaptive.enabled'))
    settings['spark.sql.adaptive.advisoryPartitionSizeInBytes'] = sparkBytes(stage.sums.shuffleReadBytes / partitions);
  return settings;
}

/** Patches that cut the work of a stage into so many tasks, by what decides how many it has. */
export function cutInto(run: SparkLog, stage: SparkStage, partitions: number): RunPatch[] {
  const execution = mainNode(run, stage)?.execution;
  const own = inSession(run, execution);
  const what = stageText(run, stage);
  switch (decidedBy(run, stage)) {
    case 'files': {
      const now = confBytes(own, 'spark.sql.files.maxPartitionBytes') ?? 128 * 2 ** 20;
      const bytes = Math.min(now, stage.sums.inputBytes / partitions);
      return settingsFor(execution, { 'spark.sql.files.maxPartitionBytes': sparkBytes(bytes) });
    }
    case 'setting': {
      const settings = shuffleSettings(own, stage, partitions);
      if (Object.keys(settings).length > 0) return settingsFor(execution, settings);
      return [code(`repartition(${partitions}) before: ${what}`)];
    }
    default:
      return [code(`repartition(${partitions}) before: ${what}`)];
  }
}
