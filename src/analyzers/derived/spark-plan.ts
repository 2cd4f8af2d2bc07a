import type { SparkLog, SparkStage, SqlExecution, SqlMetric, SqlNode } from '../../model/spark.js';
import { type Measure, measure } from '../spark-rule.js';
import { greatest } from './numbers.js';
import { perRun } from './spark-run.js';
import { stageTime } from './spark-timeline.js';

/** A node of a plan with the execution that it belongs to. */
export interface PlanNode {
  execution: SqlExecution;
  node: SqlNode;
}

/** Nodes that only hold others together. */
const WRAPPERS =
  /^(?:WholeStageCodegen|InputAdapter|AdaptiveSparkPlan|ResultQueryStage|ShuffleQueryStage|BroadcastQueryStage|TableCacheQueryStage|AQEShuffleRead|CustomShuffleReader|ColumnarToRow|Project|Execute |WriteFiles|OverwriteByExpression|AppendData)/;

/** What a stage is best known by, the most telling first. */
const TELLING = [
  /Join|CartesianProduct/,
  /EvalPython|InPandas|InArrow/,
  /Window/,
  /Aggregate/,
  /Generate|Expand/,
  /^Sort|TakeOrdered/,
  /Scan/,
  /Exchange/,
];

export function isWrapper(node: SqlNode): boolean {
  return WRAPPERS.test(node.name);
}

export const childrenOf = (() => {
  const known = new WeakMap<SqlExecution, Map<number, SqlNode[]>>();
  return (execution: SqlExecution, node: SqlNode): SqlNode[] => {
    let children = known.get(execution);
    if (!children) {
      children = new Map();
      for (const child of execution.nodes)
        if (child.parentId !== null) children.set(child.parentId, [...(children.get(child.parentId) ?? []), child]);
      known.set(execution, children);
    }
    return children.get(node.id) ?? [];
  };
})();

/** The node and what is below it, parents first, without what lies below nodes for which `stop` holds. */
export function* below(execution: SqlExecution, top: SqlNode, stop?: (node: SqlNode) => boolean): Generator<SqlNode> {
  yield top;
  if (stop?.(top)) return;
  for (const child of childrenOf(execution, top)) yield* below(execution, child, stop);
}

/** The nodes above a node, nearest first. */
export function* above(execution: SqlExecution, bottom: SqlNode): Generator<SqlNode> {
  let { parentId } = bottom;
  while (parentId !== null) {
    const parent = execution.nodes[parentId];
    if (!parent) return;
    yield parent;
    parentId = parent.parentId;
  }
}

/** Stages of the jobs that an execution started. */
export const stagesByExecution = perRun((run): Map<number, Set<number>> => {
  const stages = new Map<number, Set<number>>();
  for (const { sqlExecutionId, stageIds } of run.jobs) {
    if (sqlExecutionId === null) continue;
    stages.set(sqlExecutionId, new Set([...(stages.get(sqlExecutionId) ?? []), ...stageIds]));
  }
  return stages;
});

/**
 * Every node of every plan. Plans repeat what is below a cached relation: those nodes count where their stages ran,
 * in the execution that filled the cache.
 */
export const planNodes = perRun((run): PlanNode[] =>
  run.sqlExecutions.flatMap((execution) => {
    const own = stagesByExecution(run).get(execution.id);
    return execution.nodes
      .filter((node) => {
        const isCached = [...above(execution, node)].some(isCacheRead);
        return !isCached || node.stageIds.some((stage) => own?.has(stage));
      })
      .map((node) => ({ execution, node }));
  }),
);

/** Whether the node reads what `cache` or `persist` kept. */
export function isCacheRead(node: SqlNode): boolean {
  return node.name.startsWith('InMemoryTableScan');
}

export function nodesOfStage(run: SparkLog, stageId: number): PlanNode[] {
  return planNodes(run).filter(({ node }) => node.stageIds.includes(stageId) && !isWrapper(node));
}

/** The operator that a stage is best known by; undefined where the stage runs no SQL. */
export function mainNode(run: SparkLog, stage: SparkStage): PlanNode | undefined {
  const nodes = nodesOfStage(run, stage.stageId);
  for (const pattern of TELLING) {
    const found = nodes.find(({ node }) => pattern.test(node.name));
    if (found) return found;
  }
  return nodes[0];
}

const LONGEST_TEXT = 160;

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;
}

/** `SortMergeJoin [k#1], [k#2], Inner (SQL 3, node 4)`. */
export function nodeText({ execution, node }: PlanNode): string {
  const text = node.description.startsWith(node.name) ? node.description : `${node.name} ${node.description}`;
  return `${shortened(text.trim())} (SQL ${execution.id}, node ${node.id})`;
}

/** What a stage does, for people: its operator, or the line of code that made it. */
export function stageText(run: SparkLog, stage: SparkStage): string {
  const main = mainNode(run, stage);
  return main ? nodeText(main) : shortened(stage.name);
}

/** The stage's operator as evidence. */
export function operatorEvidence(run: SparkLog, stage: SparkStage): Measure {
  return measure(mainNode(run, stage) ? 'SQL node' : 'code', stageText(run, stage), '', 1);
}

export function metricOf(node: SqlNode, name: string): SqlMetric | undefined {
  return node.metrics.find((metric) => metric.name === name);
}

/** The metric's total; null where it was not reported. */
export function metricValue(node: SqlNode, name: string): number | null {
  return metricOf(node, name)?.value ?? null;
}

/** Stages of the run that computed the node: those whose tasks updated its metrics, or those of the nodes it is fused with. */
export function stagesOf(run: SparkLog, { execution, node }: PlanNode): SparkStage[] {
  let ids = node.stageIds;
  for (const near of [...above(execution, node)].concat([...below(execution, node)])) {
    if (ids.length) break;
    if (!/Exchange|QueryStage/.test(near.name)) ids = near.stageIds;
  }
  return run.stages.filter((stage) => ids.includes(stage.stageId));
}

/** The stage of a node that took most of the wall time; undefined where none of its stages ran. */
export function mainStage(run: SparkLog, at: PlanNode): SparkStage | undefined {
  return greatest(stagesOf(run, at), (stage) => stageTime(run, stage).wallMs);
}

/** One per stage: of several nodes in the same stage the one with the greatest figure. Those without a stage are one. */
export function worstPerStage<T extends { stage: SparkStage | undefined }>(
  items: readonly T[],
  figure: (item: T) => number,
): T[] {
  const worst = new Map<number | undefined, T>();
  for (const item of items) {
    const known = worst.get(item.stage?.stageId);
    if (!known || figure(item) > figure(known)) worst.set(item.stage?.stageId, item);
  }
  return [...worst.values()];
}
