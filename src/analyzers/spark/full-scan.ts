import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { metricValue, nodeText, worstPerStage } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { formatOf, type Scan, scansOf } from '../derived/spark-scan.js';
import { stageTime } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

/** Files that an Iceberg scan could leave out by its metadata; null where it reports none. */
function skippedFiles({ node }: Scan): number | null {
  return metricValue(node, 'number of skipped data files');
}

function isFullIceberg(scan: Scan, fewestFiles: number): boolean {
  const isFiltered = scan.conditions.length > 0 || scan.pushed.length > 0;
  return /iceberg/i.test(formatOf(scan)) && isFiltered && (scan.files ?? 0) >= fewestFiles && skippedFiles(scan) === 0;
}

function isUnpruned(scan: Scan, fewestPartitions: number): boolean {
  const isKnown = scan.node.metadata.PartitionFilters !== undefined;
  return isKnown && (scan.partitions ?? 0) >= fewestPartitions && scan.partitionFilters.length === 0;
}

function stageMs(run: SparkLog, { stage }: Scan): number {
  return stage ? stageTime(run, stage).wallMs : 0;
}

function findingOf(run: SparkLog, scan: Scan): RunFinding {
  const { stage } = scan;
  const isFiltered = scan.conditions.length > 0;
  const opened = scan.partitions !== null ? `${scan.partitions} partitions` : `${scan.files ?? 'all'} data files`;
  return {
    state: 'finding',
    ...(stage && { stageId: stage.stageId }),
    severity: isFiltered ? 'warning' : 'info',
    title: `${stage ? `${stageName(stage)}: ` : ''}all ${opened} of a table are opened`,
    evidence: [
      measure('partitions opened', scan.partitions, '', 1),
      measure('files opened', scan.files, '', 1),
      measure('bytes of the files', scan.bytes, 'bytes', 1),
      measure('filter on other columns', scan.conditions.join(' AND ').slice(0, 300) || 'none', '', 1),
      measure('path or table', scan.location, '', 1),
      measure('SQL node', nodeText(scan), '', 1),
    ],
    impact: isFiltered ? { secondsPerRun: stageMs(run, scan) / 1000 } : {},
    confidence: isFiltered
      ? sure(0.75, 'the plan has no partition filter; seconds are the whole stage, an upper bound')
      : sure(0.4, 'nothing is filtered at all: the whole table may be wanted'),
    recommendation: {
      summary: isFiltered
        ? 'Filter on the partition column too, so that only matching partitions are opened'
        : 'If only a part is needed, filter on the partition column',
      patches: [code(`Add a condition on the partition column to the read of ${scan.location}: ${nodeText(scan)}`)],
    },
  };
}

export const fullScan = defineSparkRule({
  id: 'spark/full-scan',
  title: 'A partitioned table is read as a whole',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    fewestPartitions: z.int().min(2).default(2).describe('partitions opened without a partition filter'),
    fewestFiles: z.int().min(1).default(100).describe('Iceberg: data files read under a filter, none skipped'),
  }),
  *evaluate(run, { fewestPartitions, fewestFiles }) {
    const scans = scansOf(run).filter((scan) => scan.partitions !== null || /iceberg/i.test(formatOf(scan)));
    if (!scans.length) return yield notApplicable('no partitioned table is read');
    const full = scans.filter((scan) => isUnpruned(scan, fewestPartitions) || isFullIceberg(scan, fewestFiles));
    for (const scan of worstPerStage(full, (found) => stageMs(run, found))) yield findingOf(run, scan);
    if (!full.length) yield ok('partitioned tables are read with a filter on their partitions');
  },
});
