import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sparkLogs } from '../../../../src/collectors/spark/index.js';
import { readEventLog } from '../../../../src/collectors/spark/read.js';
import { historyServerPlace } from '../../../../src/collectors/spark/sources/history-server.js';
import { findLog } from '../../../../src/collectors/spark/sources/index.js';
import { Config } from '../../../../src/config/schema.js';
import { SourceError } from '../../../../src/model/errors.js';
import { openStore, type Store } from '../../../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../../../src/store/spark.js';
import { type FakeServer, sendJson, startServer } from '../../../support/http.js';
import { FIXTURES as LOGS, rowsOf } from '../fixtures.js';
import { archiveOf, FIXTURES, ROLLING, RUNNING, SINGLE } from './recorded.js';

interface App {
  id: string;
  attempts: { attemptId?: string; completed: boolean; endTimeEpoch: number; lastUpdatedEpoch: number }[];
}

const recorded = (name: string): App[] =>
  JSON.parse(readFileSync(join(FIXTURES, 'history-server', name), 'utf8')) as App[];

let server: FakeServer;
let requests: string[];
let completed: App[];
let running: App[];
/** Answers instead of the recorded ones, the first first. */
let instead: ((response: ServerResponse) => void)[];
let store: Store;

/** Filters as the History Server does: newest end first, bounds inclusive. */
function listed(url: URL): App[] {
  if (url.searchParams.get('status') === 'running') return running;
  const time = (name: string, otherwise: number) =>
    Date.parse((url.searchParams.get(name) ?? '').replace('GMT', 'Z')) || otherwise;
  const [from, to] = [time('minEndDate', 0), time('maxEndDate', Number.MAX_SAFE_INTEGER)];
  return completed
    .filter((app) => app.attempts.some(({ endTimeEpoch }) => endTimeEpoch >= from && endTimeEpoch <= to))
    .slice(0, Number(url.searchParams.get('limit') ?? Number.MAX_SAFE_INTEGER));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://loopback');
  requests.push(`${request.headers.authorization ?? ''}${url.pathname}${url.search}`);
  const other = instead.shift();
  if (other) {
    other(response);
    return;
  }
  if (url.pathname === '/api/v1/applications') {
    sendJson(response, 200, listed(url));
    return;
  }
  const [, appId = ''] = /^\/api\/v1\/applications\/([^/]+)(?:\/[^/]+)?\/logs$/.exec(url.pathname) ?? [];
  if (![SINGLE, ROLLING, RUNNING].includes(appId)) {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end(`no such app: ${appId}`);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.end(archiveOf(appId));
}

beforeEach(async () => {
  requests = [];
  instead = [];
  completed = recorded('completed.json');
  running = recorded('running.json');
  store = openStore(':memory:');
  server = await startServer(answer);
});
afterEach(async () => {
  store.close();
  await server.close();
});

function collect({ url = server.url, sinceMs = 0, sinceGiven = false, signal = new AbortController().signal } = {}) {
  const config = Config.parse({ spark: { logs: url } });
  const window = { sinceMs, untilMs: Date.UTC(2030, 0, 1) };
  return sparkLogs.collect({ config, store, window, sinceGiven, cluster: 'c', signal, progress: () => {} });
}

function storedLog(appId: string) {
  const stored = findSparkApplication(store.db, appId);
  if (!stored) throw new Error(`${appId} is not stored`);
  return readSparkLog(store.db, stored.key);
}

const downloads = () => requests.filter((request) => request.endsWith('/logs'));

describe('collecting from a History Server', () => {
  it('stores single, rolling and unfinished logs, unfinished ones first', async () => {
    const result = await collect();

    expect(result).toMatchObject({ detail: '3 logs read', gaps: [] });
    expect(downloads()).toEqual([RUNNING, SINGLE, ROLLING].map((appId) => `/api/v1/applications/${appId}/logs`));
    expect(rowsOf(storedLog(SINGLE))).toEqual(rowsOf(await readEventLog(join(LOGS, `${SINGLE}.zstd`))));
    expect(storedLog(SINGLE).application.log.path).toBe(`${server.url}/api/v1/applications/${SINGLE}/logs`);
    expect(storedLog(ROLLING).application.log).toMatchObject({ rolling: true, damage: [], bytes: 705_082 });
    expect(storedLog(RUNNING).application).toMatchObject({ finished: false, log: { inProgress: true } });
  });

  it('downloads again only what was updated since', async () => {
    await collect();
    const [app] = running;
    if (app?.attempts[0]) app.attempts[0].lastUpdatedEpoch += 1000;

    const second = await collect();

    expect(second.detail).toBe('1 log read, 1 of them from where reading had ended, 2 unchanged');
    expect(downloads().slice(3)).toEqual([`/api/v1/applications/${RUNNING}/logs`]);
  });

  it('asks for no application that ended before the start of the window', async () => {
    const result = await collect({ sinceMs: Date.UTC(2026, 10, 23, 20, 40), sinceGiven: true });

    expect(result.detail).toBe('2 logs read');
    expect(requests).toContain(
      '/api/v1/applications?status=completed&limit=500&minEndDate=2026-11-23T20%3A40%3A00.000GMT',
    );
  });

  it('downloads each attempt of an application on its own', async () => {
    running = [];
    completed = completed.slice(1).map((app) => ({
      ...app,
      attempts: app.attempts.flatMap((attempt) => [
        { ...attempt, attemptId: '2' },
        { ...attempt, attemptId: '1', endTimeEpoch: attempt.endTimeEpoch - 60_000 },
      ]),
    }));

    await collect();

    expect(downloads()).toEqual([1, 2].map((attempt) => `/api/v1/applications/${SINGLE}/${attempt}/logs`));
  });

  it('begins a download anew whose connection broke', async () => {
    running = [];
    completed = completed.slice(1);
    await collect({ sinceMs: Date.UTC(2029, 0, 1), sinceGiven: true });
    instead = [
      (response) => sendJson(response, 200, []),
      (response) => sendJson(response, 200, completed),
      (response) => {
        response.writeHead(200);
        response.write(archiveOf(SINGLE).subarray(0, 20_000), () => response.destroy());
      },
      (response) => sendJson(response, 503, {}),
    ];

    const result = await collect();

    expect(result.detail).toBe('1 log read');
    expect(downloads()).toHaveLength(3);
    expect(storedLog(SINGLE).application.log.damage).toEqual([]);
  });

  it('names the log that is gone and goes on with the others', async () => {
    completed.push({ ...structuredClone(completed[0] as App), id: 'app-gone' });

    const result = await collect();

    expect(result.detail).toBe('3 logs read, 1 not readable');
    expect(result.gaps[0]?.why).toBe(
      `app-gone: spark-logs: download the log of app-gone: ${server.url}: HTTP 404: no such app: app-gone`,
    );
  });

  it('sends user and password of the URL and never shows them', async () => {
    const url = server.url.replace('http://', 'http://me:s%40cret@');

    await collect({ url });
    const check = await sparkLogs.check(Config.parse({ spark: { logs: url } }));

    const basic = `Basic ${Buffer.from('me:s@cret').toString('base64')}`;
    expect(requests.every((request) => request.startsWith(basic))).toBe(true);
    expect(check).toEqual({ state: 'ok', detail: `3 logs in ${server.url.replace(/\/$/, '')}`, nextStep: '' });
    expect(JSON.stringify(storedLog(SINGLE).application.log)).not.toMatch(/cret/);
  });

  it('writes nothing outside its folder, whatever an archive names', async () => {
    running = [];
    completed = completed.slice(1);
    const evil = archiveOf(SINGLE);
    evil.write('../../../../evil-0123456789', evil.indexOf(`${SINGLE}.zstd`), 'latin1');
    instead = [
      (response) => sendJson(response, 200, []),
      (response) => sendJson(response, 200, completed),
      (response) => response.writeHead(200).end(evil),
    ];

    await expect(collect()).rejects.toThrow(/is no name of an event log/);
  });

  it('stops before the first log when it is asked to', async () => {
    const result = await collect({ signal: AbortSignal.abort() });

    expect(result).toEqual({ rows: 0, gaps: [], detail: '0 logs read' });
  });

  it.each([
    ['another server', 200, { hello: 1 }, 'the answer is no list of applications'],
    ['a proxy that asks for a password', 401, {}, 'HTTP 401'],
    ['another path', 404, {}, 'HTTP 404'],
  ])('%s: one line and the next step', async (_, status, body, reason) => {
    instead = [(response) => sendJson(response, status, body)];

    const failure = await collect().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SourceError);
    expect(failure).toMatchObject({ message: expect.stringContaining(reason), hint: expect.stringMatching(/\.$/) });
  });
});

describe('pages of applications', () => {
  const many = (count: number, endOf: (place: number) => number): App[] =>
    Array.from({ length: count }, (_, place) => ({
      id: `app-${place}`,
      attempts: [{ completed: true, endTimeEpoch: endOf(place), lastUpdatedEpoch: 1 }],
    })).sort((a, b) => (b.attempts[0]?.endTimeEpoch ?? 0) - (a.attempts[0]?.endTimeEpoch ?? 0));

  it.each([
    ['apart', (place: number) => 1_000_000 + place],
    ['several in the same millisecond', (place: number) => 1_000_000 + (place >> 2)],
    ['all in the same millisecond', () => 1_000_000],
  ])('gives each application once, oldest first (ends %s)', async (_, endOf) => {
    running = [];
    completed = many(23, endOf);

    const logs = await historyServerPlace(server.url, 5).list();

    expect(new Set(logs.map((log) => log.path)).size).toBe(23);
    expect(logs).toHaveLength(23);
  });

  it('finds the log of an application', async () => {
    const log = await findLog(historyServerPlace(server.url), ROLLING);

    expect((await log?.read())?.log.application.appId).toBe(ROLLING);
  });
});
