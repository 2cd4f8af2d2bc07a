import picocolors from 'picocolors';
import { formatCount } from '../../reports/format.js';
import { shown, widthOf, wrap } from '../../reports/text.js';
import { medianOf, standardDeviation } from '../../statistics/ranks.js';
import type { Gate } from '../gate.js';
import { METRIC_NAMES, METRICS } from '../metrics.js';
import { factsOfMiddle, slowestStageText } from '../reasons.js';
import {
  type BenchSession,
  FAILURES_TO_STOP,
  failedRuns,
  isComplete,
  isGivenUp,
  runName,
  soundRuns,
} from '../session.js';
import type { MetricRow, ReasonRow, SessionComparison } from '../session-comparison.js';
import { axisPercent, intervalLine, runsInOrder, sparkline } from './lines.js';
import {
  adviceText,
  differenceText,
  headlineOf,
  intervalText,
  shiftText,
  testText,
  valueText,
  verdictWord,
} from './text.js';

type Colors = ReturnType<typeof picocolors.createColors>;

export interface TerminalOptions {
  readonly columns: number;
  readonly color: boolean;
}

const NARROWEST = 60;
const WIDEST = 120;
const INDENT = '    ';
const METRIC_COLUMNS = 13;
const WARNINGS_TOLD = 4;

interface Page {
  columns: number;
  colors: Colors;
}

function pageOf({ columns, color }: TerminalOptions): Page {
  return { columns: Math.max(NARROWEST, Math.min(WIDEST, columns)), colors: picocolors.createColors(color) };
}

function paragraph({ columns }: Page, text: string, indent: string): string[] {
  return wrap(text, columns - indent.length).map((line) => `${indent}${line}`);
}

