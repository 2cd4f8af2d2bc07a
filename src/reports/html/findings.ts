import { SEVERITIES } from '../../model/finding.js';
import type { ReportFinding } from '../../model/report.js';
import { backtestChart } from '../charts/backtest.js';
import { formatCount, formatIsoWindow, formatNumber, formatValue } from '../format.js';
import { byText } from '../order.js';
import { confidenceText, gainTexts, impactText, moneyText, whereText } from '../summary.js';
import { shown } from '../text.js';
import { table } from './table.js';
import { type Html, html } from './template.js';

/** Beyond this, findings are one line each: the file stays below 5 MB and quick. */
const FULL_CARDS = 1000;
const LONGEST_PATCH = 20_000;

/** Findings may share a fingerprint (runs of one application): only the first can be linked to. */
type SeenIds = Set<string>;

function idOf(finding: ReportFinding, seen: SeenIds): Html | null {
  if (seen.has(finding.fingerprint)) return null;
  seen.add(finding.fingerprint);
  return html` id="finding=${finding.fingerprint}"`;
}

/** What a change brings in large type, money before time, and what else it brings. */
function effectsOf(finding: ReportFinding): { large: Html | null; small: string[] } {
  const gains = gainTexts(finding);
  const money = moneyText(finding);
  const [text = '', ...small] = money ? [money, ...gains] : gains;
  const { secondsPerRun } = finding.impact;
  const isGain = money ? money.startsWith('saves') : (secondsPerRun ?? 0) > 0;
  return { large: text ? html`<span class="money ${isGain ? 'saves' : 'none'}">${text}</span>` : null, small };
}

function evidence(finding: ReportFinding): Html | null {
  const [first] = finding.evidence;
  if (!first) return null;
  const windows = new Set(finding.evidence.map(({ window }) => formatIsoWindow(window)));
  const rows = finding.evidence.map(({ metric, value, unit, window, samples }) => [
    shown(metric),
    shown(formatValue(value, unit)),
    formatNumber(samples),
    ...(windows.size > 1 ? [formatIsoWindow(window)] : []),
  ]);
  const head = ['Measured', 'Value', 'Samples', ...(windows.size > 1 ? ['Window'] : [])];
  const note = windows.size === 1 ? html`<p class="note">Window ${formatIsoWindow(first.window)}.</p>` : null;
  return html`<section><h4>Evidence</h4>${table(head, rows, 'Evidence')}${note}</section>`;
}

function patch({ format, target, content }: { format: string; target: string; content: string }): Html {
  const cut = content.length > LONGEST_PATCH;
  const text = cut ? `${content.slice(0, LONGEST_PATCH)}\n… (cut; the JSON report has all of it)` : content;
  // Words are read, settings are copied: only these keep their lines.
  const isAdvice = format === 'code' || format === 'text';
  const copy = cut
    ? null
    : html`<button type="button" class="copy needs-js" aria-label="Copy the patch for ${shown(target)}">Copy</button>`;
  return html`<div class="patch"><div class="patch-head"><span><bdi>${shown(target)}</bdi> <span class="muted">${format}</span></span>${copy}</div><pre${isAdvice && html` class="advice"`} tabindex="0">${text.trimEnd()}</pre></div>`;
}

function figureName(key: string): string {
  return shown(key)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}

function backtest(finding: ReportFinding): Html | null {
  const test = finding.recommendation?.backtest;
  if (!test) return null;
  const figures = Object.entries(test.figures)
    .sort(([a], [b]) => byText(a, b))
    .map(([key, value]) => `${figureName(key)}: ${formatNumber(value)}`);
  return html`<section><h4>Backtest ${test.passed ? 'passed' : 'failed'}</h4><p>${shown(test.summary)}</p>
${backtestChart(test)}<p class="note">On history the choice did not see: ${formatIsoWindow(test.window)}, ${formatCount(test.samples, 'sample')}.${figures.length ? ` ${figures.join('; ')}.` : ''}</p></section>`;
}

