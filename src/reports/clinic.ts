import picocolors from 'picocolors';
import { stageName, wallMs } from '../analyzers/derived/spark-run.js';
import { livesOf, mostSlots, worksInDriver } from '../analyzers/derived/spark-slots.js';
import { IDLE_CAUSES, type Part, timelineOf } from '../analyzers/derived/spark-timeline.js';
import type { ReportFinding } from '../model/report.js';
import type { SparkLog } from '../model/spark.js';
import { formatTime } from '../model/window.js';
import type { ProfileGpus } from '../pricing/run-gpus.js';
import type { Clinic } from '../spark/clinic.js';
import { clinicFindings } from './clinic-findings.js';
import { isPart, PART_TEXTS, verdictText } from './clinic-verdict.js';
import { whatIfLines } from './clinic-what-if.js';
import { formatCount, formatNumber, formatRunUsd, formatSeconds, formatShare, formatValue } from './format.js';
import { confidenceText, gainTexts } from './summary.js';
import { bar, plain, plainLines, shown, widthOf, wrap } from './text.js';

type Colors = ReturnType<typeof picocolors.createColors>;

interface Page {
  columns: number;
  colors: Colors;
}

export interface ClinicOptions {
  columns?: number;
  color?: boolean;
  /** Findings told in full. */
  top?: number;
}

const DEFAULT_COLUMNS = 100;
const NARROWEST = 40;
const WIDEST = 120;
const DEFAULT_TOP = 5;
const EVIDENCE_SHOWN = 3;
const PATCH_LINES = 8;
const LABEL_COLUMNS = 11;
/** Stages told of the critical path. */
const PATH_STAGES = 6;
/** Parts below this share of the wall time are told together. */
const SMALL_PART = 0.005;

export function runText(run: SparkLog): string {
  const { name, appId, sparkVersion, startMs, finished } = run.application;
  const version = sparkVersion ? `, Spark ${shown(sparkVersion)}` : '';
  const end = finished ? '' : ', not finished';
  // A log cut before its first time tells none.
  const start = startMs > 0 ? `, started ${formatTime(startMs)}` : '';
  return `${shown(name) || 'A run without a name in the log'} (${shown(appId)}${version})${start}${end}`;
}

/** What makes the figures lower bounds; undefined for a whole log. */
export function damageText({ application: { log } }: SparkLog): string | undefined {
  if (log.damage.length === 0) return undefined;
  return `The log is not whole: ${log.damage.map((text) => shown(text)).join('; ')}. Figures are lower bounds.`;
}

export function shapeText(run: SparkLog): string {
  const lives = livesOf(run);
  const tasks = run.stages.reduce((sum, stage) => sum + stage.tasks.count, 0);
  const slots = mostSlots(run);
  return [
    ...(worksInDriver(run)
      ? [`local master of ${formatCount(slots, 'thread')}`]
      : [formatCount(lives.length, 'executor'), `${formatCount(slots, 'task slot')} at most`]),
    formatCount(run.jobs.length, 'job'),
    formatCount(run.stages.length, 'stage'),
    formatCount(tasks, 'task'),
  ].join(', ');
}

/** What the run cost and what for, with its costliest stage; undefined where pods or prices are not known. */
export function costText({ money }: Clinic): string | undefined {
  const cost = money?.cost;
  if (!cost || cost.usd <= 0) return undefined;
  const { usd, stages, idleUsd, driverUsd } = cost;
  const stagesUsd = stages.reduce((sum, stage) => sum + stage.usd, 0);
  const [top] = [...stages].sort((a, b) => b.usd - a.usd);
  const costliest = top ? `; costliest is ${stageName(top.stage)}: ${formatRunUsd(top.usd)}` : '';
  return `Cost ${formatRunUsd(usd)}: tasks of stages ${formatShare(stagesUsd / usd)}, executors without a task ${formatShare(idleUsd / usd)}, driver ${formatShare(driverUsd / usd)}${costliest}${money.note ? `. ${money.note}` : ''}`;
}

function profileText({ profile, executors, gpus }: ProfileGpus): string {
  const task = profile.task.gpu;
  const share = task === undefined ? '' : `, a task takes ${formatNumber(task)}`;
  const name = profile.id === 0 ? '' : ` (resource profile ${profile.id})`;
  return `${formatCount(executors, 'executor')} with ${formatCount(gpus, 'GPU')} each${share}${name}`;
}

