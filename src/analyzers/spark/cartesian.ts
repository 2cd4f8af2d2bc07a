import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import {
  below,
  mainStage,
  metricValue,
  nodeText,
  type PlanNode,
  planNodes,
  worstPerStage,
} from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { stageTime } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, sure } from '../spark-rule.js';

const PRODUCT = /^(?:CartesianProduct|BroadcastNestedLoopJoin)/;

/** A broadcast of one row (a scalar subquery) multiplies nothing. */
function isSingleRow({ execution, node }: PlanNode, mostRows: number): boolean {
  const broadcast = [...below(execution, node)].find(({ name }) => name.startsWith('BroadcastExchange'));
  const rows = broadcast ? metricValue(broadcast, 'number of output rows') : null;
  return rows !== null && rows <= mostRows;
}

function wallMsOf(run: SparkLog, at: PlanNode): number {
  const stage = mainStage(run, at);
  return stage ? stageTime(run, stage).wallMs : 0;
}

export const cartesian = defineSparkRule({
  id: 'spark/cartesian',
  title: 'Every row is paired with every other',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    harmlessRows: z.int().min(0).default(1).describe('a broadcast side of up to this many rows is none'),
  }),
  *evaluate(run, { harmlessRows }) {
    if (!run.sqlExecutions.length) return yield notApplicable('the run has no SQL execution');
    const products = planNodes(run)
      .filter(({ node }) => PRODUCT.test(node.name))
      .filter((at) => !isSingleRow(at, harmlessRows))
      .map((at) => ({ at, stage: mainStage(run, at) }));
    for (const { at, stage } of worstPerStage(products, (product) => wallMsOf(run, product.at))) {
      const kind = at.node.name.startsWith('Cartesian') ? 'Cartesian product' : 'nested-loop join';
      yield {
        state: 'finding',
        ...(stage && { stageId: stage.stageId }),
        title: `${stage ? `${stageName(stage)}: ` : ''}${kind}`,
        evidence: [
          measure('rows that it gives', metricValue(at.node, 'number of output rows'), 'rows', stage?.tasks.count ?? 1),
          measure('time of the stage', wallMsOf(run, at) / 1000, 's', stage?.tasks.count ?? 1),
          measure('SQL node', nodeText(at), '', 1),
        ],
        impact: { secondsPerRun: wallMsOf(run, at) / 1000 },
        confidence: sure(
          0.75,
          'the plan names the operator; seconds are the whole stage, what an equi-join would leave of it is not known',
        ),
        recommendation: {
          summary: 'Join on equal keys, or cut both sides down before pairing them',
          risk: 'The result must stay the same: an inequality can often be turned into an equal bucket plus a filter.',
          patches: [code(`Add an equality to the condition of ${nodeText(at)}`)],
        },
      };
    }
    if (!products.length) yield ok('no Cartesian product and no nested-loop join');
  },
});
