import { z } from 'zod';
import { MIB } from '../../model/quantity.js';
import type { SparkLog, SparkStage } from '../../model/spark.js';
import { formatBytes, formatCount, formatNumber } from '../../reports/format.js';
import { mainStage, metricValue, nodeText, type PlanNode, planNodes, worstPerStage } from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { type Scan, scansOf } from '../derived/spark-scan.js';
import { wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

/** A file of the size of an input partition (spark.sql.files.maxPartitionBytes). */
const TARGET_BYTES = 128 * MIB;

interface Files {
  side: 'read' | 'written';
  stage: SparkStage | undefined;
  at: PlanNode;
  where: string;
  files: number;
  bytes: number;
  lostMs: number | undefined;
}

function readFiles(run: SparkLog, scan: Scan): Files | undefined {
  if (scan.files === null || scan.bytes === null) return undefined;
  const scanMs = metricValue(scan.node, 'scan time');
  const lostMs = scan.stage && scanMs !== null ? wallShareMs(run, scan.stage, scanMs) : undefined;
  return {
    side: 'read',
    stage: scan.stage,
    at: scan,
    where: scan.location,
    files: scan.files,
    bytes: scan.bytes,
    lostMs,
  };
}

/** The path of a write command: `Execute InsertIntoHadoopFsRelationCommand file:/out, false, Parquet, …`. */
function writtenFiles(run: SparkLog, at: PlanNode): Files | undefined {
  const files = metricValue(at.node, 'number of written files');
  const bytes = metricValue(at.node, 'written output');
  if (files === null || bytes === null) return undefined;
  const where = /Command\s+([^\s,]+)/.exec(at.node.description)?.[1] ?? at.node.name;
  return { side: 'written', stage: mainStage(run, at) ?? writer(run), at, where, files, bytes, lostMs: undefined };
}

/** The stage that wrote most, where the command's node names none: its metrics come from the driver. */
function writer(run: SparkLog): SparkStage | undefined {
  return run.stages
    .filter(({ sums }) => sums.outputBytes > 0)
    .sort((a, b) => b.sums.outputBytes - a.sums.outputBytes)[0];
}

function findingOf({ side, stage, at, where, files, bytes, lostMs }: Files): RunFinding {
  const target = Math.max(1, Math.ceil(bytes / TARGET_BYTES));
  return {
    state: 'finding',
    ...(stage && { stageId: stage.stageId }),
    title: `${stage ? `${stageName(stage)}: ` : ''}${formatCount(files, 'file')} ${side} of ${formatBytes(bytes / files)} each`,
    evidence: [
      measure(`files ${side}`, files, '', 1),
      measure('average file', bytes / files, 'bytes', files),
      measure('all of them', bytes, 'bytes', files),
      measure('path', where, '', 1),
      measure('SQL node', nodeText(at), '', 1),
    ],
    ...(lostMs !== undefined && { impact: { secondsPerRun: lostMs / 1000 } }),
    confidence: sure(
      0.8,
      side === 'read'
        ? 'files are counted by Spark; seconds are all of the scan, an upper bound'
        : 'files are counted by Spark; who reads them pays',
    ),
    recommendation: {
      summary: `${side === 'read' ? 'Compact the files of the table' : 'Write fewer files'}: about ${formatNumber(target)} instead of ${formatNumber(files)}`,
      risk: 'Compacting rewrites the table once; readers must see either the old or the new files.',
      patches: [
        code(
          side === 'read'
            ? `Compact ${where} (Iceberg: rewrite_data_files; plain files: read, repartition(${target}), write) and have its writer write larger files`
            : `repartition(${target}) or a REBALANCE hint before the write to ${where}`,
        ),
      ],
    },
  };
}

export const smallFiles = defineSparkRule({
  id: 'spark/small-files',
  title: 'Many tiny files',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    moreThanFiles: z.int().min(1).default(100).describe('files read or written by one operator'),
    belowMib: z.number().positive().default(3).describe('average size'),
  }),
  *evaluate(run, { moreThanFiles, belowMib }) {
    const reads = scansOf(run).flatMap((scan) => readFiles(run, scan) ?? []);
    const writes = planNodes(run).flatMap((at) => writtenFiles(run, at) ?? []);
    const all = [...reads, ...writes];
    if (!all.length) return yield notApplicable('no operator reports files');
    const small = all.filter(({ files, bytes }) => files > moreThanFiles && bytes / files < belowMib * MIB);
    for (const found of worstPerStage(small, ({ files }) => files)) yield findingOf(found);
    if (!small.length) yield ok('files are few or large enough');
  },
});
