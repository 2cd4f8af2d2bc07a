import type { Report, SparkRunRow } from '../../model/report.js';
import { openingSentence } from '../changes.js';
import { nightsChart } from '../charts/nights.js';
import { requestCharts } from '../charts/requests.js';
import { drawnRuns, stagesChart } from '../charts/spark-stages.js';
import { sparkTimeChart } from '../charts/spark-time.js';
import { spendChart } from '../charts/spend.js';
import { spotHourCharts } from '../charts/spot-hours.js';
import { spotCharts } from '../charts/spot-zones.js';
import { whatIfChart, whatIfQuestion, withheldText } from '../charts/what-if.js';
import { formatIsoWindow } from '../format.js';
import { findingsInTurn } from '../order.js';
import { basisText, priceSourceText } from '../summary.js';
import { shown } from '../text.js';
import { benchmarksFigures } from './benchmarks.js';
import { findingsSection } from './findings.js';
import { fitnessFigure } from './fitness.js';
import { renderPage, type Section } from './page.js';
import {
  changesSection,
  chartFigure,
  checksSection,
  meaningSection,
  nodesSection,
  sourcesSection,
  spotFold,
  tiles,
  workloadsFold,
} from './sections.js';
import { spotPlansFigure } from './spot-plans.js';
import { type Html, html } from './template.js';

function changesPart(report: Report): Html | null {
  const changes = changesSection(report);
  const nights = nightsChart(report);
  return changes || nights ? html`${changes}${nights && chartFigure(nights)}` : null;
}

/** For each run its stages and its what-if. */
export function runFigures(report: Report): Html[] {
  return drawnRuns(report)
    .flatMap((run, i) => [
      ...[stagesChart(run, i), whatIfChart(run, i)].map((chart) => chart && chartFigure(chart)),
      withheld(run),
    ])
    .filter((figure) => figure !== null);
}

/** In the place of the chart why there is none; null where there is, or nothing was replayed. */
function withheld(run: SparkRunRow): Html | null {
  const text = run.whatIf && withheldText(run.whatIf);
  if (!text) return null;
  return html`<figure class="figure"><figcaption><h3>${whatIfQuestion(run)}</h3><p class="answer">${text}</p></figcaption></figure>
`;
}

function sectionsOf(report: Report): Section[] {
  const spend = spendChart(report);
  const requests = requestCharts(report);
  const spark = sparkTimeChart(report);
  const spot = [...spotCharts(report), ...spotHourCharts(report)];
  const workloads = workloadsFold(report);
  const cost = spend || workloads ? html`${spend && chartFigure(spend)}${workloads}` : null;
  const all: Section[] = [
    { id: 'changes', title: 'What changed', content: changesPart(report) },
    { id: 'findings', title: 'Findings', content: findingsSection(findingsInTurn(report)) },
    { id: 'fitness', title: 'Fitness', content: fitnessFigure(report) },
    { id: 'cost', title: 'Cost', content: cost },
    { id: 'nodes', title: 'Nodes', content: nodesSection(report) },
    {
      id: 'requests',
      title: 'Requests and use',
      content: requests.length ? html`<div class="figures">${requests.map(chartFigure)}</div>` : null,
    },
    {
      id: 'spark',
      title: 'Spark runs',
      content: spark && html`${chartFigure(spark)}<div class="figures">${runFigures(report)}</div>`,
    },
    {
      id: 'spot',
      title: 'Spot prices',
      content: spot.length
        ? html`${spotPlansFigure(report)}<div class="figures">${spot.map(chartFigure)}</div>${spotFold(report)}`
        : spotPlansFigure(report),
    },
    { id: 'benchmarks', title: 'Benchmarks', content: benchmarksFigures(report) },
    { id: 'sources', title: 'What was collected', content: report.sources.length ? sourcesSection(report) : null },
    { id: 'checks', title: 'What was checked', content: report.states.length ? checksSection(report) : null },
    { id: 'meaning', title: 'How to read this', content: meaningSection() },
  ];
  return all.filter(({ content }) => content !== null);
}

/** Sources that cannot be relied on are told at the top: they change what the figures mean. */
function lackingText(report: Report): Html | null {
  const lacking = report.sources.filter(({ state }) => state !== 'ok').map(({ id, state }) => `${id} (${state})`);
  return lacking.length ? html` <a href="#sources">Incomplete sources: ${lacking.join(', ')}.</a>` : null;
}

/** The report as one file that needs nothing else: works offline, on paper, in light and dark, and without its script. */
export function renderHtml(report: Report): string {
  const cluster = shown(report.cluster);
  return renderPage({
    title: `${cluster} – sparkfit report, ${formatIsoWindow(report.window)}`,
    brand: html`<span>cluster <bdi>${cluster}</bdi></span> <span>${formatIsoWindow(report.window)}</span>`,
    headline: openingSentence(report),
    basis: html`${basisText(report)} Price source: ${priceSourceText(report)}.${lackingText(report)}`,
    tiles: tiles(report),
    sections: sectionsOf(report),
    report,
  });
}
