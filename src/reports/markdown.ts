import { subjectText } from '../model/finding.js';
import type { Report, ReportFinding } from '../model/report.js';
import { clockHour } from '../model/window.js';
import { capacityText } from '../spot/family-render.js';
import { benchmarksText } from './benchmarks.js';
import { CHANGE_WORD, changeMoney, changesHeadline, changeTitle } from './changes.js';
import { formatCount, formatIsoWindow, formatShare, formatUsdPerMonth, formatValue } from './format.js';
import { nodePlanText, removableRow } from './node-plan.js';
import { DEFAULT_TOP, type RenderOptions } from './options.js';
import { findingsInTurn } from './order.js';
import {
  basisText,
  confidenceText,
  gapText,
  headline,
  impactText,
  insufficientText,
  priceSourceText,
  statesText,
  whereText,
} from './summary.js';
import { plainLines, shown } from './text.js';

/** GitHub takes comments of 65,536 characters; details beyond this and the table are left out, and it is said how many. */
const LONGEST_FINDINGS = 58_000;
const LONGEST_DETAILS = 40_000;
const LONGEST_PATCH = 4_000;
const MOST_PLANS = 20;

/** Invisible; keeps `@name`, `https://` and `www.` in outside text from becoming mentions and links. */
const BREAK = '\u200b';

