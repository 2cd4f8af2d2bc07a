import type { SparkLog, SparkStage, SqlExecution, SqlNode } from '../../model/spark.js';
import { refillsOf } from './spark-caches.js';
import { below, childrenOf, isCacheRead, isWrapper, stagesByExecution } from './spark-plan.js';
import { perRun, stageTaskMs } from './spark-run.js';
import { stageTime } from './spark-timeline.js';

/** Names that differ from plan to plan though the work is the same: expression ids, plan ids, lambdas. */
function canonical(description: string): string {
  return description
    .replaceAll(/#\d+L?/g, '#')
    .replaceAll(/\[?plan_id=\d+\]?/g, '')
    .replaceAll(/\$\$Lambda\S*/g, 'λ')
    .replaceAll(/@[0-9a-f]{4,}/g, '@')
    .replaceAll(/\[id=#?\d*\]/g, '')
    .replaceAll(/\((\d+)\)$/g, '');
}

/** What a node and all below it compute; a cached relation is read, not computed. */
function signatureOf(execution: SqlExecution, node: SqlNode): string {
  if (node.name.startsWith('ReusedExchange')) return 'reused';
  const children = isCacheRead(node) ? [] : childrenOf(execution, node);
  const inner = children.map((child) => signatureOf(execution, child)).join(';');
  return isWrapper(node) && node.name !== 'Project' ? inner : `${canonical(node.description)}(${inner})`;
}

/** One computation of a sub-plan. */
export interface Occurrence {
  execution: SqlExecution;
  node: SqlNode;
  stages: SparkStage[];
  taskMs: number;
  wallMs: number;
}

/** A sub-plan that was computed several times, in the order in which it was. */
export interface Repeat {
  occurrences: Occurrence[];
  size: number;
}

function occurrenceOf(run: SparkLog, execution: SqlExecution, node: SqlNode): Occurrence {
  const own = stagesByExecution(run).get(execution.id);
  // An exchange's own metrics are updated by its readers too: what is below it tells who computed it.
  const inner = [...below(execution, node, isCacheRead)].filter((other) => other !== node);
  const ids = new Set(inner.filter((other) => !/Exchange/.test(other.name)).flatMap((other) => other.stageIds));
  const stages = run.stages.filter(({ stageId }) => ids.has(stageId) && own?.has(stageId));
  return {
    execution,
    node,
    stages,
    taskMs: stages.reduce((sum, stage) => sum + stageTaskMs(stage), 0),
    wallMs: stages.reduce((sum, stage) => sum + stageTime(run, stage).wallMs, 0),
  };
}

/** Sub-plans up to an exchange that ran more than once, the largest first; parts of a larger one are left out. */
export const repeatsOf = perRun((run): Repeat[] => {
  const groups = new Map<string, Repeat>();
  const refills = refillsOf(run);
  for (const execution of run.sqlExecutions)
    for (const node of execution.nodes) {
      if (!/^(?:Shuffle|Broadcast)?Exchange/.test(node.name)) continue;
      const signature = signatureOf(execution, node);
      const occurrence = occurrenceOf(run, execution, node);
      // What a cache could not keep is computed again, but it is cached: spark/cache-unused tells it.
      if (!occurrence.stages.length || occurrence.stages.some((stage) => refills.has(stage))) continue;
      const group = groups.get(signature) ?? { occurrences: [], size: signature.length };
      groups.set(signature, group);
      group.occurrences.push(occurrence);
    }
  const repeated = [...groups.values()].filter(({ occurrences }) => occurrences.length > 1);
  const used = new Set<SparkStage>();
  return repeated
    .sort((a, b) => b.size - a.size)
    .filter(({ occurrences }) => {
      const isNew = occurrences.some(({ stages }) => stages.some((stage) => !used.has(stage)));
      for (const { stages } of occurrences) for (const stage of stages) used.add(stage);
      return isNew;
    });
});
