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

type Settings = Record<string, string | number>;

/** Settings that make splits of files so small. */
function fileSettings(run: SparkLog, { sums }: SparkStage, partitions: number): Settings {
  const now = confBytes(run, 'spark.sql.files.maxPartitionBytes') ?? 128 * 2 ** 20;
  return { 'spark.sql.files.maxPartitionBytes': sparkBytes(Math.min(now, sums.inputBytes / partitions)) };
}

/** Settings that make shuffles of so many partitions; adaptive execution puts smaller ones together again. */
function shuffleSettings(run: SparkLog, { sums }: SparkStage, partitions: number): Settings {
  const settings: Settings = {};
  if (partitions > (confNumber(run, 'spark.sql.shuffle.partitions') ?? 200))
    settings['spark.sql.shuffle.partitions'] = partitions;
  if (confFlag(run, 'spark.sql.adaptive.enabled'))
    settings['spark.sql.adaptive.advisoryPartitionSizeInBytes'] = sparkBytes(sums.shuffleReadBytes / partitions);
  return settings;
}

/** By what decides how many tasks the stage has; undefined where that is the code. */
function settingsOf(run: SparkLog, stage: SparkStage): typeof fileSettings | undefined {
  const exchanges = exchangesRead(run, stage);
  if (exchanges.length > 0)
    return exchanges.some(({ node }) => node.description.includes('REPARTITION_BY_NUM')) ? undefined : shuffleSettings;
  if (stage.sums.shuffleReadBytes > 0) return undefined;
  return nodesOfStage(run, stage.stageId).some(({ node }) => readsFiles(node)) ? fileSettings : undefined;
}

/** Patches that cut the work of a stage into so many tasks, by what decides how many it has. */
export function cutInto(run: SparkLog, stage: SparkStage, partitions: number): RunPatch[] {
  const execution = mainNode(run, stage)?.execution;
  const settings = settingsOf(run, stage)?.(inSession(run, execution), stage, partitions) ?? {};
  return Object.keys(settings).length > 0
    ? settingsFor(execution, settings)
    : [code(`repartition(${partitions}) before: ${stageText(run, stage)}`)];
}
