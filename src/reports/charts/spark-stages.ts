import type { Report, SparkRunRow, SparkStageRow } from '../../model/report.js';
import { formatCount, formatIsoTime, formatRunUsd, formatSeconds, formatShare } from '../format.js';
import { type Html, html } from '../html/template.js';
import { byText } from '../order.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend } from './chart.js';
import { percent } from './scale.js';

/** Runs drawn with their stages; all are in the JSON report. */
const RUNS = 6;
const HEIGHT = 12;
/** A stage too short to see is drawn this wide. */
const LEAST_WIDTH = 0.004;

/** The longest runs first. */
export function drawnRuns(report: Report): SparkRunRow[] {
  return [...report.sparkRuns].sort((a, b) => b.wallSeconds - a.wallSeconds || byText(a.appId, b.appId)).slice(0, RUNS);
}

export function startedText({ startedAt }: SparkRunRow): string {
  return startedAt === null ? 'start unknown' : `started ${formatIsoTime(startedAt)}`;
}

function stageText({ stageId, attempt }: SparkStageRow): string {
  return attempt > 0 ? `Stage ${stageId} attempt ${attempt}` : `Stage ${stageId}`;
}

function picture(stages: readonly SparkStageRow[], wallSeconds: number): Html {
  const rows = stages.map((stage) => {
    const { startSeconds, seconds, tasks, critical } = stage;
    const x = Math.min(1, Math.max(0, startSeconds / wallSeconds));
    const width = Math.min(1 - x, Math.max(LEAST_WIDTH, seconds / wallSeconds));
    const figures = `${formatSeconds(seconds)}, ${formatCount(tasks, 'task')}${critical ? ', critical' : ''}`;
    const bars = html`<rect class="track" width="100%" height="${HEIGHT}" rx="2"/><rect class="${critical ? 'critical-path' : 'used'}" x="${percent(x)}" width="${percent(width)}" height="${HEIGHT}"/>`;
    const label = `${stageText(stage)}: ${figures}, ${formatSeconds(startSeconds)} after the start`;
    return barRow(`${stageText(stage)} · ${shown(stage.name, 60)}`, figures, label, bars, HEIGHT);
  });
  return html`${legend([
    { label: 'on the critical path', className: 'critical-path' },
    { label: 'beside it', className: 'used' },
  ])}<ul class="bars">${rows}</ul>`;
}

/** The stages of one run on its clock. Null if the log told none. */
export function stagesChart(run: SparkRunRow, index: number): Chart | null {
  const { stages, wallSeconds } = run;
  if (!stages?.length || wallSeconds <= 0) return null;
  const critical = stages.filter((stage) => stage.critical);
  const [longest] = [...(critical.length ? critical : stages)].sort((a, b) => b.seconds - a.seconds);
  if (!longest) return null;
  const usdOf = new Map(run.cost?.stages.map(({ stageId, attempt, usd }) => [`${stageId}/${attempt}`, usd]));
  const rows = stages.map((stage) => [
    stageText(stage),
    shown(stage.name, 120),
    formatSeconds(stage.startSeconds),
    formatSeconds(stage.seconds),
    String(stage.tasks),
    stage.critical ? 'yes' : 'no',
    formatRunUsd(usdOf.get(`${stage.stageId}/${stage.attempt}`) ?? null),
  ]);
  return {
    id: `stages-${index}`,
    question: `What held up ${shown(run.family, 80)}?`,
    answer: `${stageText(longest)} took longest on the critical path: ${formatSeconds(longest.seconds)}, ${formatShare(Math.min(1, longest.seconds / wallSeconds))} of ${formatSeconds(wallSeconds)}.`,
    note: `Stages of ${shown(run.appId)}, ${startedText(run)}; from start to end of the run, first task to end of stage. The run could not end before those on the critical path. From its event log.`,
    picture: picture(stages, wallSeconds),
    table: { head: ['Stage', 'Name', 'Starts after', 'Takes', 'Tasks', 'Critical', 'Cost'], rows },
  };
}
