import type { Report, SpendRow } from '../../model/report.js';
import { formatBytes, formatCores, formatCount, formatIsoWindow, formatShare } from '../format.js';
import { type Html, html } from '../html/template.js';
import { byText } from '../order.js';
import { shown } from '../text.js';
import { barRow, type Chart, legend } from './chart.js';
import { percent } from './scale.js';

const BARS = 10;
const HEIGHT = 18;
const USE_HEIGHT = 8;

interface Pair {
  name: string;
  request: number;
  use: number;
}

interface Resource {
  readonly id: string;
  readonly word: string;
  format(value: number): string;
  request(row: SpendRow): number | null;
  use(row: SpendRow): number | null;
}

const CPU: Resource = {
  id: 'cpu-requests',
  word: 'CPU',
  format: formatCores,
  request: (row) => row.cpuRequestCores,
  use: (row) => row.cpuUsageCores,
};

const MEMORY: Resource = {
  id: 'memory-requests',
  word: 'memory',
  format: formatBytes,
  request: (row) => row.memoryRequestBytes,
  use: (row) => row.memoryUsageBytes,
};

function pairsOf(report: Report, resource: Resource): Pair[] {
  return report.spend.byWorkload.flatMap((row) => {
    const [request, use] = [resource.request(row), resource.use(row)];
    return request === null || use === null ? [] : [{ name: shown(row.key), request, use }];
  });
}

function picture(pairs: readonly Pair[], resource: Resource): Html {
  const most = Math.max(...pairs.map(({ request }) => request));
  const rows = pairs.map(({ name, request, use }) => {
    const figures = `asks for ${resource.format(request)}, uses ${resource.format(use)} (${formatShare(use / request)})`;
    const bars = html`<rect class="track" width="100%" height="${HEIGHT}" rx="2"/><rect class="unused" width="${percent(request / most)}" height="${HEIGHT}"/><rect class="used" y="${(HEIGHT - USE_HEIGHT) / 2}" width="${percent(use / most)}" height="${USE_HEIGHT}"/>`;
    return barRow(name, figures, `${name} ${figures}`, bars, HEIGHT);
  });
  return html`${legend([
    { label: 'requested', className: 'unused' },
    { label: 'used', className: 'used' },
  ])}<ul class="bars">${rows}</ul>`;
}

function requestChart(report: Report, resource: Resource): Chart | null {
  const pairs = pairsOf(report, resource);
  const over = pairs
    .filter(({ request, use }) => request > use)
    .sort((a, b) => b.request - b.use - (a.request - a.use) || byText(a.name, b.name));
  const [top] = over;
  if (!top) return null;
  const told = over.slice(0, BARS);
  const gap = over.reduce((sum, { request, use }) => sum + request - use, 0);
  const unknown = report.spend.byWorkload.length - pairs.length;
  const rest = over.length - told.length;
  const left = [
    rest > 0 ? `${formatCount(rest, 'workload')} with less to free not drawn` : '',
    unknown > 0 ? `${formatCount(unknown, 'workload')} without a request or without measured use left out` : '',
  ].filter(Boolean);
  return {
    id: resource.id,
    question: `Who asks for more ${resource.word} than they use?`,
    answer: `${top.name} asks for ${resource.format(top.request - top.use)} more than it uses; together ${formatCount(over.length, 'workload')} hold ${resource.format(gap)} unused.`,
    note: `Mean over the time it ran, all pods of the workload together. Window ${formatIsoWindow(report.window)}.${left.length ? ` ${left.join('; ')}.` : ''}`,
    picture: picture(told, resource),
    table: {
      head: ['Workload', 'Requested', 'Used', 'Used of the request'],
      rows: told.map(({ name, request, use }) => [
        name,
        resource.format(request),
        resource.format(use),
        formatShare(use / request),
      ]),
    },
  };
}

/** Request against use per workload: CPU and memory, as far as known. */
export function requestCharts(report: Report): Chart[] {
  return [CPU, MEMORY].map((resource) => requestChart(report, resource)).filter((chart) => chart !== null);
}
