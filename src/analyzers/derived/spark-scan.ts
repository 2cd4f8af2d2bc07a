import type { SparkLog, SparkStage } from '../../model/spark.js';
import { above, mainStage, metricValue, type PlanNode, planNodes } from './spark-plan.js';
import { perRun } from './spark-run.js';

/** A read of a table or of files. */
export interface Scan extends PlanNode {
  stage: SparkStage | undefined;
  /** Where it reads: a path or a table. */
  location: string;
  files: number | null;
  bytes: number | null;
  rows: number | null;
  /** Partitions opened; null where the table has none. */
  partitions: number | null;
  /** Filters that the source was given, without `IsNotNull`. */
  pushed: string[];
  /** Filters on partition columns. */
  partitionFilters: string[];
  /** Conditions of the filters directly above it, without `isnotnull`. */
  conditions: string[];
  /** Python functions that those filters call. */
  udfs: string[];
  /** Rows that those filters let through. */
  rowsKept: number | null;
}

const SCAN = /^(?:BatchScan|Scan|FileScan)\b/;
const PASSED =
  /^(?:Project|BatchEvalPython|ArrowEvalPython|ColumnarToRow|RowToColumnar|InputAdapter|WholeStageCodegen|ColumnarFilter)/;

/** Splits at a separator outside of brackets and quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(start, i));
      start = i + separator.length;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim()).filter(Boolean);
}

/** `((a > 1) AND isnotnull(b))` → its conditions, each without the brackets around it. */
export function conjuncts(condition: string): string[] {
  let text = condition.trim();
  while (text.startsWith('(') && closing(text) === text.length - 1) text = text.slice(1, -1).trim();
  const parts = splitOutside(text, ' AND ');
  return parts.length > 1 ? parts.flatMap(conjuncts) : [text];
}

function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function listed(text: string | undefined): string[] {
  const inner = text?.trim().replace(/^\[/, '').replace(/\]$/, '') ?? '';
  return splitOutside(inner, ',').filter((filter) => !/^isnotnull\(/i.test(filter));
}

/** `InMemoryFileIndex(1 paths)[file:/data/events]` → `file:/data/events`. */
function locationOf({ node }: PlanNode): string {
  const location = node.metadata.Location;
  if (location) return /\[(.*?)[\],]/.exec(location)?.[1] ?? location;
  return node.description.replace(/\[.*$/s, '').trim().slice(0, 200);
}

/** Iceberg and other sources of version 2 name their filters in the description: `[filters=a > 1, groupedBy=]`. */
function pushedOf({ node }: PlanNode): string[] {
  if (node.metadata.PushedFilters !== undefined) return listed(node.metadata.PushedFilters);
  return listed(/\bfilters=(.*?)(?:, groupedBy=|\])/.exec(node.description)?.[1]);
}

function scanOf(run: SparkLog, at: PlanNode): Scan {
  const { execution, node } = at;
  const conditions: string[] = [];
  const udfs: string[] = [];
  let rowsKept: number | null = null;
  for (const parent of above(execution, node)) {
    if (parent.name.startsWith('Filter')) {
      conditions.push(...conjuncts(parent.description.replace(/^Filter\s*/, '')));
      rowsKept = metricValue(parent, 'number of output rows');
    } else if (!PASSED.test(parent.name)) break;
    if (/EvalPython/.test(parent.name)) udfs.push(parent.description);
  }
  return {
    ...at,
    stage: mainStage(run, at),
    location: locationOf(at),
    files: metricValue(node, 'number of files read') ?? metricValue(node, 'number of result data files'),
    bytes: metricValue(node, 'size of files read') ?? metricValue(node, 'total data file size (bytes)'),
    rows: metricValue(node, 'number of output rows'),
    partitions: metricValue(node, 'number of partitions read'),
    pushed: pushedOf(at),
    partitionFilters: listed(node.metadata.PartitionFilters),
    conditions: conditions.filter(
      (condition) => !/^isnotnull\(/i.test(condition) && !/dynamicpruning/i.test(condition),
    ),
    udfs,
    rowsKept,
  };
}

/** Reads of files and tables; ranges, rows in memory and caches are none. */
export const scansOf = perRun((run): Scan[] =>
  planNodes(run)
    .filter(({ node }) => SCAN.test(node.name) && !/ExistingRDD|OneRowRelation/.test(node.name))
    .map((at) => scanOf(run, at)),
);

/** What the source is: `Parquet`, `ORC`, `iceberg`, `JDBC`; empty if the plan does not say. */
export function formatOf({ node }: Scan): string {
  if (node.metadata.Format) return node.metadata.Format;
  const match = /^(?:BatchScan|Scan)\s+(\S+)/.exec(node.name);
  const text = `${match?.[1] ?? ''} ${node.description}`;
  return /iceberg/i.exec(text)?.[0] ?? /jdbc/i.exec(text)?.[0] ?? match?.[1] ?? '';
}
