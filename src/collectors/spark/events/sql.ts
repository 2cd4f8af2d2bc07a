import type { SqlExecution, SqlMetric, SqlNode } from '../../../model/spark.js';
import type { Accumulators } from '../accumulators.js';
import { countOf, isObject, type JsonObject, listOf, objectOf, shorten, textOf, textsByName, timeOf } from '../json.js';
import { redactConf, redactText } from '../redact.js';
import type { EventHandlers } from './handlers.js';
import type { JobTable } from './jobs.js';
import { TouchesSettled } from './settled.js';

const DETAILS_LENGTH = 4000;
const PLAN_LENGTH = 32_000;
const NODE_LENGTH = 2000;
const ERROR_LENGTH = 8000;

interface PlanMetric {
  name: string;
  kind: string;
  accumulatorId: number;
}

interface PlanNode extends Omit<SqlNode, 'metrics' | 'stageIds'> {
  metrics: PlanMetric[];
}

interface ExecutionState extends Omit<SqlExecution, 'nodes' | 'jobIds'> {
  nodes: PlanNode[];
}

const UNITS: Readonly<Record<string, SqlMetric['unit']>> = { size: 'bytes', timing: 'ms', nsTiming: 'ns' };
/** Averages come as sums over tasks of what is an average already; without each task's share they mean nothing. */
const AVERAGE = 'average';

function metricOf(value: unknown): PlanMetric | undefined {
  const metric = objectOf(value);
  const accumulatorId = countOf(metric.accumulatorId);
  if (accumulatorId === null) return undefined;
  return { name: textOf(metric.name) ?? '', kind: textOf(metric.metricType) ?? 'sum', accumulatorId };
}

/** The nodes of a plan, parents first. */
function nodesOf(plan: unknown): PlanNode[] {
  const nodes: PlanNode[] = [];
  const visit = (info: JsonObject, parentId: number | null) => {
    const id = nodes.length;
    const metadata: Record<string, string> = {};
    for (const [name, value] of Object.entries(textsByName(info.metadata)))
      metadata[name] = shorten(redactText(value), NODE_LENGTH);
    nodes.push({
      id,
      parentId,
      name: (textOf(info.nodeName) ?? '').trim(),
      description: shorten(redactText(textOf(info.simpleString) ?? ''), NODE_LENGTH),
      metadata,
      metrics: listOf(info.metrics)
        .map(metricOf)
        .filter((metric) => metric !== undefined),
    });
    for (const child of listOf(info.children)) if (isObject(child)) visit(child, id);
  };
  if (isObject(plan)) visit(plan, null);
  return nodes;
}