function painted(colors: Colors, verdict: string, text?: string): string {
  const word = text ?? verdictWord(verdict);
  if (verdict === 'improved') return colors.green(word);
  if (verdict === 'regressed' || verdict === 'invalid') return colors.red(word);
  return verdict === 'incomplete' || verdict === 'inconclusive' ? colors.yellow(word) : word;
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

function metricLines(page: Page, row: MetricRow, axis: number): string[] {
  const { colors } = page;
  const head = `  ${colors.bold(padded(row.name, METRIC_COLUMNS))} ${valueText(row, row.medianA)} → ${valueText(row, row.medianB)}  ${shiftText(row)}  ${painted(colors, row.verdict)}`;
  const width = Math.min(41, page.columns - 40);
  const line = `${INDENT}${colors.dim(`-${axis.toFixed(0)} %`)} ${intervalLine(row, axis, width)} ${colors.dim(`+${axis.toFixed(0)} %`)}`;
  const [runsA, runsB] = runsInOrder(row.samples);
  const advice = adviceText(row);
  return [
    head,
    ...paragraph(page, `interval ${intervalText(row)}; ${testText(row)}`, INDENT),
    line,
    `${INDENT}${colors.dim('runs in order:')} a ${runsA.slice(0, width)}  b ${runsB.slice(0, width)}`,
    ...(advice ? paragraph(page, advice, INDENT) : []),
    ...row.warnings.slice(0, WARNINGS_TOLD).flatMap((text) => paragraph(page, `! ${text}`, INDENT)),
  ];
}

function reasonLines(page: Page, { texts, slowestStages }: ReasonRow): string[] {
  const [a, b] = slowestStages;
  return [
    ...texts.flatMap((text) => paragraph(page, `event log: ${shown(text)}`, INDENT)),
    ...(a ? paragraph(page, `slowest stage a: ${shown(a)}`, INDENT) : []),
    ...(b ? paragraph(page, `slowest stage b: ${shown(b)}`, INDENT) : []),
  ];
}

/** Rows of the same workload and variants, in the order in which they come. */
export function grouped(comparison: SessionComparison): MetricRow[][] {
  const groups = new Map<string, MetricRow[]>();
  for (const row of comparison.metrics) {
    const key = JSON.stringify([row.workload, row.variants]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function groupLines(page: Page, comparison: SessionComparison, rows: readonly MetricRow[], axis: number): string[] {
  const [first] = rows;
  if (!first) return [];
  const same = (row: { workload: string; variants: [string, string] }) =>
    row.workload === first.workload && String(row.variants) === String(first.variants);
  const reasons = comparison.reasons.filter(same);
  const also = comparison.also.filter(same).filter(({ medianA, medianB }) => medianA !== 0 || medianB !== 0);
  const alsoText = also
    .map((row) => `${row.name} ${valueText(row, row.medianA)} → ${valueText(row, row.medianB)}`)
    .join(', ');
  return [
    '',
    page.colors.bold(`${shown(first.workload)}: a = ${shown(first.variants[0])}, b = ${shown(first.variants[1])}`),
    ...rows.flatMap((row) => metricLines(page, row, axis)),
    ...reasons.flatMap((reason) => reasonLines(page, reason)),
    ...(alsoText ? paragraph(page, `not judged: ${alsoText}`, INDENT) : []),
  ];
}

function failureLines(page: Page, comparison: SessionComparison): string[] {
  return comparison.failures.flatMap(({ side, workload, variant, run, state, message }) =>
    paragraph(
      page,
      `${side} ${shown(workload)}/${shown(variant)} run ${run}: ${state}${message ? `: ${shown(message)}` : ''}`,
      '  ',
    ),
  );
}

function section(page: Page, title: string, lines: readonly string[]): string[] {
  return lines.length ? ['', page.colors.bold(title), ...lines] : [];
}

/** A comparison for people. */
export function renderComparison(comparison: SessionComparison, options: TerminalOptions): string {
  const page = pageOf(options);
  const axis = axisPercent(comparison.metrics);
  const lines = [
    `${page.colors.bold('Verdict:')} ${painted(page.colors, comparison.verdict, headlineOf(comparison))}`,
    ...paragraph(page, `Suite ${shown(comparison.suite)}. Lower is better. Shift: Hodges–Lehmann of b against a.`, ''),
    ...grouped(comparison).flatMap((rows) => groupLines(page, comparison, rows, axis)),
    ...section(
      page,
      'Not complete',
      comparison.notes.flatMap((note) => paragraph(page, shown(note), '  ')),
    ),
    ...section(page, 'Runs that failed', failureLines(page, comparison)),
    ...section(
      page,
      'Environments differ',
      comparison.environmentDifferences.flatMap((difference) => paragraph(page, differenceText(difference), '  ')),
    ),
  ];
  return lines.join('\n');
}

export function renderGate(gate: Gate, options: TerminalOptions): string {
  const page = pageOf(options);
  const checks = gate.results.flatMap(({ row, limit, state, text }) =>
    paragraph(
      page,
      `${state === 'fail' ? 'FAIL' : state === 'pass' ? 'ok' : '?'} ${shown(row.workload)}/${shown(row.variants[1])} ${limit?.text ?? row.name}: ${shown(text)}`,
      '  ',
    ),
  );
  return [page.colors.bold(`Gate: ${gate.headline}`), ...checks, '', renderComparison(gate.comparison, options)].join(
    '\n',
  );
}

function variantLines(page: Page, session: BenchSession, workload: string, variant: string): string[] {
  const runs = soundRuns(session, workload, variant);
  const failed = failedRuns(session, workload, variant);
  const unsound = session.runs.filter(
    (run) => run.workload === workload && run.variant === variant && run.state !== 'ok',
  );
  const measured = runs.length + failed.length;
  const metrics = METRIC_NAMES.flatMap((name) => {
    const values = runs.flatMap(({ metrics: own }) => own[name] ?? []);
    if (!values.length || (name !== 'time' && values.every((value) => value === 0))) return [];
    const centre = medianOf(values);
    const noise =
      centre === 0 || values.length < 2
        ? ''
        : ` ±${((standardDeviation(values) / Math.abs(centre)) * 100).toFixed(1)} %`;
    return [
      `${INDENT}${padded(name, METRIC_COLUMNS)} ${valueText(METRICS[name], centre)}${noise}  ${sparkline(values)}`,
    ];
  });
  const stage = slowestStageText(factsOfMiddle(runs));
  const costs = runs.flatMap(({ metrics: own }) => own.cost ?? []);
  const price = costs.length ? `${valueText({ unit: 'USD' }, medianOf(costs))} a run` : 'price unknown';
  return [
    `  ${page.colors.bold(shown(variant))}: ${formatCount(runs.length, 'sound run')}${failed.length ? `, ${failed.length} failed` : ''}`,
    ...metrics,
    ...(stage
      ? paragraph(page, `slowest stage: ${shown(stage)}; cost: ${price}`, INDENT)
      : paragraph(page, `cost: ${price}`, INDENT)),
    ...(factsOfMiddle(runs)?.findings ?? [])
      .slice(0, 3)
      .flatMap(({ rule, title }) => paragraph(page, `${rule}: ${shown(title)}`, INDENT)),
    ...unsound.flatMap((run) => paragraph(page, `${runName(run)}: ${run.state}: ${shown(run.message ?? '')}`, INDENT)),
    ...(measured < session.runsPlanned && isGivenUp(session, workload, variant)
      ? paragraph(
          page,
          `stopped after ${FAILURES_TO_STOP} failures in a row: ${measured} of ${formatCount(session.runsPlanned, 'planned run')} made`,
          INDENT,
        )
      : []),
  ];
}

/** What a session measured, by itself: medians with their noise, the slowest stage, the cost. */
export function renderSession(session: BenchSession, options: TerminalOptions): string {
  const page = pageOf(options);
  const lines = session.workloads.flatMap(({ name, variants }) => {
    const skipped = session.skipped.find(({ workload }) => workload === name);
    if (skipped) return ['', page.colors.bold(shown(name)), ...paragraph(page, `SKIPPED: ${shown(skipped.why)}`, '  ')];
    if (!session.runs.some(({ workload }) => workload === name)) return [];
    return [
      '',
      page.colors.bold(shown(name)),
      ...variants.flatMap((variant) => variantLines(page, session, name, variant)),
    ];
  });
  const state = session.complete ? '' : ' Stopped before its end: go on with --resume.';
  const head = `${isComplete(session) ? '' : 'Not complete. '}Suite ${shown(session.suite)}, ${session.createdAt}, order ${session.order}, seed ${session.seed}.${state} Medians ± standard deviation.`;
  return [...paragraph(page, head, ''), ...lines].join('\n');
}
