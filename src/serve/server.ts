import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../model/errors.js';
import { OPENMETRICS_TYPE, renderOpenMetrics } from '../reports/openmetrics.js';
import { openStoreForReading } from '../store/open.js';
import { isAllowed } from './access.js';
import { historyPage, messagePage, PAGE_POLICY, policyOf } from './pages.js';
import type { ReportFolder, Served } from './reports.js';

export interface ServeInput {
  host: string;
  /** 0: any that is free. */
  port: number;
  token: string | undefined;
  reports: ReportFolder;
  /** SQLite file that /healthz looks at. */
  store: string;
  log(line: string): void;
}

interface Answer {
  status: number;
  type: string;
  body: string;
  policy?: string;
}

const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';
const TYPES: Record<Served, string> = {
  html: HTML,
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
};
const NONE = "No report is there yet. Run 'sparkfit nightly', or 'sparkfit collect' and 'sparkfit report'.";
/** Longest wait for a request's head, against clients that never end it. */
const HEADERS_TIMEOUT_MS = 10_000;

function reportAnswer(reports: ReportFolder, extension: Served, kept?: string): Answer {
  const body = reports.read(extension, kept);
  if (body === undefined)
    return kept === undefined
      ? { status: 503, type: HTML, body: messagePage('No report yet', NONE), policy: PAGE_POLICY }
      : notFound();
  return { status: 200, type: TYPES[extension], body, ...(extension === 'html' ? { policy: policyOf(body) } : {}) };
}

function notFound(): Answer {
  return { status: 404, type: TEXT, body: 'not found\n' };
}

function metricsAnswer(reports: ReportFolder): Answer {
  const report = reports.latest();
  if (!report) return { status: 503, type: TEXT, body: `${NONE}\n` };
  return { status: 200, type: OPENMETRICS_TYPE, body: renderOpenMetrics(report) };
}

/** Whether the store can be read, also while nightly writes to it. */
function healthAnswer(store: string): Answer {
  try {
    openStoreForReading(store).close();
    return { status: 200, type: TEXT, body: 'ok\n' };
  } catch (error) {
    return { status: 503, type: TEXT, body: `${messageOf(error)}\n` };
  }
}

function route(path: string, { reports }: ServeInput): Answer {
  const kept = /^\/history\/([0-9TZ-]+)$/.exec(path)?.[1];
  if (kept !== undefined) return reportAnswer(reports, 'html', kept);
  switch (path) {
    case '/':
      return reportAnswer(reports, 'html');
    case '/report.json':
      return reportAnswer(reports, 'json');
    case '/report.md':
      return reportAnswer(reports, 'md');
    case '/history':
      return { status: 200, type: HTML, body: historyPage(reports.history()), policy: PAGE_POLICY };
    case '/metrics':
      return metricsAnswer(reports);
    default:
      return notFound();
  }
}

/** What a request gets. There is nothing here that writes. */
function answerTo(request: IncomingMessage, input: ServeInput): Answer {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, type: TEXT, body: 'only GET and HEAD\n' };
  // Probes have no token, and it tells nothing but whether the store can be read.
  if (path === '/healthz') return healthAnswer(input.store);
  if (!isAllowed(request, input.token))
    return { status: input.token === undefined ? 403 : 401, type: TEXT, body: 'not allowed\n' };
  return route(path, input);
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, policy }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'content-security-policy': policy ?? "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="sparkfit", charset="UTF-8"' } : {}),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Starts the server; gives it once it listens. */
export async function startServing(input: ServeInput): Promise<Server> {
  const server = createServer((request, response) => {
    let answer: Answer;
    try {
      answer = answerTo(request, input);
    } catch (error) {
      input.log(`${request.method} ${request.url}: ${messageOf(error)}`);
      answer = { status: 500, type: TEXT, body: 'the report cannot be read\n' };
    }
    send(request, response, answer);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(input.port, input.host, resolve);
  });
  return server;
}