function countNames(nodes: readonly PlanNode[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of nodes) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function finishedNode(
  node: PlanNode,
  accumulators: Accumulators,
  executionId: number,
  stages: ReadonlySet<number>,
): SqlNode {
  const stageIds = new Set<number>();
  const metrics = node.metrics.map(({ name, kind, accumulatorId }): SqlMetric => {
    for (const stageId of accumulators.stagesOf(accumulatorId, stages)) stageIds.add(stageId);
    const value = kind === AVERAGE ? null : accumulators.total(accumulatorId, executionId, stages);
    return { name, kind, value, unit: UNITS[kind] ?? '' };
  });
  return { ...node, metrics, stageIds: [...stageIds].sort((a, b) => a - b) };
}

export interface SqlSnapshot {
  byId: Map<number, ExecutionState>;
  settled: Set<number>;
}

export class SqlTable {
  readonly byId = new Map<number, ExecutionState>();
  /** Executions that an earlier reading was done with: their rows are stored. */
  private settled: ReadonlySet<number> = new Set();

  /** @throws TouchesSettled if an earlier reading was done with it. */
  get(id: number | null): ExecutionState | undefined {
    if (id === null) return undefined;
    if (this.settled.has(id)) throw new TouchesSettled();
    return this.byId.get(id);
  }

  /** Executions that may still change; of the others their ids. */
  snapshot(settledMs: number, jobs: JobTable, liveStages: ReadonlySet<number>): SqlSnapshot {
    const byId = new Map<number, ExecutionState>();
    const settled = new Set(this.settled);
    for (const execution of this.byId.values()) {
      const ended = [execution.endMs, ...jobs.ofExecution(execution.id).map(({ completedMs }) => completedMs)];
      const isSettled =
        ended.every((ms) => ms !== null && ms < settledMs) &&
        [...jobs.stagesOfExecution(execution.id)].every((stageId) => !liveStages.has(stageId));
      if (isSettled) settled.add(execution.id);
      else byId.set(execution.id, execution);
    }
    return { byId, settled };
  }

  restore({ byId, settled }: SqlSnapshot): void {
    for (const [id, execution] of byId) this.byId.set(id, execution);
    this.settled = settled;
  }

  /** Stages of each execution whose tasks' accumulables must be read: see Accumulators. */
  stagesToReadAgain(accumulators: Accumulators, jobs: JobTable): Set<number> {
    const again = new Set<number>();
    for (const execution of this.byId.values()) {
      const stages = jobs.stagesOfExecution(execution.id);
      for (const { metrics } of execution.nodes)
        for (const { accumulatorId } of metrics)
          for (const stageId of accumulators.unknownShares(accumulatorId, stages)) again.add(stageId);
    }
    return again;
  }

  rows(accumulators: Accumulators, jobs: JobTable): SqlExecution[] {
    return [...this.byId.values()]
      .sort((a, b) => a.id - b.id)
      .map((execution) => {
        const stages = jobs.stagesOfExecution(execution.id);
        return {
          ...execution,
          jobIds: jobs.ofExecution(execution.id).map(({ id }) => id),
          nodes: execution.nodes.map((node) => finishedNode(node, accumulators, execution.id, stages)),
        };
      });
  }
}

function planText(event: JsonObject): string {
  return shorten(redactText(textOf(event.physicalPlanDescription) ?? ''), PLAN_LENGTH);
}

export const sqlEvents: EventHandlers = {
  SparkListenerSQLExecutionStart(state, event) {
    const id = countOf(event.executionId);
    if (id === null) return;
    const nodes = nodesOf(event.sparkPlanInfo);
    const startMs = timeOf(event.time);
    state.saw(startMs);
    state.sql.get(id);
    state.sql.byId.set(id, {
      id,
      rootId: countOf(event.rootExecutionId) ?? id,
      description: redactText(textOf(event.description) ?? ''),
      details: shorten(textOf(event.details) ?? '', DETAILS_LENGTH),
      startMs: startMs ?? state.lastEventMs,
      endMs: null,
      error: null,
      modifiedConf: redactConf(textsByName(event.modifiedConfigs)),
      planDescription: planText(event),
      adaptiveUpdates: 0,
      initialNodeNames: countNames(nodes),
      nodes,
    });
  },

  SparkListenerSQLAdaptiveExecutionUpdate({ sql }, event) {
    const execution = sql.get(countOf(event.executionId));
    if (!execution) return;
    execution.adaptiveUpdates++;
    execution.planDescription = planText(event);
    execution.nodes = nodesOf(event.sparkPlanInfo);
  },

  // Metrics of plans that adaptive execution makes anew; the plan that follows names them at its nodes.
  SparkListenerSQLAdaptiveSQLMetricUpdates() {},

  SparkListenerDriverAccumUpdates({ accumulators, sql }, event) {
    const id = countOf(event.executionId);
    sql.get(id);
    if (id !== null) accumulators.addOfDriver(event.accumUpdates, id);
  },

  SparkListenerSQLExecutionEnd(state, event) {
    const execution = state.sql.get(countOf(event.executionId));
    if (!execution) return;
    const error = textOf(event.errorMessage);
    execution.endMs = timeOf(event.time);
    execution.error = error ? shorten(redactText(error), ERROR_LENGTH) : null;
    state.saw(execution.endMs);
  },
};
