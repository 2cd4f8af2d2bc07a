import { createHash } from 'node:crypto';
import type { Chart } from '../../reports/charts/chart.js';
import { chartFigure } from '../../reports/html/sections.js';
import { STYLE } from '../../reports/html/style.js';
import { table } from '../../reports/html/table.js';
import { type Html, html, trusted } from '../../reports/html/template.js';
import { shown } from '../../reports/text.js';
import { toolVersion } from '../../version.js';
import type { HistorySeries } from '../history.js';
import type { SessionComparison } from '../session-comparison.js';
import { historyChart, intervalChart, runsChart } from './charts.js';
import { differenceText, headlineOf } from './text.js';

/** Runs are drawn for so many metrics; the JSON has all. */
const RUN_CHARTS = 24;

function pageOf(title: string, body: Html): string {
  const style = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${trusted(style)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header class="page-head"><p class="brand"><strong>sparkfit</strong> <span>benchmark</span></p><h1>${title}</h1></header>
<main>${body}</main>
<footer><p>Made by sparkfit ${toolVersion()}. This file holds all of its data and makes no request.</p></footer>
</body>
</html>
`.text;
}

function figures(charts: readonly Chart[]): Html {
  return html`<div class="figures">${charts.map(chartFigure)}</div>`;
}

function list(title: string, texts: readonly string[]): Html | null {
  return texts.length
    ? html`<section><h2>${title}</h2><ul>${texts.map((text) => html`<li><bdi>${shown(text)}</bdi></li>`)}</ul></section>`
    : null;
}

/** A comparison as one file that works offline. */
export function comparisonHtml(comparison: SessionComparison): string {
  const { metrics } = comparison;
  const failures = comparison.failures.map(({ workload, variant, run, state, message }) => [
    `${shown(workload)}/${shown(variant)}`,
    String(run),
    state,
    shown(message ?? ''),
  ]);
  return pageOf(
    `Benchmark ${shown(comparison.suite)}: ${headlineOf(comparison)}`,
    html`${metrics.length ? chartFigure(intervalChart(metrics)) : null}
${list(
  'Why',
  comparison.reasons.flatMap(({ workload, texts, slowestStages: [a, b] }) => [
    ...texts.map((text) => `${workload}: ${text}`),
    `${workload}: slowest stage a ${a ?? 'unknown'}, b ${b ?? 'unknown'}`,
  ]),
)}
${list('Not complete', comparison.notes)}
${failures.length ? html`<section><h2>Failed runs</h2>${table(['Workload', 'Run', 'State', 'Message'], failures, 'Failed runs')}</section>` : null}
${list('Environments differ', comparison.environmentDifferences.map(differenceText))}
<section><h2>Runs in order</h2>${figures(metrics.slice(0, RUN_CHARTS).map(runsChart))}</section>`,
  );
}

/** The history of a suite as one file. */
export function historyHtml(suite: string, series: readonly HistorySeries[]): string {
  return pageOf(`Benchmark ${shown(suite)}: history`, figures(series.slice(0, RUN_CHARTS).map(historyChart)));
}