/** GPUs by resource profile, with their hours, dollars and use; undefined for a run without. */
export function gpuText({ gpus }: Clinic): string | undefined {
  if (!gpus) return undefined;
  const usd = gpus.usd === null ? 'cost not known' : formatRunUsd(gpus.usd);
  const use =
    gpus.meanPercent === null
      ? 'use not measured (DCGM exporter)'
      : `used ${formatShare(gpus.meanPercent / 100)} on average (DCGM, ${formatCount(gpus.samples, 'sample')})`;
  return `GPUs: ${gpus.profiles.map(profileText).join('; ')}. ${formatNumber(gpus.gpuHours)} GPU-hours, ${usd}, ${use}`;
}

/** The stages that the run could not have ended without, one after the other. */
export function pathText({ report }: Clinic): string | undefined {
  const critical = (report.sparkRuns[0]?.stages ?? []).filter((stage) => stage.critical);
  if (!critical.length) return undefined;
  const long = new Set([...critical].sort((a, b) => b.seconds - a.seconds).slice(0, PATH_STAGES));
  const told = critical
    .filter((stage) => long.has(stage))
    .map(
      ({ stageId, attempt, seconds }) =>
        `stage ${stageId}${attempt > 0 ? `.${attempt}` : ''} ${formatSeconds(seconds)}`,
    );
  const others = critical.length - told.length;
  return `Critical path: ${told.join(' → ')}${others > 0 ? `, and ${formatCount(others, 'shorter stage')}` : ''}`;
}

const PART_COLUMNS = 26;
const SECONDS_COLUMNS = 12;
/** `<0.1 %`, and a space before it. */
const SHARE_COLUMNS = 7;

function timeSection(page: Page, clinic: Clinic): string[] {
  const wall = wallMs(clinic.run) / 1000;
  const parts = clinic.report.sparkRuns[0]?.parts ?? [];
  if (!parts.length || wall === 0) return [];
  const told = parts.filter(({ seconds }) => seconds >= SMALL_PART * wall);
  const small = parts.filter(({ seconds }) => seconds < SMALL_PART * wall);
  const rest = small.reduce((sum, { seconds }) => sum + seconds, 0);
  const width = page.columns - 2 - PART_COLUMNS - SECONDS_COLUMNS - SHARE_COLUMNS - 1;
  const line = (label: string, seconds: number) => {
    const share = seconds / wall;
    const texts = `${formatSeconds(seconds).padStart(SECONDS_COLUMNS)}${formatShare(share).padStart(SHARE_COLUMNS)} `;
    return `  ${label.padEnd(PART_COLUMNS)}${texts}${page.colors.cyan(bar(share, width))}`.trimEnd();
  };
  return [
    page.colors.bold('Where the time went'),
    ...told.map(({ part, seconds }) => line(isPart(part) ? PART_TEXTS[part] : shown(part), seconds)),
    ...(rest > 0 ? [line('other', rest)] : []),
    ...wrap(pathText(clinic) ?? '', page.columns - 2).map((text) => `  ${text}`),
    '',
  ];
}

function labelled(page: Page, label: string, text: string): string[] {
  return wrap(text, page.columns - 4 - LABEL_COLUMNS).map(
    (line, i) => `    ${page.colors.dim((i === 0 ? label : '').padEnd(LABEL_COLUMNS))}${line}`,
  );
}

/** Advice in words is no patch; what it repeats of the evidence is not told again. */
function patchLines(page: Page, finding: ReportFinding): string[] {
  const columns = page.columns - 4 - LABEL_COLUMNS;
  const said = new Set(finding.evidence.map(({ value }) => value));
  const patches = (finding.recommendation?.patches ?? []).filter(({ content }) => !said.has(content));
  const lines = patches.flatMap(({ format, content }) => {
    const isAdvice = format === 'code' || format === 'text';
    const texts = isAdvice ? wrap(shown(content, 600), columns) : plainLines(content).split('\n');
    return texts.map((text, i) => ({ label: i > 0 ? '' : isAdvice ? 'advice' : 'patch', text }));
  });
  const more = lines.length - PATCH_LINES;
  const told = lines.slice(0, PATCH_LINES);
  if (more > 0) told.push({ label: '', text: `(${formatCount(more, 'more line')} with --json)` });
  return told.map(
    ({ label, text }) => `    ${page.colors.dim(label.padEnd(LABEL_COLUMNS))}${page.colors.green(cut(text, columns))}`,
  );
}

function cut(text: string, columns: number): string {
  return widthOf(text) <= columns
    ? text
    : `${Array.from(text)
        .slice(0, columns - 1)
        .join('')}…`;
}

