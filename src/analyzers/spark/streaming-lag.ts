import { z } from 'zod';
import type { StreamingBatch } from '../../model/spark.js';
import { median, share } from '../derived/numbers.js';
import { isStreaming } from '../derived/spark-run.js';
import {
  code,
  defineSparkRule,
  insufficient,
  type Measure,
  measure,
  notApplicable,
  ok,
  type RunFinding,
  sure,
} from '../spark-rule.js';

/** The first batch starts the query and reads what had gathered: it is no sign of lag. */
const WARM_UP = 1;
/** Structured Streaming's own name of the Kafka source's backlog. */
const BACKLOG = 'maxOffsetsBehindLatest';

interface Stream {
  runId: string;
  batches: StreamingBatch[];
}

function streamsOf(batches: readonly StreamingBatch[]): Stream[] {
  const streams = new Map<string, StreamingBatch[]>();
  for (const batch of batches) {
    const own = streams.get(batch.runId) ?? [];
    if (!streams.has(batch.runId)) streams.set(batch.runId, own);
    own.push(batch);
  }
  return Array.from(streams, ([runId, own]) => ({ runId, batches: own.filter(({ inputRows }) => inputRows !== 0) }));
}

/** Rows came faster than they were worked off, in that batch. */
function isSlower({ inputRowsPerSecond, processedRowsPerSecond }: StreamingBatch): boolean {
  return inputRowsPerSecond !== null && processedRowsPerSecond !== null && inputRowsPerSecond > processedRowsPerSecond;
}

function backlogOf({ sources }: StreamingBatch): number | undefined {
  const values = sources.flatMap(({ metrics }) => (metrics[BACKLOG] === undefined ? [] : [Number(metrics[BACKLOG])]));
  return values.length && values.every(Number.isFinite) ? Math.max(...values) : undefined;
}

/** Growth of the backlog from the first third of the batches to the last, as a factor; undefined if it is not told. */
function backlogGrowth(batches: readonly StreamingBatch[]): { from: number; to: number } | undefined {
  const values = batches.flatMap((batch) => backlogOf(batch) ?? []);
  const third = Math.floor(values.length / 3);
  if (third < 1) return undefined;
  return { from: median(values.slice(0, third)) ?? 0, to: median(values.slice(-third)) ?? 0 };
}

function findingOf(batches: readonly StreamingBatch[], evidence: Measure[], slow: number): RunFinding {
  const phases = new Map<string, number>();
  for (const { phasesMs } of batches)
    for (const [phase, ms] of Object.entries(phasesMs))
      if (phase !== 'triggerExecution') phases.set(phase, (phases.get(phase) ?? 0) + ms);
  const [longest] = [...phases].sort((a, b) => b[1] - a[1]);
  const rows = median(batches.flatMap(({ inputRows }) => inputRows ?? [])) ?? 0;
  return {
    state: 'finding',
    title: `Micro-batches do not keep up: ${slow} of ${batches.length} took longer than their rows took to come`,
    evidence: [
      ...evidence,
      measure(
        'longest phase',
        longest ? `${longest[0]} (${Math.round(longest[1] / 1000)} s)` : 'not logged',
        '',
        batches.length,
      ),
    ],
    confidence: sure(0.8, 'rates are those of the query’s progress reports; the first batch is left out'),
    recommendation: {
      summary: 'Work batches off faster, or let each take fewer rows',
      risk: 'Smaller batches have more overhead per row; a limit per trigger moves the backlog to the source.',
      patches: [
        code(
          `Limit the rows of a batch (maxOffsetsPerTrigger or maxFilesPerTrigger, now about ${Math.round(rows)} rows), add executors, or shorten ${longest?.[0] ?? 'the batch'}`,
        ),
      ],
    },
  };
}

export const streamingLag = defineSparkRule({
  id: 'spark/streaming-lag',
  title: 'A stream falls behind its source',
  severity: 'warning',
  ledger: null,
  parameters: z.object({
    leastShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('batches in which rows came faster than they were worked off'),
    backlogFactor: z
      .number()
      .min(1)
      .default(2)
      .describe('or growth of the backlog, last third of the batches over the first'),
    fewestBatches: z.int().min(2).default(5).describe('batches with rows, the first left out'),
  }),
  *evaluate(run, { leastShare, backlogFactor, fewestBatches }) {
    if (!isStreaming(run)) return yield notApplicable('the run is no stream');
    const streams = streamsOf(run.streamingBatches).map((stream) => stream.batches.slice(WARM_UP));
    const known = streams.filter((batches) => batches.length >= fewestBatches);
    if (!known.length)
      return yield insufficient(
        `fewer than ${fewestBatches} batches with rows after the first: ${Math.max(0, ...streams.map(({ length }) => length))}`,
      );
    let found = 0;
    for (const batches of known) {
      const slow = batches.filter(isSlower).length;
      const growth = backlogGrowth(batches);
      const isGrowing = growth !== undefined && growth.to > 0 && growth.to >= backlogFactor * Math.max(1, growth.from);
      const evidence = [
        measure('batches slower than their input', share(slow, batches.length) * 100, '%', batches.length),
        measure(
          'duration, median batch',
          (median(batches.flatMap(({ durationMs }) => durationMs ?? [])) ?? 0) / 1000,
          's',
          batches.length,
        ),
        measure(
          'backlog, first third to last third',
          growth ? `${growth.from} to ${growth.to} offsets` : 'not told by the source',
          '',
          batches.length,
        ),
      ];
      if (share(slow, batches.length) < leastShare && !isGrowing) continue;
      found++;
      yield findingOf(batches, evidence, slow);
    }
    if (!found)
      yield ok('batches keep up with their input', [
        measure('batches', run.streamingBatches.length, '', run.streamingBatches.length),
      ]);
  },
});
