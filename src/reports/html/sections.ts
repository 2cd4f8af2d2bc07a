import type { Report } from '../../model/report.js';
import { CHANGE_WORD, changeMoney, changesHeadline, changeTitle } from '../changes.js';
import type { Chart } from '../charts/chart.js';
import { cheapestText, spotChartsLeft, spotGroups } from '../charts/spot-zones.js';
import {
  formatBytes,
  formatCores,
  formatCount,
  formatNumber,
  formatShare,
  formatUsd,
  formatUsdPerMonth,
} from '../format.js';
import { nodePlanText, removableRow } from '../node-plan.js';
import { compareFindings } from '../order.js';
import { gapText, insufficientText, severityCounts, statesText, whereText } from '../summary.js';
import { shown } from '../text.js';
import { table } from './table.js';
import { type Html, html } from './template.js';

/** Rows of a folded table; the JSON report has all of them. */
const MOST_ROWS = 200;

export function tile(name: string, value: string, more: string, good = false): Html {
  return html`<div class="tile"><dt>${name}</dt><dd class="value${good ? ' good' : ''}">${value}</dd><dd class="more">${more}</dd></div>`;
}

export function tiles(report: Report): Html {
  const {
    costUsdPerMonth: cost,
    savingsUsdPerMonth: savings,
    freedCpuCores,
    freedMemoryBytes,
    priceCoverage,
  } = report.totals;
  const counts = severityCounts(report);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const share = cost && savings !== null ? `${formatShare(savings / cost)} of the cost, ` : '';
  return html`<dl class="tiles">${[
    tile('It costs', formatUsdPerMonth(cost), `prices known for ${formatShare(priceCoverage)} of the hours`),
    savings === null
      ? tile('Could be saved', 'not priced', 'no saving has a known price')
      : tile('Could be saved', formatUsdPerMonth(savings), `${share}each dollar booked once`, savings > 0),
    tile('Could be freed', formatCores(freedCpuCores), `and ${formatBytes(freedMemoryBytes)} of memory`),
    tile('Findings', String(total), counts.map(([severity, count]) => `${count} ${severity}`).join(', ')),
  ]}</dl>`;
}

/** What is new since the last night; null where there is none to compare with. */
export function changesSection(report: Report): Html | null {
  const head = changesHeadline(report);
  if (!head) return null;
  const rows = report.changes?.rows ?? [];
  const items = rows
    .slice(0, MOST_ROWS)
    .map(
      (row) =>
        html`<li><strong>${CHANGE_WORD[row.kind]}</strong> <a href="#finding=${row.fingerprint}"><bdi>${changeTitle(row)}</bdi></a> <bdi>${shown(row.subject.kind)} ${shown(row.subject.name)}</bdi> ${changeMoney(row)}</li>`,
    );
  return html`<p>${head}</p>${items.length ? html`<ul class="changes">${items}</ul>${more(rows.length)}` : null}`;
}

/** Which nodes could go; null where there is no plan. */
export function nodesSection(report: Report): Html | null {
  const text = nodePlanText(report);
  if (!text) return null;
  const removable = report.nodePlan?.removable ?? [];
  const staying = report.nodePlan?.staying ?? [];
  const going = removable.slice(0, MOST_ROWS).map(removableRow);
  const kept = staying.slice(0, MOST_ROWS).map(({ name, why }) => [shown(name), shown(why)]);
  return html`<p>${text}</p>${going.length ? table(['Node', 'What it takes', 'Costs', 'Group'], going, 'Nodes that could go') : null}${more(removable.length)}${
    kept.length
      ? html`<details class="fold"><summary>Why ${formatCount(staying.length, 'node')} stay</summary>${table(['Node', 'Why it stays'], kept, 'Nodes that stay')}${more(staying.length)}</details>`
      : null
  }`;
}

export function sourcesSection(report: Report): Html {
  const items = report.sources.map(({ id, state, detail, gaps }) => {
    const gapItems = gaps.map((gap) => html`<li><bdi>${gapText(gap, detail)}</bdi></li>`);
    return html`<li class="source ${state}"><span class="state">${state}</span><strong>${id}</strong><br><bdi>${shown(detail) || 'nothing collected'}</bdi>${gapItems.length ? html`<ul>${gapItems}</ul>` : null}</li>`;
  });
  return html`<ul class="sources">${items}</ul>`;
}

