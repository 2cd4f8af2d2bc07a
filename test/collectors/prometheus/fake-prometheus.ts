import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type FakeServer, sendJson, startServer } from '../../support/http.js';

interface Exchange {
  path: string;
  query: string;
  start?: string;
  end?: string;
  step?: string;
  time?: string;
  data: { resultType: string; result: { metric: object; values?: [number, string][]; value?: [number, string] }[] };
}

export interface Asked {
  query: string;
  startS: number;
  endS: number;
  stepS: number;
  isRange: boolean;
}

/** What the server does instead of answering; false: it answers. */
export type Trouble = (asked: Asked, count: number, response: ServerResponse) => boolean;
/** Changes the recorded series before they are sent. */
export type Change = (asked: Asked, result: Exchange['data']['result']) => Exchange['data']['result'];

export interface FakePrometheus extends FakeServer {
  asked: Asked[];
}

const FIXTURE = new URL('../../fixtures/prometheus/four-hours.json', import.meta.url);

function askedOf(path: string, body: string): Asked {
  const form = new URLSearchParams(body);
  const time = form.get('time') ?? '0';
  return {
    query: form.get('query') ?? '',
    startS: Number(form.get('start') ?? time),
    endS: Number(form.get('end') ?? time),
    stepS: Number(form.get('step') ?? 0),
    isRange: path.endsWith('/query_range'),
  };
}

/**
 * A Prometheus that answers from the recording: an asked range may be any part of a recorded one. A query it does not
 * know has no series, as on a server without that exporter.
 */
export async function startFakePrometheus(
  trouble: Trouble = () => false,
  change: Change = (_, r) => r,
): Promise<FakePrometheus> {
  const exchanges: Exchange[] = JSON.parse(readFileSync(FIXTURE, 'utf8'));
  const requests: Asked[] = [];
  const counts = new Map<string, number>();
  const server = await startServer((request, response, body) => {
    const asked = askedOf(request.url ?? '', body);
    requests.push(asked);
    const count = (counts.get(asked.query) ?? 0) + 1;
    counts.set(asked.query, count);
    if (trouble(asked, count, response)) return;
    const found = exchanges.filter((exchange) => exchange.query === asked.query);
    const result = asked.isRange ? found.flatMap((e) => within(e, asked)) : (nearest(found, asked)?.data.result ?? []);
    const data = { resultType: asked.isRange ? 'matrix' : 'vector', result: change(asked, result) };
    sendJson(response, 200, { status: 'success', data });
  });
  return { ...server, asked: requests };
}

function within(exchange: Exchange, { startS, endS }: Asked): Exchange['data']['result'] {
  return exchange.data.result
    .map((series) => ({ ...series, values: (series.values ?? []).filter(([t]) => t >= startS && t <= endS) }))
    .filter((series) => series.values.length > 0);
}

function nearest(exchanges: Exchange[], { endS }: Asked): Exchange | undefined {
  return exchanges.find((exchange) => Number(exchange.time) === endS);
}

export function sendError(response: ServerResponse, status: number, errorType: string, error: string): true {
  sendJson(response, status, { status: 'error', errorType, error });
  return true;
}
