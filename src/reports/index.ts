import type { Report } from '../model/report.js';
import { renderChat } from './chat.js';
import { csvTables, renderCsv } from './csv.js';
import { renderEmail } from './email.js';
import { renderHtml } from './html/index.js';
import { jsonPieces, renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { OPENMETRICS_TYPE, renderMetrics, reportMetrics } from './openmetrics.js';
import type { ReportFormat } from './options.js';
import { patchFiles, renderPatches } from './patches.js';
import { renderSarif } from './sarif.js';
import { renderTerminal } from './terminal.js';

export type { RenderOptions, ReportFormat } from './options.js';

/** Every format by its name. */
export const FORMATS = {
  terminal: { extension: 'txt', contentType: 'text/plain; charset=utf-8', render: renderTerminal },
  json: { extension: 'json', contentType: 'application/json', render: renderJson, pieces: jsonPieces },
  markdown: { extension: 'md', contentType: 'text/markdown; charset=utf-8', render: renderMarkdown },
  html: { extension: 'html', contentType: 'text/html; charset=utf-8', render: renderHtml },
  csv: { extension: 'csv', contentType: 'text/csv; charset=utf-8', render: renderCsv, tables: csvTables },
  junit: { extension: 'junit.xml', contentType: 'application/xml', render: renderJunit },
  sarif: { extension: 'sarif', contentType: 'application/sarif+json', render: renderSarif },
  email: { extension: 'email.html', contentType: 'text/html; charset=utf-8', render: renderEmail },
  patches: { extension: 'yaml', contentType: 'application/yaml', render: renderPatches, files: patchFiles },
  metrics: {
    extension: 'prom',
    contentType: OPENMETRICS_TYPE,
    render: (report: Report) => renderMetrics(reportMetrics(report)),
  },
  chat: { extension: 'chat.md', contentType: 'text/markdown; charset=utf-8', render: renderChat },
} as const satisfies Readonly<Record<string, ReportFormat>>;

export type FormatId = keyof typeof FORMATS;
