import { z } from 'zod';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { versionOf } from '../derived/spark-conf.js';
import { mainStage, metricValue, nodeText, planNodes, worstPerStage } from '../derived/spark-plan.js';
import { stageName, wallMs } from '../derived/spark-run.js';
import { stageTime, wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunPatch, sparkConf, sure } from '../spark-rule.js';

/** Arrow for plain Python UDFs came with 3.5 (SPARK-40307). */
const ARROW_UDF_VERSION = 3_005;

/** Run time in which the JVM did not compute: it waited for Python. */
function waitedMs({ sums }: SparkStage): number {
  return Math.max(0, sums.runMs - sums.cpuNs / 1e6);
}

function patchesFor(run: SparkLog, text: string): RunPatch[] {
  const advice = code(`Use built-in functions, or a pandas UDF where none fits, instead of ${text}`);
  if (versionOf(run) < ARROW_UDF_VERSION) return [advice];
  return [sparkConf({ 'spark.sql.execution.pythonUDF.arrow.enabled': true }), advice];
}

export const pythonUdf = defineSparkRule({
  id: 'spark/python-udf',
  title: 'Rows go through Python one by one',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastWallShare: z.number().min(0).max(1).default(0.05).describe('the stage’s share of the wall time, or'),
    leastSeconds: z.number().min(0).default(1).describe('its length on the critical path'),
  }),
  *evaluate(run, { leastWallShare, leastSeconds }) {
    if (!run.sqlExecutions.length) return yield notApplicable('the run has no SQL execution');
    const nodes = planNodes(run)
      .filter(({ node }) => node.name.startsWith('BatchEvalPython'))
      .map((at) => ({ at, stage: mainStage(run, at) }));
    const least = Math.min(leastWallShare * wallMs(run), leastSeconds * 1000);
    const found = worstPerStage(nodes, ({ at }) => metricValue(at.node, 'data sent to Python workers') ?? 0);
    let told = 0;
    for (const { at, stage } of found) {
      if (!stage || stageTime(run, stage).wallMs < least) continue;
      told++;
      const text = nodeText(at);
      yield {
        state: 'finding',
        stageId: stage.stageId,
        title: `${stageName(stage)}: a Python UDF works row by row`,
        evidence: [
          measure('rows through Python', metricValue(at.node, 'number of output rows'), 'rows', stage.tasks.count),
          measure(
            'data sent to Python',
            metricValue(at.node, 'data sent to Python workers'),
            'bytes',
            stage.tasks.count,
          ),
          measure('run time without JVM work', waitedMs(stage) / 1000, 's', stage.tasks.count),
          measure('SQL node', text, '', 1),
        ],
        impact: { secondsPerRun: wallShareMs(run, stage, waitedMs(stage)) / 1000 },
        confidence: sure(
          0.7,
          'seconds are the time in which the JVM waited, an upper bound: the function itself has to run too',
        ),
        recommendation: {
          summary: 'Replace the UDF by built-in functions, or send batches to Python by Arrow',
          risk: 'Arrow differs in a few type conversions; compare the results.',
          patches: patchesFor(run, text),
        },
      };
    }
    if (!told) yield ok('no row-at-a-time Python UDF on the critical path');
  },
});
