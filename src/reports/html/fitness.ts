import type { FitnessRow, Report } from '../../model/report.js';
import { formatShare, formatUsdPerMonth } from '../format.js';
import { shown } from '../text.js';
import { table } from './table.js';
import { type Html, html } from './template.js';

/** Scores shown as cards; the others are in the table. */
const CARDS = 12;

function scoreText({ score, grade }: FitnessRow): string {
  return score === null || grade === null ? 'insufficient data' : `${Math.round(score)} of 100, ${grade}`;
}

function card(row: FitnessRow): Html {
  const { scope, key, score, grade, wellSpentShare, riskDeduction } = row;
  const parts =
    wellSpentShare === null
      ? `no price or too little data to judge${riskDeduction ? `; risk would take ${riskDeduction}` : ''}`
      : `${formatShare(wellSpentShare)} of ${formatUsdPerMonth(row.usdPerMonth)} well spent${riskDeduction ? `, less ${riskDeduction} for risk` : ''}`;
  return html`<li class="score"><span class="grade grade-${grade ?? 'none'}" aria-hidden="true">${grade ?? '?'}</span><span class="score-text"><strong><bdi>${shown(key)}</bdi></strong> <span class="muted">${scope}</span><br>${score === null ? 'insufficient data' : html`<strong>${Math.round(score)}</strong> of 100`}<span class="visually-hidden">, grade ${grade ?? 'unknown'}</span><br><span class="muted">${parts}</span></span></li>`;
}

function allRows(rows: readonly FitnessRow[]): Html {
  const cells = rows.map((row) => [
    `${shown(row.key)} (${row.scope})`,
    scoreText(row),
    formatUsdPerMonth(row.usdPerMonth),
    row.recoverableUsdPerMonth === null ? 'unknown' : formatUsdPerMonth(row.recoverableUsdPerMonth),
    String(row.riskDeduction),
    row.risks.map((risk) => shown(risk)).join(', ') || 'none',
  ]);
  const head = ['Scope', 'Score', 'Cost', 'Could be saved', 'Risk points', 'Risks'];
  return html`<details class="fold"><summary>The scores as a table, with the risks</summary>${table(head, cells, 'Fitness scores')}</details>`;
}

/** How well each namespace and application family spends. Null where nothing was scored. */
export function fitnessFigure(report: Report): Html | null {
  const rows = report.fitness ?? [];
  if (!rows.length) return null;
  const left = rows.length - CARDS;
  return html`<div class="figure"><h3>Which namespaces and Spark families spend their money well?</h3>
<p class="answer">The worst come first${left > 0 ? `; ${left} more are in the table` : ''}.</p>
<ul class="scores">${rows.slice(0, CARDS).map(card)}</ul>
<p class="note"><strong>Score</strong> = 100 × the share of the cost that is well spent (cost less what the findings about its workloads would save) − risk: 10 points for each rule with a critical finding, 3 for each with a warning about risk (neither money nor time), at most 40. <strong>A</strong> from 90, <strong>B</strong> from 75, <strong>C</strong> from 60, <strong>D</strong> from 40, <strong>F</strong> below. Without a price or without enough data there is no score.</p>
${allRows(rows)}</div>`;
}
