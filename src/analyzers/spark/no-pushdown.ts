import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { formatNumber } from '../../reports/format.js';
import { share } from '../derived/numbers.js';
import { nodeText, worstPerStage } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { formatOf, type Scan, scansOf } from '../derived/spark-scan.js';
import { stageTime } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

/** Sources that take filters. */
const CAN_FILTER = /parquet|orc|iceberg|avro|jdbc/i;

/** Time of the scan's stage that went into rows that were thrown away. */
function lostMs(run: SparkLog, scan: Scan): number {
  if (!scan.stage || scan.rows === null || scan.rowsKept === null) return 0;
  return stageTime(run, scan.stage).wallMs * Math.max(0, 1 - share(scan.rowsKept, scan.rows));
}

function filterText({ conditions, udfs }: Scan): string {
  return [conditions.join(' AND '), ...udfs].join('; ').slice(0, 300);
}

function whyNot(conditions: readonly string[]): string {
  if (conditions.some((condition) => /pythonUDF|UDF\(/i.test(condition))) return 'a UDF cannot be pushed to a source';
  if (conditions.some((condition) => /cast\(/i.test(condition)))
    return 'a cast of the column cannot be pushed: compare with a value of its own type';
  return 'the condition is no plain comparison of a column with a value';
}

function countOf(rows: number | null, unknown: string): string {
  return rows === null ? unknown : formatNumber(rows);
}

function findingOf(run: SparkLog, scan: Scan): RunFinding {
  const { stage, conditions } = scan;
  return {
    state: 'finding',
    ...(stage && { stageId: stage.stageId }),
    title: `${stage ? `${stageName(stage)}: ` : ''}a filter is not pushed to ${formatOf(scan)}: ${countOf(scan.rowsKept, 'some')} of ${countOf(scan.rows, 'all')} rows are kept`,
    evidence: [
      measure('rows read', scan.rows, 'rows', stage?.tasks.count ?? 1),
      measure('rows kept', scan.rowsKept, 'rows', stage?.tasks.count ?? 1),
      measure('filter', filterText(scan), '', 1),
      measure('filters pushed', 'none', '', 1),
      measure('path or table', scan.location, '', 1),
      measure('SQL node', nodeText(scan), '', 1),
    ],
    impact: { secondsPerRun: lostMs(run, scan) / 1000 },
    confidence: sure(
      0.8,
      'the plan tells what was pushed; seconds are the share of rows thrown away, which sorted or clustered data would skip',
    ),
    recommendation: {
      summary: 'Write the filter so that the source can take it',
      risk: 'A source skips only what its statistics separate: data that is not ordered by the column is read all the same.',
      patches: [code(`${whyNot(conditions)}; rewrite: ${filterText(scan)}`)],
    },
  };
}

export const noPushdown = defineSparkRule({
  id: 'spark/no-pushdown',
  title: 'A filter runs after the read instead of in it',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    mostKept: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('rows that the filter keeps, of those read: where it keeps more, pushing gains little'),
  }),
  *evaluate(run, { mostKept }) {
    const scans = scansOf(run).filter((scan) => CAN_FILTER.test(formatOf(scan)) && scan.conditions.length > 0);
    if (!scans.length) return yield notApplicable('no filtered read of a source that takes filters');
    const unpushed = scans.filter(({ pushed, partitionFilters, rows, rowsKept }) => {
      const isSelective = rows === null || rowsKept === null || share(rowsKept, rows) <= mostKept;
      return pushed.length === 0 && partitionFilters.length === 0 && isSelective && rows !== 0;
    });
    for (const scan of worstPerStage(unpushed, (found) => lostMs(run, found))) yield findingOf(run, scan);
    if (!unpushed.length) yield ok('filters are pushed to the sources, or keep most rows');
  },
});
