import { wallMs } from '../../analyzers/derived/spark-run.js';
import type { Clinic } from '../../spark/clinic.js';
import { executorsChart } from '../charts/executors.js';
import { sparkTimeChart } from '../charts/spark-time.js';
import { costText, damageText, gpuText, pathText, runText, shapeText } from '../clinic.js';
import { clinicFindings } from '../clinic-findings.js';
import { verdictText } from '../clinic-verdict.js';
import { formatRunUsd, formatSeconds, formatShare } from '../format.js';
import { shapeName } from '../shape-name.js';
import { shown } from '../text.js';
import { findingsSection } from './findings.js';
import { runFigures } from './index.js';
import { renderPage, type Section } from './page.js';
import { chartFigure, checksSection, meaningSection, tile } from './sections.js';
import { type Html, html } from './template.js';

function tilesOf({ run, report, money, whatIf }: Clinic): Html {
  const wall = wallMs(run) / 1000;
  const findings = clinicFindings(report);
  const weighty = findings.filter(({ severity }) => severity !== 'info');
  const gains = (weighty.length ? weighty : findings).map(({ impact }) => impact.secondsPerRun ?? 0);
  const most = Math.max(0, ...gains);
  const cost = money?.cost;
  const knee = whatIf?.knee;
  const isWithheld = whatIf && whatIf.shapes.length === 0;
  return html`<dl class="tiles">${[
    tile('It took', formatSeconds(wall), shapeText(run)),
    cost
      ? tile(
          'It cost',
          formatRunUsd(cost.usd),
          `executors without a task ${formatShare(cost.idleUsd / cost.usd)} of it`,
        )
      : tile('It cost', 'not known', 'the run is not in the store with its pods and prices'),
    tile(
      'One change brings',
      most > 0 ? `${formatSeconds(Math.min(most, wall))} less` : 'nothing',
      'at most, of a run',
      most > 0,
    ),
    tile(
      'Best trade',
      knee ? shapeName(knee, whatIf?.isLocal) : 'not known',
      knee
        ? `${formatSeconds(knee.wallMs / 1000)}, ${knee.isOwn ? 'as it ran' : 'replayed from the recorded tasks'}`
        : isWithheld
          ? `the replay is ${formatShare(whatIf.error)} off the run itself`
          : '',
    ),
  ]}</dl>`;
}

function sectionsOf(clinic: Clinic): Section[] {
  const { run, report } = clinic;
  const time = sparkTimeChart(report);
  const executors = executorsChart(run);
  const charts = [...(executors ? [chartFigure(executors)] : []), ...runFigures(report)];
  const all: Section[] = [
    { id: 'findings', title: 'Findings', content: findingsSection(clinicFindings(report)) },
    { id: 'time', title: 'Where the time went', content: time && chartFigure(time) },
    {
      id: 'charts',
      title: 'Stages, executors, what-if',
      content: charts.length ? html`<div class="figures">${charts}</div>` : null,
    },
    { id: 'checks', title: 'What was checked', content: checksSection(report) },
    { id: 'meaning', title: 'How to read this', content: meaningSection() },
  ];
  return all.filter(({ content }) => content !== null);
}

/** The clinic of one run as one file that works offline. */
export function renderClinicHtml(clinic: Clinic): string {
  const { run, report } = clinic;
  const damage = damageText(run);
  const name = shown(run.application.name || run.application.appId, 80);
  const more = [costText(clinic), gpuText(clinic), pathText(clinic)].filter((text) => text !== undefined);
  return renderPage({
    title: `${name} – sparkfit`,
    brand: html`<span>Spark run <bdi>${name}</bdi></span> <span>${shown(run.application.appId)}</span>`,
    headline: verdictText(clinic),
    basis: html`${runText(run)}. ${more.map((text) => html`${text}. `)}${damage && html`<strong>${damage}</strong>`}`,
    tiles: tilesOf(clinic),
    sections: sectionsOf(clinic),
    report,
  });
}
