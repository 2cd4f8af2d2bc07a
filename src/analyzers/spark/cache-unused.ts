import { z } from 'zod';
import type { CachedRdd, SparkLog } from '../../model/spark.js';
import { sum } from '../derived/numbers.js';
import { isOfLibrary, missedShare, readersOf } from '../derived/spark-caches.js';
import { conf } from '../derived/spark-conf.js';
import { stageTime } from '../derived/spark-timeline.js';
import { code, defineSparkRule, measure, notApplicable, ok, type RunFinding, sure } from '../spark-rule.js';

interface Evicted {
  share: number;
  lostMs: number;
}

/** How much of the cache was not there when it was read. */
function evictedOf(run: SparkLog, cached: CachedRdd): Evicted {
  const readers = readersOf(run, cached).map((stage) => ({ stage, missed: missedShare(stage, cached) }));
  const known = cached.cachedPartitions === null ? 0 : 1 - cached.cachedPartitions / Math.max(1, cached.partitions);
  const worst = Math.max(0, ...readers.map(({ missed }) => missed));
  const lostMs = sum(readers.map(({ stage, missed }) => stageTime(run, stage).wallMs * missed));
  return { share: Math.max(worst, cached.unpersisted ? 0 : known), lostMs };
}

function nameOf({ name, scope }: CachedRdd): string {
  return `${scope ?? ''} ${name}`.trim().replaceAll(/\s+/g, ' ').slice(0, 160);
}

function evidenceOf(run: SparkLog, cached: CachedRdd, missed: number) {
  return [
    measure('cached', nameOf(cached), '', 1),
    measure('partitions', cached.partitions, '', cached.partitions),
    measure('stages that could read it', readersOf(run, cached).length, '', cached.stageIds.length),
    measure('partitions not found in it, worst stage', missed * 100, '%', cached.partitions),
    measure('in memory', cached.memoryBytes, 'bytes', cached.partitions),
    measure('on disk', cached.diskBytes, 'bytes', cached.partitions),
  ];
}

function unusedFinding(run: SparkLog, cached: CachedRdd, reads: number): RunFinding {
  return {
    state: 'finding',
    ...(cached.stageIds[0] !== undefined && { stageId: cached.stageIds[0] }),
    title: `A cache is filled and ${reads === 0 ? 'never read' : 'read once'}`,
    evidence: evidenceOf(run, cached, 0),
    confidence: sure(0.6, 'stages are counted by their lineage; a read by another application is not seen'),
    recommendation: {
      summary: reads === 0 ? 'Leave the cache out' : 'Leave the cache out, unless filling it saves a costly repetition',
      patches: [code(`Remove persist() or cache() of ${nameOf(cached)}`)],
    },
  };
}

function evictedFinding(run: SparkLog, cached: CachedRdd, { share, lostMs }: Evicted): RunFinding {
  return {
    state: 'finding',
    ...(cached.stageIds[1] !== undefined && { stageId: cached.stageIds[1] }),
    title: `${Math.round(share * 100)} % of a cache was not there when it was read`,
    evidence: [
      ...evidenceOf(run, cached, share),
      measure('spark.executor.memory', conf(run, 'spark.executor.memory') ?? null, '', 1),
    ],
    impact: { secondsPerRun: lostMs / 1000 },
    confidence: sure(0.65, 'tasks that read a cached block count its bytes as input, and these read none'),
    recommendation: {
      summary: 'Let the cache use disk, or make it fit: fewer columns, a serialised level, more memory',
      risk: 'Disk is slower than memory, but faster than computing again.',
      patches: [code(`persist(StorageLevel.MEMORY_AND_DISK) instead of memory alone: ${nameOf(cached)}`)],
    },
  };
}

export const cacheUnused = defineSparkRule({
  id: 'spark/cache-unused',
  title: 'A cache that does not pay',
  severity: 'info',
  ledger: null,
  parameters: z.object({
    mostReads: z.int().min(0).default(1).describe('cached and read at most so often'),
    leastEvicted: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('share of partitions that were not in the cache when read'),
  }),
  *evaluate(run, { mostReads, leastEvicted }) {
    const caches = run.cachedRdds.filter(({ stageIds }) => stageIds.length > 0);
    if (!caches.length) return yield notApplicable('nothing is cached');
    const own = caches.filter((cached) => !isOfLibrary(run, cached));
    if (!own.length) return yield notApplicable('only a library of Spark caches, for itself');
    const told = new Set<string>();
    for (const cached of own) {
      const evicted = evictedOf(run, cached);
      const reads = new Set(readersOf(run, cached).map(({ stageId }) => stageId)).size;
      const isEvicted = evicted.share >= leastEvicted && reads > 0;
      if (!isEvicted && reads > mostReads) continue;
      const finding = isEvicted ? evictedFinding(run, cached, evicted) : unusedFinding(run, cached, reads);
      // Libraries cache several RDDs for the same stages: they are one thing to the reader.
      const key = `${finding.stageId ?? ''}`;
      if (told.has(key)) continue;
      told.add(key);
      yield finding;
    }
    if (!told.size) yield ok('caches are read again and stay', [measure('caches', own.length, '', own.length)]);
  },
});