export function chartFigure(chart: Chart): Html {
  return html`<figure class="figure" id="${chart.id}" aria-labelledby="${chart.id}-question">
<figcaption><h3 id="${chart.id}-question">${chart.question}</h3><p class="answer">${chart.answer}</p></figcaption>
${chart.picture}
<p class="note">${chart.note}</p>
<details class="fold"><summary>The figures as a table</summary>${table(chart.table.head, chart.table.rows, chart.question)}</details></figure>
`;
}

function more(total: number): Html | null {
  return total > MOST_ROWS
    ? html`<p class="note">The first ${MOST_ROWS} of ${total}; the JSON report has all of them.</p>`
    : null;
}

export function workloadsFold(report: Report): Html | null {
  const rows = report.spend.byWorkload;
  if (!rows.length) return null;
  const cells = rows
    .slice(0, MOST_ROWS)
    .map((row) => [
      shown(row.key),
      formatUsdPerMonth(row.usdPerMonth),
      formatUsd(row.usd),
      row.wastedUsd === null ? 'unknown' : formatUsd(row.wastedUsd),
      `${formatNumber(row.cpuCoreHours)} core-h`,
      `${formatNumber(row.memoryGibHours)} GiB-h`,
    ]);
  const head = ['Workload', 'Per month', 'In the window', 'Of it not used', 'CPU charged', 'Memory charged'];
  return html`<details class="fold"><summary>Cost of ${formatCount(rows.length, 'workload')}</summary>${table(head, cells, 'Cost by workload')}<p class="note">A workload's part of its nodes alone: sparkfit cost --by workload adds its volumes and its share of control plane and disks.</p>${more(rows.length)}</details>`;
}

/** Instance types for which there was no room for a chart, in words. */
export function spotFold(report: Report): Html | null {
  const left = spotChartsLeft(report);
  if (!left) return null;
  const rows = spotGroups(report)
    .slice(-left)
    .map((group) => [
      `${shown(group[0]?.instanceType ?? '')} (${shown(group[0]?.product ?? '')})`,
      cheapestText(group),
    ]);
  return html`<details class="fold"><summary>${formatCount(left, 'more instance type')}</summary>${table(['Instance type', 'Cheapest zone'], rows.slice(0, MOST_ROWS), 'Cheapest zones')}${more(rows.length)}</details>`;
}

function unanswered(report: Report): Html | null {
  const rows = report.findings.filter(({ state }) => state === 'insufficient-data').sort(compareFindings);
  if (!rows.length) return null;
  const cells = rows.slice(0, MOST_ROWS).map((finding) => [whereText(finding), finding.rule, shown(finding.title)]);
  return html`<details class="fold"><summary>What data was missing for (${rows.length})</summary>${table(['Subject', 'Rule', 'What is missing'], cells, 'Insufficient data')}${more(rows.length)}</details>`;
}

export function checksSection(report: Report): Html {
  const insufficient = insufficientText(report);
  const rows = report.states.map((row) => [
    shown(row.title),
    row.rule,
    ...[row.finding, row.ok, row.insufficientData, row.notApplicable].map(formatNumber),
  ]);
  const head = ['Looked for', 'Rule', 'Findings', 'Ok', 'Insufficient data', 'Not applicable'];
  return html`<p>${statesText(report)}${insufficient ? ` Insufficient data: ${insufficient}.` : ''}</p>
${table(head, rows, 'Answers by rule')}${unanswered(report)}`;
}

export function meaningSection(): Html {
  return html`<ul class="meaning">
<li><strong>A month</strong> is 730 hours: what was seen in the hours with data, scaled by one factor.</li>
<li><strong>Cost</strong> of a workload: its share of each node's price, hour by hour, by the greater of request and use.</li>
<li><strong>Not used</strong>: requested (and paid for) less used.</li>
<li><strong>Savings</strong> add up: what two findings would both save is booked once, so the total is never above the cost.</li>
<li><strong>Not priced</strong> or <strong>price unknown</strong>: no price or no saving in money could be found. It does not mean zero.</li>
<li><strong>Confidence</strong> is how sure the finding is, with the reason beside it. A <strong>backtest</strong> tries the change on history that its choice did not see.</li>
</ul>`;
}