function links(finding: ReportFinding): Html | null {
  const items = Object.entries(finding.links)
    .sort(([a], [b]) => byText(a, b))
    // Only web addresses become links: `javascript:` and its kin stay text.
    .map(([name, url]) =>
      /^https?:\/\//i.test(url)
        ? html`<a href="${url}" rel="noopener noreferrer">${shown(name)}</a>`
        : html`${shown(name)}: <bdi>${shown(url)}</bdi>`,
    );
  return items.length ? html` · ${items.map((item, i) => html`${i ? ' · ' : ''}${item}`)}` : null;
}

function change(finding: ReportFinding): Html | null {
  const { recommendation } = finding;
  if (!recommendation) return null;
  const risk = recommendation.risk ? html`<p class="risk">Risk: ${shown(recommendation.risk)}</p>` : null;
  return html`<section><h4>What to change</h4><p class="change">${shown(recommendation.summary)}</p>${risk}${recommendation.patches.map(patch)}</section>`;
}

function body(finding: ReportFinding): Html {
  const { confidence, fingerprint } = finding;
  const why = confidence.why ? `: ${shown(confidence.why)}` : '';
  return html`<div class="body">${change(finding)}<div class="columns">${evidence(finding)}<div class="body-side">
<section><h4>Effect</h4><p>${impactText(finding)}</p></section>
<section><h4>Confidence</h4><p>${confidenceText(finding)}${why}</p></section>
${backtest(finding)}</div></div>
<p class="note">Rule <code>${finding.rule}</code> · <a href="#finding=${fingerprint}">link to this finding</a>${links(finding)}</p></div>`;
}

function card(finding: ReportFinding, seen: SeenIds): Html {
  const { severity, impact, confidence, rule } = finding;
  const where = whereText(finding);
  const usd = impact.usdPerMonth === null ? null : html` data-usd="${impact.usdPerMonth}"`;
  const { large, small } = effectsOf(finding);
  const sure = [`confidence ${confidenceText(finding)}`, ...small].join(' · ');
  return html`<li class="card" data-severity="${severity}" data-family="${rule.split('/')[0] ?? rule}" data-confidence="${confidence.value}" data-where="${where}"${usd}>
<details${idOf(finding, seen)}><summary><span class="badge ${severity}">${severity}</span><h3>${shown(finding.title)}</h3>${large}<span class="where"><bdi>${where}</bdi></span><span class="sure">${sure}</span></summary>
${body(finding)}</details></li>
`;
}

function options(values: readonly string[]): Html[] {
  return values.map((value) => html`<option>${value}</option>`);
}

function toolbar(findings: readonly ReportFinding[]): Html {
  const families = [...new Set(findings.map(({ rule }) => rule.split('/')[0] ?? rule))].sort(byText);
  return html`<div class="toolbar" role="search" aria-label="Findings">
<label class="wide">Search (press /)<input id="search" type="search" autocomplete="off" placeholder="name, namespace, rule, text"></label>
<label>Severity<select id="severity"><option value="">all</option>${options(SEVERITIES)}</select></label>
<label>Family<select id="family"><option value="">all</option>${options(families)}</select></label>
<label>Sort by<select id="sort"><option value="order">what matters most</option><option value="money">saving</option><option value="severity">severity</option><option value="confidence">confidence</option><option value="where">where</option></select></label>
<button type="button" id="open-all" aria-pressed="false">Open all</button>
<p class="count" id="count" role="status"></p></div>`;
}

function compactRows(findings: readonly ReportFinding[]): Html | null {
  if (!findings.length) return null;
  const rows = findings.map((finding) => [
    finding.severity,
    shown(finding.title),
    whereText(finding),
    impactText(finding),
    finding.fingerprint,
  ]);
  return html`<details class="fold"><summary>${formatCount(findings.length, 'more finding')}, one line each (all of it is in the JSON report)</summary>${table(['Severity', 'Finding', 'Where', 'Effect', 'Fingerprint'], rows, 'More findings')}</details>`;
}

/** The findings, in this order: each a fold that says what, where and how much, and opens to evidence and patch. */
export function findingsSection(findings: readonly ReportFinding[]): Html {
  if (!findings.length) return html`<p>No findings. What was checked, and what could not be, is told below.</p>`;
  const seen: SeenIds = new Set();
  const full = findings.slice(0, FULL_CARDS).map((finding) => card(finding, seen));
  return html`${toolbar(findings)}<ul class="findings">${full}</ul>${compactRows(findings.slice(FULL_CARDS))}`;
}
