import { wallMs } from '../analyzers/derived/spark-run.js';
import { stoppedText } from '../analyzers/derived/spark-stopped.js';
import { type Part, timelineOf } from '../analyzers/derived/spark-timeline.js';
import type { ReportFinding } from '../model/report.js';
import type { Clinic } from '../spark/clinic.js';
import { clinicFindings } from './clinic-findings.js';
import { formatSeconds, formatShare } from './format.js';
import { shown } from './text.js';

/** The parts in the words of the screen. */
export const PART_TEXTS: Readonly<Record<Part, string>> = {
  'start-up': 'start-up',
  'waiting for executors': 'no executor up',
  'driver between jobs': 'driver, between jobs',
  'driver within jobs': 'driver, within jobs',
  compute: 'tasks: compute',
  'tasks waiting': 'tasks: waiting',
  'garbage collection': 'tasks: garbage collection',
  'shuffle read wait': 'tasks: shuffle read wait',
  'shuffle write': 'tasks: shuffle write',
  'task overhead': 'tasks: start, scheduling',
  'failed tasks': 'tasks: failed',
  'idle: skew': 'idle slots: skew',
  'idle: straggler': 'idle slots: straggler',
  'idle: cold start': 'idle slots: cold start',
  'idle: few tasks': 'idle slots: too few tasks',
  'idle: scheduling': 'idle slots: scheduling',
  'idle: end of stage': 'idle slots: end of stage',
  stop: 'stop',
};

export function isPart(part: string): part is Part {
  return part in PART_TEXTS;
}

/** A finding that costs less than this share of the run does not tell what limited it. */
const LEAST_TOLD_SHARE = 0.02;

/** Why the run did not do its work; undefined where it did. */
function brokenText({ run }: Clinic, head: string, findings: readonly ReportFinding[]): string | undefined {
  const failed = findings.find(({ rule }) => rule === 'spark/job-failed');
  const stopped = stoppedText(run);
  if (failed && stopped && failed.title.includes(stopped))
    return `Stopped after ${head}, before it finished: ${stopped}.`;
  return failed && `Failed after ${head}: ${shown(failed.title)}.`;
}

function longestPartText({ run }: Clinic): string {
  const { parts } = timelineOf(run);
  const [part = '', ms = 0] = Object.entries(parts).sort(([, a], [, b]) => b - a)[0] ?? [];
  const share = ms / wallMs(run);
  const most = share > 0.5 ? 'Most of it' : 'The largest part of it';
  return `${most} (${formatShare(share)}) is ${isPart(part) ? PART_TEXTS[part] : part}.`;
}

/** A log that is not whole may have lost its jobs. */
function noJobText({ run: { application } }: Clinic): string {
  return application.finished && application.log.damage.length === 0 ? 'it ran no job' : 'its log holds no job';
}

/** What limited the run, in one line: why it failed, a stream's lag, its costliest finding, else where most of the time went. */
export function verdictText(clinic: Clinic): string {
  const { run, report } = clinic;
  const wall = wallMs(run) / 1000;
  const findings = clinicFindings(report);
  const head = `${!run.application.finished && run.application.log.inProgress ? 'So far ' : ''}${formatSeconds(wall)}`;
  const broken = brokenText(clinic, head, findings);
  if (broken) return broken;
  // A stream ends when somebody stops it: that it does not keep up says more than what its run took.
  const lag = findings.find(({ rule }) => rule === 'spark/streaming-lag');
  if (lag) return `${head} of a stream that falls behind. ${shown(lag.title)}.`;
  const byLoss = [...findings].sort((a, b) => (b.impact.secondsPerRun ?? 0) - (a.impact.secondsPerRun ?? 0));
  const costliest = byLoss.find(({ severity }) => severity !== 'info') ?? byLoss[0];
  const seconds = costliest?.impact.secondsPerRun ?? 0;
  if (costliest && seconds >= LEAST_TOLD_SHARE * wall && seconds > 0)
    return `${head}, of it up to ${formatSeconds(Math.min(seconds, wall))} (${formatShare(Math.min(1, seconds / wall))}) by this: ${shown(costliest.title)}.`;
  if (wall === 0) return 'The log holds no time to explain.';
  if (run.jobs.length === 0) return `${head}; ${noJobText(clinic)}.`;
  return `${head}; nothing that costs it time stands out. ${longestPartText(clinic)}`;
}
