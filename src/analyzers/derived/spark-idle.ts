import type { SparkJob, SparkLog } from '../../model/spark.js';
import { perRun } from './spark-run.js';
import { runningOf, slotsOf } from './spark-slots.js';
import { areaBetween, lengthWhere } from './steps.js';

/** Time in which executors are up and no task runs. */
export interface IdleStretch {
  sinceMs: number;
  untilMs: number;
  /** Without the time in which no executor was up. */
  ms: number;
  where: string;
}

/** Ends of the stretches without a running task. */
const gapsOf = perRun((run): { sinceMs: number; untilMs: number }[] => {
  const { atMs, value } = runningOf(run);
  const gaps: { sinceMs: number; untilMs: number }[] = [];
  let sinceMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < atMs.length; i++) {
    const isIdle = (value[i] ?? 0) === 0;
    if (!isIdle && sinceMs !== Number.POSITIVE_INFINITY) gaps.push({ sinceMs, untilMs: atMs[i] ?? 0 });
    sinceMs = isIdle ? (atMs[i] ?? 0) : Number.POSITIVE_INFINITY;
  }
  gaps.push({ sinceMs, untilMs: Number.POSITIVE_INFINITY });
  return gaps;
});

function jobName(job: SparkJob): string {
  return job.description ? `job ${job.id} (${job.description.slice(0, 60)})` : `job ${job.id}`;
}

/** Between which jobs, or in which one, a moment lies. */
function whereIs(run: SparkLog, atMs: number): string {
  const inside = run.jobs.find((job) => job.submittedMs <= atMs && (job.completedMs ?? atMs + 1) > atMs);
  if (inside) return `within ${jobName(inside)}`;
  const before = run.jobs.filter((job) => (job.completedMs ?? Number.POSITIVE_INFINITY) <= atMs).at(-1);
  const after = run.jobs.find((job) => job.submittedMs > atMs);
  if (before && after) return `between ${jobName(before)} and ${jobName(after)}`;
  return before ? `after ${jobName(before)}` : after ? `before ${jobName(after)}` : 'outside of any job';
}

/** Stretches within `[sinceMs, untilMs)` with executors up and no task, the longest first. */
export function idleStretches(run: SparkLog, sinceMs: number, untilMs: number): IdleStretch[] {
  const slots = slotsOf(run);
  const stretches: IdleStretch[] = [];
  for (const gap of gapsOf(run)) {
    const since = Math.max(sinceMs, gap.sinceMs);
    const until = Math.min(untilMs, gap.untilMs);
    if (until <= since || areaBetween(slots, since, until) <= 0) continue;
    const ms = lengthWhere(slots, slots, since, until, (there) => there > 0);
    stretches.push({ sinceMs: since, untilMs: until, ms, where: whereIs(run, (since + until) / 2) });
  }
  return stretches.sort((a, b) => b.ms - a.ms);
}
