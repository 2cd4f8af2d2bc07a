import { z } from 'zod';
import { GIB, MIB } from '../../model/quantity.js';
import type { SparkLog, SparkStage, SqlExecution, SqlNode } from '../../model/spark.js';
import { formatBytes } from '../../reports/format.js';
import { confBytes, sparkBytes } from '../derived/spark-conf.js';
import { inSession, settingsFor } from '../derived/spark-partitions.js';
import {
  below,
  childrenOf,
  mainStage,
  metricValue,
  nodeText,
  type PlanNode,
  planNodes,
  stagesOf,
  worstPerStage,
} from '../derived/spark-plan.js';
import { stageName } from '../derived/spark-run.js';
import { wallShareMs } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

const JOIN = /^(?:SortMergeJoin|ShuffledHashJoin)/;
/** Spark's default threshold, taken where broadcasting is switched off by −1. */
const DEFAULT_BYTES = 10 * MIB;

type Side = 'left' | 'right';

/** Sides that Spark can broadcast for a join type (JoinSelection). */
const BROADCASTABLE: readonly (readonly [RegExp, readonly Side[]])[] = [
  [/\b(?:LeftOuter|LeftSemi|LeftAnti|ExistenceJoin)\b/, ['right']],
  [/\bRightOuter\b/, ['left']],
  [/\bFullOuter\b/, []],
];

interface SmallSide {
  at: PlanNode;
  stage: SparkStage | undefined;
  side: Side;
  bytes: number;
  otherBytes: number | null;
  exchanges: SqlNode[];
}

/** The exchanges that feed one side, without what lies below them. */
function exchangesOf(execution: SqlExecution, side: SqlNode): SqlNode[] {
  return [...below(execution, side, (node) => /Exchange/.test(node.name))].filter(({ name }) => /Exchange/.test(name));
}

/** Bytes of a side as they were shuffled; null where a join or a reused exchange lies between. */
function sideBytes(execution: SqlExecution, side: SqlNode): number | null {
  const between = [...below(execution, side, (node) => /Exchange/.test(node.name))];
  if (between.some(({ name }) => /Join|CartesianProduct/.test(name))) return null;
  const sizes = exchangesOf(execution, side).map((exchange) => metricValue(exchange, 'data size'));
  if (!sizes.length || sizes.some((size) => size === null)) return null;
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

interface Limits {
  thresholdBytes: number;
  smallBytes: number;
  largeBytes: number;
}

function smallSideOf(run: SparkLog, at: PlanNode, limits: Limits): SmallSide | undefined {
  const { execution, node } = at;
  const [left, right] = childrenOf(execution, node);
  if (!left || !right) return undefined;
  const sizes = { left: sideBytes(execution, left), right: sideBytes(execution, right) };
  const allowed =
    BROADCASTABLE.find(([pattern]) => pattern.test(node.description))?.[1] ?? (['left', 'right'] as const);
  for (const side of [...allowed].sort(
    (a, b) => (sizes[a] ?? Number.POSITIVE_INFINITY) - (sizes[b] ?? Number.POSITIVE_INFINITY),
  )) {
    const bytes = sizes[side];
    const otherBytes = sizes[side === 'left' ? 'right' : 'left'];
    if (bytes === null) continue;
    const isFar = bytes < limits.smallBytes && (otherBytes ?? 0) > limits.largeBytes;
    if (bytes < limits.thresholdBytes || isFar)
      return {
        at,
        stage: mainStage(run, at),
        side,
        bytes,
        otherBytes,
        exchanges: [left, right].flatMap((child) => exchangesOf(execution, child)),
      };
  }
  return undefined;
}

/** Writing and fetching what was shuffled for the join, and sorting it. */
function lostMs(run: SparkLog, { at, exchanges }: SmallSide): number {
  const { execution, node } = at;
  const written = exchanges.reduce((sum, exchange) => {
    const ms = (metricValue(exchange, 'shuffle write time') ?? 0) / 1e6;
    const [writer] = stagesOf(run, { execution, node: childrenOf(execution, exchange)[0] ?? exchange });
    return sum + (writer ? wallShareMs(run, writer, ms) : 0);
  }, 0);
  const stage = mainStage(run, at);
  if (!stage) return written;
  const sorts = [...below(execution, node, ({ name }) => /Exchange/.test(name))].filter(({ name }) => name === 'Sort');
  const sortMs = sorts.reduce((sum, sort) => sum + (metricValue(sort, 'sort time') ?? 0), 0);
  return written + wallShareMs(run, stage, sortMs + stage.sums.shuffleFetchWaitMs);
}

function findingOf(run: SparkLog, small: SmallSide): RunFinding {
  const { at, stage, bytes, otherBytes } = small;
  const { execution } = at;
  const threshold = confBytes(inSession(run, execution), 'spark.sql.autoBroadcastJoinThreshold') ?? DEFAULT_BYTES;
  const room = Math.max(DEFAULT_BYTES, Math.ceil((bytes * 1.5) / MIB) * MIB);
  return {
    state: 'finding',
    ...(stage && { stageId: stage.stageId }),
    title: `${stage ? `${stageName(stage)}: ` : ''}a side of ${formatBytes(bytes)} is shuffled and sorted for a join instead of broadcast`,
    evidence: [
      measure('small side', bytes, 'bytes', 1),
      measure('other side', otherBytes, 'bytes', 1),
      threshold < 0
        ? measure('spark.sql.autoBroadcastJoinThreshold', `off (${threshold})`, '', 1)
        : measure('spark.sql.autoBroadcastJoinThreshold', threshold, 'bytes', 1),
      measure('SQL node', nodeText(at), '', 1),
    ],
    impact: { secondsPerRun: lostMs(run, small) / 1000 },
    confidence: sure(
      0.8,
      'sizes are those that were shuffled; seconds are shuffle writing, fetching and sorting for the join',
    ),
    recommendation: {
      summary: `Broadcast the ${small.side} side of the join`,
      risk: 'The broadcast side must fit into the memory of the driver and of each executor, also when it grows.',
      patches: [
        ...settingsFor(execution, { 'spark.sql.autoBroadcastJoinThreshold': sparkBytes(room) }),
        code(`Or only here: a broadcast hint on the ${small.side} side of ${nodeText(at)}`),
      ],
    },
  };
}

export const missingBroadcast = defineSparkRule({
  id: 'spark/missing-broadcast',
  title: 'A small table is shuffled for a join',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    smallMib: z
      .number()
      .positive()
      .default(100)
      .describe('a side below this against one above the next: broadcast whatever the threshold'),
    largeGib: z.number().positive().default(10).describe('the other side'),
  }),
  *evaluate(run, { smallMib, largeGib }) {
    const joins = planNodes(run).filter(({ node }) => JOIN.test(node.name));
    if (!joins.length) return yield notApplicable('no sort-merge or shuffled hash join');
    const small = joins.flatMap((at) => {
      const own = confBytes(inSession(run, at.execution), 'spark.sql.autoBroadcastJoinThreshold') ?? DEFAULT_BYTES;
      const thresholdBytes = own < 0 ? DEFAULT_BYTES : own;
      return smallSideOf(run, at, { thresholdBytes, smallBytes: smallMib * MIB, largeBytes: largeGib * GIB }) ?? [];
    });
    for (const found of worstPerStage(small, (side) => lostMs(run, side))) yield findingOf(run, found);
    if (!small.length) yield ok('no join has a side small enough to broadcast');
  },
});