/** Outside text as Markdown text: it looks as it is and formats nothing. */
export function escapeMarkdown(text: string): string {
  return (
    shown(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
      // At the start of a line these would begin a heading, a list or a rule.
      .replace(/^[#+\-=]|(?<=^\d+)[.)]/, '\\$&')
      .replaceAll('@', `@${BREAK}`)
      .replaceAll('://', `:${BREAK}//`)
      .replaceAll(/\bwww\./gi, `$&${BREAK}`)
  );
}

/** A fence longer than any run of backticks in `text`. */
function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
}

/** A name as code. In a table cell a pipe must be escaped even there. */
function code(text: string): string {
  const name = shown(text).replaceAll('|', '\\|');
  const fence = fenceFor(name, 1);
  const pad = name.startsWith('`') || name.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${name}${pad}${fence}`;
}

function codeBlock(text: string, language: string): string {
  const lines = plainLines(text).trimEnd();
  const body =
    lines.length > LONGEST_PATCH ? `${lines.slice(0, LONGEST_PATCH)}\n… (cut; the JSON report has all of it)` : lines;
  const fence = fenceFor(body, 3);
  return `${fence}${language}\n${body}\n${fence}`;
}

const LANGUAGE: Record<string, string> = {
  kubernetes: 'yaml',
  'spark-application': 'yaml',
  'spark-conf': 'properties',
  'aws-cli': 'shell',
};

function row(finding: ReportFinding, number: number): string {
  const cells = [
    String(number),
    finding.severity,
    escapeMarkdown(finding.title),
    code(whereText(finding)),
    escapeMarkdown(impactText(finding)),
    confidenceText(finding),
  ];
  return `| ${cells.join(' | ')} |`;
}

function details(finding: ReportFinding, number: number): string {
  const evidence = finding.evidence.map(({ metric, value, unit, window, samples }) => {
    const text = escapeMarkdown(formatValue(value, unit));
    return `- ${escapeMarkdown(metric)}: **${text}** (${formatIsoWindow(window)}, ${formatCount(samples, 'sample')})`;
  });
  const { recommendation, confidence } = finding;
  const backtest = recommendation?.backtest;
  return [
    `**${number}. ${escapeMarkdown(finding.title)}** – ${code(finding.rule)} ${code(finding.fingerprint)}`,
    evidence.join('\n'),
    `Effect: ${escapeMarkdown(impactText(finding))}. Confidence ${confidenceText(finding)}${confidence.why ? `: ${escapeMarkdown(confidence.why)}` : ''}.`,
    recommendation ? `**Change:** ${escapeMarkdown(recommendation.summary)}` : '',
    recommendation?.risk ? `**Risk:** ${escapeMarkdown(recommendation.risk)}` : '',
    backtest ? `**Backtest ${backtest.passed ? 'passed' : 'failed'}:** ${escapeMarkdown(backtest.summary)}` : '',
    ...(recommendation?.patches ?? []).map(
      ({ target, format, content }) =>
        `${code(target)}\n\n${codeBlock(content, Object.hasOwn(LANGUAGE, format) ? (LANGUAGE[format] ?? '') : '')}`,
    ),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function fold(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

function detailsFold(findings: readonly ReportFinding[], longest: number): string {
  const texts: string[] = [];
  let length = 0;
  for (const [i, finding] of findings.entries()) {
    const text = details(finding, i + 1);
    length += text.length;
    if (length > longest) break;
    texts.push(text);
  }
  const left = findings.length - texts.length;
  if (left > 0) texts.push(`Details of ${formatCount(left, 'more finding')} are in the JSON and HTML reports.`);
  return fold('Evidence and patches', texts.join('\n\n---\n\n'));
}

/** What is new since the last night, before all else. */
function changesPart(report: Report, top: number): string {
  const head = changesHeadline(report);
  if (!head) return '';
  const rows = report.changes?.rows ?? [];
  const lines = rows.slice(0, top).map((row) => {
    const money = changeMoney(row);
    return `- **${CHANGE_WORD[row.kind]}**: ${escapeMarkdown(changeTitle(row))} – ${code(subjectText(row.subject))}${money ? `, ${money}` : ''}`;
  });
  const more = rows.length > top ? [`- ${formatCount(rows.length - top, 'more change')} in the full report`] : [];
  return [`**${head}**`, [...lines, ...more].join('\n')].filter(Boolean).join('\n\n');
}

function sourcesFold(report: Report): string {
  const rows = report.sources.map(({ id, state, detail, gaps }) => {
    const gapTexts = gaps.map((gap) => escapeMarkdown(gapText(gap, detail)));
    return `| ${id} | ${state} | ${[escapeMarkdown(detail), ...gapTexts].filter(Boolean).join('; ')} |`;
  });
  const body = ['| source | state | what |', '| --- | --- | --- |', ...rows].join('\n');
  const lacking = report.sources.filter(({ state }) => state !== 'ok').length;
  return fold(
    `What was collected${lacking ? ` (${lacking} of ${report.sources.length} sources incomplete)` : ''}`,
    body,
  );
}

function nodesFold(report: Report): string {
  const text = nodePlanText(report);
  const removable = report.nodePlan?.removable ?? [];
  if (!text) return '';
  const rows = removable.map((node) => {
    const [name, what, price, group] = removableRow(node);
    return `| ${code(name)} | ${escapeMarkdown(group)} | ${price} | ${what} |`;
  });
  const body = rows.length
    ? ['| node | group | costs | what it takes |', '| --- | --- | --: | --- |', ...rows].join('\n')
    : '';
  return fold(`Nodes that could go (${removable.length})`, [escapeMarkdown(text), body].filter(Boolean).join('\n\n'));
}

/** Where and when each Spark family is best run on spot: those that would gain by moving, all of them folded. */
function spotPlansFold(report: Report): string {
  const plans = report.spotPlans ?? [];
  if (!plans.length) return '';
  const moves = plans.filter(({ advice }) => advice === 'move');
  const rows = plans.slice(0, MOST_PLANS).map((plan) => {
    const { family, best, advice, savingPercent, savingUsdPerMonth, why } = plan;
    const hour = best?.startHour == null ? '' : `, from ${clockHour(best.startHour)} ${plan.timeZone}`;
    const where = best ? `${best.type} in ${best.zone}${hour}` : 'unknown';
    const saving =
      savingPercent === null
        ? 'unknown'
        : `${formatShare(savingPercent / 100)}, ${formatUsdPerMonth(savingUsdPerMonth)}`;
    const name = [family.namespace, family.name].filter(Boolean).join('/');
    return `| ${code(name)} | ${advice} | ${escapeMarkdown(where)} | ${saving} | ${escapeMarkdown(`${why}; capacity: ${capacityText(plan)}`)} |`;
  });
  const more = plans.length - rows.length;
  const body = [
    '| family | advice | best | saves a run | why, and capacity |',
    '| --- | --- | --- | --: | --- |',
    ...rows,
    ...(more > 0 ? ['', `${formatCount(more, 'more plan')} in the JSON report.`] : []),
  ].join('\n');
  return fold(`Spark families on spot (${moves.length} of ${plans.length} would gain by moving)`, body);
}

/** The report for a pull request or a chat: a sentence, a table of the top findings, the rest folded. */
export function renderMarkdown(report: Report, { top = DEFAULT_TOP, htmlPath }: RenderOptions = {}): string {
  const findings = findingsInTurn(report);
  const told = findings.slice(0, top);
  const insufficient = insufficientText(report);
  const benchmarks = benchmarksText(report);
  const left = findings.length - told.length;
  const table = [
    '| # | severity | finding | where | effect | confidence |',
    '| --: | --- | --- | --- | --- | --: |',
    ...told.map((finding, i) => row(finding, i + 1)),
  ].join('\n');
  const parts = [
    `### sparkfit: ${escapeMarkdown(headline(report))}`,
    `${basisText(report)} Price source: ${escapeMarkdown(priceSourceText(report))}.`,
    changesPart(report, top),
    told.length ? table : 'No findings.',
    left > 0 ? `${formatCount(left, 'more finding')} in the full report.` : '',
    told.length ? detailsFold(told, Math.min(LONGEST_DETAILS, LONGEST_FINDINGS - table.length)) : '',
    nodesFold(report),
    spotPlansFold(report),
    benchmarks ? `Benchmarks: ${escapeMarkdown(benchmarks)}.` : '',
    report.sources.length ? sourcesFold(report) : '',
    `${statesText(report)}${insufficient ? ` Insufficient data: ${insufficient}.` : ''}`,
    htmlPath ? `Full report: ${code(htmlPath)}` : '',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
