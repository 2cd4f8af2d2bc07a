import { z } from 'zod';
import type { SparkLog } from '../../model/spark.js';
import { counted } from '../derived/posture.js';
import { conf, confFlag, confNumber, isLocal } from '../derived/spark-conf.js';
import { wallMs, windowOf, workersOf } from '../derived/spark-run.js';
import { type Start, type StartPhase, startOf } from '../derived/spark-start.js';
import { timelineOf } from '../derived/spark-timeline.js';
import {
  code,
  defineSparkRule,
  insufficient,
  measure,
  notApplicable,
  ok,
  type RunPatch,
  sparkConf,
  sure,
} from '../spark-rule.js';

/** Executors asked for at the start; undefined where the settings do not say. */
function requested(run: SparkLog): number | undefined {
  const instances = confNumber(run, 'spark.executor.instances');
  if (confFlag(run, 'spark.dynamicAllocation.enabled'))
    return Math.max(
      confNumber(run, 'spark.dynamicAllocation.initialExecutors') ?? 0,
      confNumber(run, 'spark.dynamicAllocation.minExecutors') ?? 0,
      instances ?? 0,
      1,
    );
  if (instances !== undefined && instances > 0) return instances;
  const [most, each] = [confNumber(run, 'spark.cores.max'), confNumber(run, 'spark.executor.cores')];
  return most && each ? Math.floor(most / each) : undefined;
}

const MEND: Readonly<Record<StartPhase, string>> = {
  'driver pod waits for a node':
    'Hold a node for drivers (a small on-demand group, placeholder pods of low priority) or raise the quota of the namespace',
  'driver pod pulls its image and starts':
    'Make the image smaller, keep it on the nodes (pre-pull, a registry cache in the region), and shorten init containers',
  'driver starts the application':
    'Bring jars and packages in the image instead of spark.jars.packages, which the driver fetches at each start',
  'driver asks for the executor':
    'Create the session first and let the driver do its own work later; raise spark.kubernetes.allocation.batch.size',
  'executor pod waits for a node':
    'Hold spare capacity for the start (placeholder pods of low priority, a warm node group), or let the job begin with fewer executors',
  'executor pod pulls its image and starts':
    'Make the image smaller, keep it on the nodes (pre-pull, a registry cache in the region), and shorten init containers',
  'executor registers': 'Give executors more CPU while they start (a CPU limit slows the JVM down), and fewer jars',
};

function longestOf({ phases }: Start): { phase: StartPhase; ms: number } | undefined {
  return [...phases].sort((a, b) => b.ms - a.ms)[0];
}

/** Executor pods that the driver asks for at once: Spark's default, and no more than an API server likes. */
const DEFAULT_BATCH = 5;
const LARGEST_BATCH = 100;

function patchesFor(run: SparkLog, wanted: number, start: Start | undefined): RunPatch[] {
  const longest = start && longestOf(start);
  const advice = code(
    longest
      ? MEND[longest.phase]
      : 'Keep the image small and on the nodes, hold spare capacity for the start, or let the job begin with fewer executors',
  );
  const batch = confNumber(run, 'spark.kubernetes.allocation.batch.size') ?? DEFAULT_BATCH;
  // One batch already asks for all of them.
  if (!conf(run, 'spark.master')?.startsWith('k8s') || wanted <= batch) return [advice];
  return [
    sparkConf({
      'spark.kubernetes.allocation.batch.size': Math.min(LARGEST_BATCH, wanted),
      'spark.kubernetes.allocation.batch.delay': '1s',
    }),
    advice,
  ];
}

export const slowStart = defineSparkRule({
  id: 'spark/slow-start',
  title: 'Executors come late',
  severity: 'info',
  ledger: null,
  parameters: z.object({
    leastShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('until the executors asked for are there, of the wall time; or'),
    leastMinutes: z.number().min(0).default(2).describe('this long'),
  }),
  *evaluate(run, { leastShare, leastMinutes }, around) {
    if (isLocal(run)) return yield notApplicable('local mode has no executors to wait for');
    const { sinceMs } = windowOf(run);
    const workers = workersOf(run)
      .filter(({ addedMs }) => addedMs !== null)
      .sort((a, b) => (a.addedMs ?? 0) - (b.addedMs ?? 0));
    const added = workers.map(({ addedMs }) => addedMs ?? 0);
    const [first] = added;
    if (first === undefined) return yield insufficient('the log does not say when executors came');
    const asked = requested(run);
    const wanted = asked ?? added.filter((time) => time <= timelineOf(run).startedMs).length;
    const came = Math.min(Math.max(1, wanted), added.length);
    const last = workers[came - 1];
    const start = last && startOf(around.pods?.() ?? [], last, sinceMs);
    const beforeMs = start?.beforeMs ?? 0;
    const waitMs = (added[came - 1] ?? first) - sinceMs + beforeMs;
    const longest = start && longestOf(start);
    const wholeMs = wallMs(run) + beforeMs;
    const evidence = [
      measure('start to first executor', (first - sinceMs) / 1000, 's', 1),
      measure(`start to ${came} of ${counted(asked ?? added.length, 'executor')}`, waitMs / 1000, 's', came),
      measure('of the wall time', (waitMs / Math.max(1, wholeMs)) * 100, '%', 1),
      ...(start?.phases ?? []).map(({ phase, ms }) => measure(phase, ms / 1000, 's', 1)),
      ...(start?.events ?? []).map(({ reason, message, pod }) =>
        measure(`event ${reason} of pod ${pod}`, message.slice(0, 300), '', 1),
      ),
    ];
    if (waitMs < leastShare * wholeMs && waitMs < leastMinutes * 60_000)
      return yield ok('executors come soon', evidence);
    yield {
      state: 'finding',
      severity: waitMs >= leastMinutes * 60_000 ? 'warning' : 'info',
      title: `${counted(came, 'executor')} took ${Math.round(waitMs / 1000)} s to come, ${Math.round((waitMs / Math.max(1, wholeMs)) * 100)} % of the run${longest ? `: ${longest.phase} for ${Math.round(longest.ms / 1000)} s` : ''}`,
      evidence,
      impact: { secondsPerRun: Math.min(waitMs, timelineOf(run).parts['start-up'] + beforeMs) / 1000 },
      confidence: sure(
        start ? 0.85 : 0.6,
        start
          ? 'from the times of the pods and of the event log'
          : 'the log tells when executors registered; why it took so long (quota, queue, nodes, image) is told by pods and events',
      ),
      recommendation: {
        summary: 'Shorten the way to the first task',
        risk: 'Spare capacity costs money while it waits.',
        patches: patchesFor(run, wanted, start),
      },
    };
  },
});
