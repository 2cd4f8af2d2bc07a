import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sparkLogs } from '../../../../src/collectors/spark/index.js';
import { readEventLog } from '../../../../src/collectors/spark/read.js';
import { Config } from '../../../../src/config/schema.js';
import { openStore, type Store } from '../../../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../../../src/store/spark.js';
import { stubS3 } from '../../../support/aws-environment.js';
import { type FakeServer, startServer } from '../../../support/http.js';
import { FIXTURES as LOGS, rowsOf } from '../fixtures.js';
import { FIXTURES, filesOf, ROLLING, RUNNING, SINGLE } from './recorded.js';

const answerOf = (name: string) => readFileSync(join(FIXTURES, 's3', name), 'utf8');

let server: FakeServer;
let requests: string[];
let objects: Map<string, Buffer>;
/** Changes a recorded answer on its way. */
let edit: (xml: string) => string;
let instead: ((response: ServerResponse) => void)[];
let store: Store;

/** Which recorded answer belongs to a list request. */
function listing(query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  if (query.get('continuation-token') === '5fb29ee41c92390bc6a51f19a426d7f2') return answerOf('level-2.xml');
  if (prefix === 'logs/') return answerOf('level-1.xml');
  if (prefix === 'logs' && query.get('max-keys') === '1') return answerOf('first.xml');
  if (prefix.startsWith('logs/eventlog_v2_')) return answerOf('rolling.xml');
  return answerOf('empty.xml');
}

function sendXml(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(xml);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const key = decodeURIComponent(url.pathname).replace(/^\/[^/]+\/?/, '');
  url.searchParams.delete('x-id');
  requests.push(`${request.method} ${key}${key ? '' : url.search}`);
  const other = instead.shift();
  if (other) {
    other(response);
    return;
  }
  if (!url.pathname.startsWith('/spark-history')) {
    sendXml(response, 404, answerOf('no-bucket.xml'));
    return;
  }
  if (key === '') {
    sendXml(response, 200, edit(listing(url.searchParams)));
    return;
  }
  response.writeHead(200, { 'content-type': 'binary/octet-stream', etag: '"1"' });
  response.end(objects.get(key));
}

beforeEach(async () => {
  requests = [];
  instead = [];
  edit = (xml) => xml;
  objects = new Map();
  for (const appId of [SINGLE, ROLLING, RUNNING])
    for (const [name, content] of await filesOf(appId)) objects.set(`logs/${name}`, content);
  store = openStore(':memory:');
  server = await startServer(answer);
  stubS3(server.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  store.close();
  await server.close();
});

function collect(logs: string, sinceMs?: number) {
  return sparkLogs.collect({
    config: Config.parse({ spark: { logs } }),
    store,
    window: { sinceMs: sinceMs ?? 0, untilMs: Date.UTC(2030, 0, 1) },
    sinceGiven: sinceMs !== undefined,
    cluster: 'c',
    signal: new AbortController().signal,
    progress: () => {},
  });
}

function storedLog(appId: string) {
  const stored = findSparkApplication(store.db, appId);
  if (!stored) throw new Error(`${appId} is not stored`);
  return readSparkLog(store.db, stored.key);
}

const gets = () => requests.filter((request) => !request.includes('?')).map((request) => request.split('/').at(-1));

describe('collecting event logs from S3', () => {
  it('stores single, rolling and unfinished logs over all pages, and leaves other objects and folders alone', async () => {
    const result = await collect('s3a://spark-history/logs/');

    expect(result).toMatchObject({ detail: '3 logs read', gaps: [] });
    expect(gets()).toEqual([`${RUNNING}.inprogress`, `${SINGLE}.zstd`, `appstatus_${ROLLING}`, `events_1_${ROLLING}`]);
    expect(rowsOf(storedLog(SINGLE))).toEqual(rowsOf(await readEventLog(join(LOGS, `${SINGLE}.zstd`))));
    expect(storedLog(SINGLE).application.log.path).toBe(`s3://spark-history/logs/${SINGLE}.zstd`);
    expect(storedLog(ROLLING).application.log).toMatchObject({ rolling: true, damage: [] });
    expect(storedLog(RUNNING).application.log.inProgress).toBe(true);
  });

  it('downloads again only what has another entity tag', async () => {
    await collect('s3://spark-history/logs');
    edit = (xml) => xml.replace('01762c5a9ce4b0f8f28f59327b191084', '00000000000000000000000000000000');

    const second = await collect('s3://spark-history/logs');

    expect(second.detail).toBe('1 log read, 1 of them from where reading had ended, 2 unchanged');
    expect(gets().slice(4)).toEqual([`${RUNNING}.inprogress`]);
  });

  it('reads one log that is named, a rolling one too', async () => {
    edit = (xml) => xml.replaceAll('<Key>logs/</Key>', `<Key>logs/${SINGLE}.zstd</Key>`);
    const rolling = await collect(`s3://spark-history/logs/eventlog_v2_${ROLLING}`);

    expect(rolling.detail).toBe('1 log read');
    expect(storedLog(ROLLING).application.appId).toBe(ROLLING);
  });

  it('leaves out what was last written before the start of the window', async () => {
    const result = await collect('s3://spark-history/logs', Date.UTC(2026, 10, 25));

    expect(result.detail).toBe('0 logs read');
    expect(gets()).toEqual([]);
  });

  it('begins a download anew whose connection broke', async () => {
    const content = objects.get(`logs/${SINGLE}.zstd`) ?? Buffer.alloc(0);
    edit = (xml) => (xml.includes('README') ? xml.replace('<IsTruncated>true', '<IsTruncated>false') : xml);
    await collect('s3://spark-history/none', 0);
    requests = [];
    instead = [
      (response) => sendXml(response, 200, answerOf('first.xml')),
      (response) => sendXml(response, 200, edit(answerOf('level-1.xml'))),
      (response) => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 20_000), () => response.destroy());
      },
      (response) => sendXml(response, 503, '<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>'),
    ];

    const result = await collect('s3://spark-history/logs');

    expect(result.detail).toBe('1 log read');
    expect(gets()).toEqual(Array(3).fill(`${SINGLE}.zstd`));
    expect(storedLog(SINGLE).application.log.damage).toEqual([]);
  });

  it.each([
    ['s3://nosuch/logs', 'The specified bucket does not exist', 'Check the name of the bucket'],
    ['s3:///logs', 'it names no bucket', 'Write spark.logs as s3://bucket/prefix'],
    ['s3://spark-history/none', 'there is no event log in it', 'Name the folder or s3:// prefix'],
  ])('%s: one line and the next step', async (logs, reason, hint) => {
    await expect(collect(logs)).rejects.toMatchObject({
      message: expect.stringContaining(reason),
      hint: expect.stringContaining(hint),
    });
  });

  it('says which rights are missing', async () => {
    const denied = (response: ServerResponse) =>
      sendXml(response, 403, '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    instead = [denied];

    expect(await sparkLogs.check(Config.parse({ spark: { logs: 's3://spark-history/logs' } }))).toEqual({
      state: 'failed',
      detail: 'spark-logs: list s3://spark-history/logs: Access Denied (AccessDenied)',
      nextStep: 'Let the role call s3:ListBucket on the bucket spark-history and s3:GetObject on its objects.',
    });
  });
});
