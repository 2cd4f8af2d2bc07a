import picocolors from 'picocolors';
import { subjectText } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { benchmarksText } from './benchmarks.js';
import { CHANGE_WORD, changeMoney, changesHeadline, changeTitle } from './changes.js';
import {
  formatBytes,
  formatCores,
  formatCount,
  formatSeconds,
  formatShare,
  formatUsd,
  formatUsdPerMonth,
} from './format.js';
import { nodePlanText, removableRow } from './node-plan.js';
import { DEFAULT_TOP, type RenderOptions } from './options.js';
import { findingsInTurn } from './order.js';
import { basisText, gapText, headline, insufficientText, priceSourceText, statesText } from './summary.js';
import { findingLines } from './terminal/finding.js';
import { labelled, type Page, table } from './terminal/page.js';
import { plain, shown, wrap } from './text.js';

type Source = Report['sources'][number];

const DEFAULT_COLUMNS = 100;
/** Wider lines are hard to read. */
const WIDEST = 120;
const NARROWEST = 40;
const RUNS_SHOWN = 5;
const GAPS_SHOWN = 3;

const SOURCE_MARK: Record<Source['state'], string> = { ok: '✓', partial: '!', failed: '✗', absent: '–' };

function stateColor(colors: Page['colors'], state: Source['state']): (text: string) => string {
  return { ok: colors.green, partial: colors.yellow, failed: colors.red, absent: colors.dim }[state];
}

function sourceDetail({ detail, gaps }: Source): string {
  const told = gaps.slice(0, GAPS_SHOWN).map((gap) => gapText(gap, detail));
  const more = gaps.length - told.length;
  const texts = [shown(detail), ...told, more > 0 ? formatCount(more, 'more gap') : ''];
  return texts.filter(Boolean).join('; ') || 'nothing collected';
}

function collected(page: Page, report: Report): string[] {
  if (!report.sources.length) return [];
  const rows = report.sources.map((source) => {
    const paint = stateColor(page.colors, source.state);
    return [source.id, paint(`${SOURCE_MARK[source.state]} ${source.state}`), sourceDetail(source)];
  });
  return [page.colors.bold('Collected'), ...table(page, [14, 10], [], rows), ''];
}

/** What is new leads the report: it is what a reader of every morning looks for. */
function changesSection(page: Page, report: Report, top: number): string[] {
  const head = changesHeadline(report);
  const rows = report.changes?.rows ?? [];
  if (!head) return [];
  const told = rows.slice(0, top).map((row) => {
    const money = changeMoney(row);
    const where = `${subjectText({ kind: shown(row.subject.kind), name: shown(row.subject.name), ...(row.subject.namespace ? { namespace: shown(row.subject.namespace) } : {}) })}`;
    return [CHANGE_WORD[row.kind], `${changeTitle(row)}; ${where}${money ? `; ${money}` : ''}`];
  });
  if (rows.length > top) told.push(['', `${formatCount(rows.length - top, 'more change')} in the full report`]);
  return [...wrap(head, page.columns).map(page.colors.bold), ...(told.length ? table(page, [12], [], told) : []), ''];
}

function findingsSection(page: Page, report: Report, top: number): string[] {
  const findings = findingsInTurn(report);
  if (!findings.length) return [page.colors.bold('No findings.'), ''];
  const told = findings.slice(0, top);
  const title =
    told.length < findings.length
      ? `The ${told.length} findings that matter most by money, risk and time, of ${findings.length}`
      : formatCount(findings.length, 'finding');
  const heading = wrap(title, page.columns).map(page.colors.bold);
  return [...heading, '', ...told.flatMap((finding, i) => findingLines(page, report, finding, i + 1))];
}

function runsSection(page: Page, report: Report): string[] {
  if (!report.sparkRuns.length) return [];
  const runs = [...report.sparkRuns].sort((a, b) => b.wallSeconds - a.wallSeconds).slice(0, RUNS_SHOWN);
  const more = report.sparkRuns.length - runs.length;
  const rows = runs.map((run) => {
    const parts = [...run.parts].sort((a, b) => b.seconds - a.seconds).filter(({ seconds }) => seconds > 0);
    const shares = parts.map(({ part, seconds }) => `${shown(part)} ${formatShare(seconds / run.wallSeconds)}`);
    return [formatSeconds(run.wallSeconds), formatUsd(run.usd ?? null), `${shown(run.name)}: ${shares.join(', ')}`];
  });
  const title = `Where the time of ${more > 0 ? `the ${runs.length} longest Spark runs (of ${report.sparkRuns.length})` : 'Spark runs'} went`;
  return [page.colors.bold(title), ...table(page, [12, 13], ['wall time', 'cost'], rows), ''];
}