function findingLines(page: Page, finding: ReportFinding, number: number): string[] {
  const { colors } = page;
  const paint = { critical: colors.red, warning: colors.yellow, info: colors.cyan }[finding.severity];
  const word = finding.severity.toUpperCase();
  const title = wrap(`${word} ${shown(finding.title)}`, page.columns - 4).map((line, i) =>
    i === 0
      ? `${String(number).padStart(2)}. ${paint(word)}${colors.bold(line.slice(word.length))}`
      : `    ${colors.bold(line)}`,
  );
  const evidence = finding.evidence
    .slice(0, EVIDENCE_SHOWN)
    .map(({ metric, value, unit }) => `${shown(metric)} ${shown(formatValue(value, unit))}`)
    .join('; ');
  const gains = gainTexts(finding).join(', ');
  const { recommendation, confidence } = finding;
  return [
    ...title,
    ...labelled(page, 'evidence', evidence),
    ...(gains ? labelled(page, 'at most', `${gains} (confidence ${confidenceText(finding)})`) : []),
    ...(gains ? [] : labelled(page, 'confidence', `${confidenceText(finding)} – ${shown(confidence.why)}`)),
    ...(recommendation ? labelled(page, 'change', shown(recommendation.summary)) : []),
    ...patchLines(page, finding),
    ...labelled(page, 'rule', plain(finding.rule)),
    '',
  ];
}

function findingsSection(page: Page, { report }: Clinic, top: number): string[] {
  const findings = clinicFindings(report);
  if (!findings.length) return [page.colors.bold('No findings.'), ''];
  const told = findings.slice(0, top);
  const more = findings.slice(top);
  const others = more.map(
    ({ rule, subject }) => `${rule}${subject.stageId === undefined ? '' : ` (stage ${subject.stageId})`}`,
  );
  return [
    page.colors.bold(formatCount(findings.length, 'finding')),
    '',
    ...told.flatMap((finding, i) => findingLines(page, finding, i + 1)),
    ...(more.length ? [...wrap(`And ${more.length} more: ${others.join(', ')}`, page.columns), ''] : []),
  ];
}

const WAITING_NOTE =
  'Waiting: run time of tasks in which they did not compute: reading and writing, Python, services, or a core that others had.';
const IDLE_NOTE =
  'Idle slots: wall time that would not have been needed if the tasks that ran had filled all slots. All parts add up to the wall time.';

function timeNotes(page: Page, run: SparkLog): string[] {
  const { parts } = timelineOf(run);
  const told = (part: Part) => parts[part] >= SMALL_PART * wallMs(run) && parts[part] > 0;
  const notes = [
    ...(told('tasks waiting') ? [WAITING_NOTE] : []),
    ...(IDLE_CAUSES.some((cause) => parts[`idle: ${cause}`] > 0) ? [IDLE_NOTE] : []),
  ];
  const lines = notes.flatMap((note) => wrap(note, page.columns - 2).map((line) => `  ${page.colors.dim(line)}`));
  return lines.length > 0 ? [...lines, ''] : [];
}

function nextLines(page: Page, { run, report }: Clinic): string[] {
  const [first] = clinicFindings(report);
  const text = first
    ? `sparkfit explain ${plain(first.rule)} – says what the first finding means and when it is wrong`
    : run.application.finished && run.jobs.length === 0
      ? 'sparkfit app with a run that has jobs: there is no work here to judge'
      : run.application.finished
        ? 'sparkfit app with a longer or slower run of this job: a healthy run has nothing to show'
        : 'sparkfit app again when the run has ended';
  return wrap(`Next: ${text}`, page.columns);
}

/** One run on one screen: the verdict, where the time went, what to change. Lines never wider than `columns`. */
export function renderClinic(clinic: Clinic, options: ClinicOptions = {}): string {
  const columns = Math.max(NARROWEST, Math.min(options.columns ?? DEFAULT_COLUMNS, WIDEST));
  const page: Page = { columns, colors: picocolors.createColors(options.color ?? false) };
  const { run } = clinic;
  const damage = damageText(run);
  const money = costText(clinic);
  const lines = [
    ...wrap(verdictText(clinic), columns).map(page.colors.bold),
    ...wrap(runText(run), columns).map(page.colors.dim),
    ...wrap(shapeText(run), columns).map(page.colors.dim),
    ...(money ? wrap(money, columns) : []),
    ...wrap(gpuText(clinic) ?? '', columns),
    ...wrap(damage ?? '', columns).map(page.colors.yellow),
    '',
    ...timeSection(page, clinic),
    ...timeNotes(page, run),
    ...findingsSection(page, clinic, options.top ?? DEFAULT_TOP),
    ...(clinic.whatIf ? whatIfLines(page, clinic.whatIf, clinic.money?.rates) : []),
    ...nextLines(page, clinic),
  ];
  return `${lines.join('\n')}\n`;
}