function nodesSection(page: Page, report: Report, top: number): string[] {
  const text = nodePlanText(report);
  if (!text) return [];
  const removable = report.nodePlan?.removable ?? [];
  const rows = removable.slice(0, top).map((node) => {
    const [name, what, price, group] = removableRow(node);
    return [price, `${name} (${group}): ${what}`];
  });
  const more = removable.length - rows.length;
  if (more > 0) rows.push(['', `${formatCount(more, 'more node')} in the full report`]);
  return [
    page.colors.bold('Nodes'),
    ...wrap(text, page.columns - 2).map((line) => `  ${line}`),
    ...(rows.length ? table(page, [16], [], rows) : []),
    '',
  ];
}

function totals(page: Page, report: Report): string[] {
  const { costUsdPerMonth, savingsUsdPerMonth, freedCpuCores, freedMemoryBytes } = report.totals;
  const idle = report.spend.idleUsdPerMonth;
  const insufficient = insufficientText(report);
  const benchmarks = benchmarksText(report);
  const lines: [string, string][] = [
    [
      'cost',
      `${formatUsdPerMonth(costUsdPerMonth)}${idle === null ? '' : `, of it ${formatUsdPerMonth(idle)} for node capacity that nobody asked for`}`,
    ],
    [
      'savings',
      savingsUsdPerMonth === null ? 'not priced' : `${formatUsdPerMonth(savingsUsdPerMonth)}, each dollar booked once`,
    ],
    ['freed', `${formatCores(freedCpuCores)}, ${formatBytes(freedMemoryBytes)} of memory`],
    ['prices', priceSourceText(report)],
    ['checks', statesText(report)],
    ...(benchmarks ? ([['benchmarks', benchmarks]] satisfies [string, string][]) : []),
    ...(insufficient ? ([['no answer', `Insufficient data: ${insufficient}`]] satisfies [string, string][]) : []),
  ];
  return [page.colors.bold('Totals'), ...lines.flatMap(([label, text]) => labelled(page, label, text)), ''];
}

function nextStep(report: Report): string {
  const lacking = report.sources.filter(({ state }) => state === 'failed' || state === 'absent').map(({ id }) => id);
  if (lacking.length)
    return `sparkfit doctor – says what is missing for ${lacking.join(', ')} and which answers are lost by it`;
  const [first] = findingsInTurn(report);
  if (first) return `sparkfit explain ${plain(first.rule)} – says what the first finding means and when it is wrong`;
  return 'sparkfit collect – run it again later: what changes is found then';
}

function ending(page: Page, report: Report, htmlPath: string | undefined): string[] {
  const rows: [string, string][] = [
    // A path is shown whole: it is the caller's own.
    ...(htmlPath ? ([['Report', htmlPath]] satisfies [string, string][]) : []),
    ['Next', nextStep(report)],
  ];
  return rows.flatMap(([label, text]) => {
    const head = `${label}:`.padEnd(8);
    if (label === 'Report') return [`${page.colors.bold(head)}${plain(text)}`];
    return wrap(text, page.columns - 8).map((line, i) => `${i === 0 ? page.colors.bold(head) : ' '.repeat(8)}${line}`);
  });
}

/** The report for a terminal: lines never wider than `columns` (file paths apart), colours only when told. */
export function renderTerminal(report: Report, options: RenderOptions = {}): string {
  const columns = Math.max(NARROWEST, Math.min(options.columns ?? DEFAULT_COLUMNS, WIDEST));
  const page: Page = { columns, colors: picocolors.createColors(options.color ?? false) };
  const lines = [
    ...wrap(headline(report), columns).map(page.colors.bold),
    ...wrap(basisText(report), columns).map(page.colors.dim),
    '',
    ...changesSection(page, report, options.top ?? DEFAULT_TOP),
    ...collected(page, report),
    ...findingsSection(page, report, options.top ?? DEFAULT_TOP),
    ...runsSection(page, report),
    ...nodesSection(page, report, options.top ?? DEFAULT_TOP),
    ...totals(page, report),
    ...ending(page, report, options.htmlPath),
  ];
  return `${lines.join('\n')}\n`;
}
