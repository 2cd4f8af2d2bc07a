import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/cli/report.js';
import { checkToken, isLoopback } from '../../src/serve/access.js';
import { policyOf } from '../../src/serve/pages.js';
import { ReportFolder } from '../../src/serve/reports.js';
import { startServing } from '../../src/serve/server.js';
import { openStore } from '../../src/store/open.js';
import { sampleReport } from '../reports/sample.js';
import { sparkfit } from '../support/io.js';

let folder: string;
let server: Server;
const logged: string[] = [];

async function start(token?: string): Promise<void> {
  server = await startServing({
    host: '127.0.0.1',
    port: 0,
    token,
    reports: new ReportFolder(folder),
    store: join(folder, 'sparkfit.db'),
    log: (line) => void logged.push(line),
  });
}

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** As the path is written, without a client that tidies it up first. */
function ask(path: string, { method = 'GET', headers = {} as Record<string, string> } = {}): Promise<Reply> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-serve-'));
  logged.length = 0;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function write(generatedAt: string): void {
  writeReport({ ...sampleReport(), generatedAt }, folder, ['html', 'json', 'markdown'], 10, { keep: 5 });
}

describe('serve', () => {
  it('gives the newest report in its forms, the earlier ones and the metrics', async () => {
    write('2021-05-30T02:00:00Z');
    await start();
    expect((await ask('/report.json')).body).toContain('"generatedAt": "2021-05-30T02:00:00Z"');
    write('2021-05-31T02:00:00Z');
    expect((await ask('/report.json')).body).toContain('"generatedAt": "2021-05-31T02:00:00Z"');
    expect((await ask('/')).body).toContain('<h1>data-prod costs $10,143/month');
    expect((await ask('/report.md')).body).toContain('### sparkfit: data-prod costs');
    const history = (await ask('/history')).body;
    expect([...history.matchAll(/href="(\/history\/[^"]+)"/g)].map((match) => match[1])).toEqual([
      '/history/2021-05-31T020000Z',
      '/history/2021-05-30T020000Z',
    ]);
    expect((await ask('/history/2021-05-30T020000Z')).body).toContain('at 2021-05-30 02:00 UTC');
    const metrics = await ask('/metrics');
    expect(metrics.headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(metrics.body).toContain('sparkfit_cost_usd_per_month{cluster="data-prod"} 10142.6');
    expect(metrics.body).toMatch(/# EOF\n$/);
    expect(logged).toEqual([]);
  });

  it('says what to do while there is no report, and is well as soon as the store can be read', async () => {
    await start();
    for (const path of ['/', '/metrics', '/report.json']) {
      const { status, body } = await ask(path);
      expect({ path, status, told: body.includes('sparkfit nightly') }).toEqual({ path, status: 503, told: true });
    }
    expect((await ask('/healthz')).status).toBe(503);
    // As nightly holds it: the lock taken, a transaction open.
    const store = openStore(join(folder, 'sparkfit.db'));
    store.db.exec('BEGIN IMMEDIATE');
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    store.db.exec('ROLLBACK');
    store.close();
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('has nothing that takes %s', async (method) => {
    await start();
    for (const path of ['/', '/metrics', '/healthz', '/history']) {
      const { status, headers } = await ask(path, { method });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    }
  });

  it.each([
    '/../sparkfit.db',
    '/history/../../etc/passwd',
    '/history/..%2f..%2fetc%2fpasswd',
    '/history/mine',
    '/history/2021-05-31T020000Z/../../secret',
    '/sparkfit.db',
    '/%2e%2e/',
    '//etc/passwd',
  ])('leaves %s alone', async (path) => {
    write('2021-05-31T02:00:00Z');
    mkdirSync(join(folder, 'kept', 'mine'));
    writeFileSync(join(folder, 'kept', 'mine', 'sparkfit-report.html'), 'mine');
    await start();
    expect((await ask(path)).status).toBe(404);
  });

  it('sends a strict policy with everything, that of the report with the report', async () => {
    write('2021-05-31T02:00:00Z');
    await start();
    for (const path of ['/', '/history', '/history/2021-05-31T020000Z', '/metrics', '/healthz', '/none']) {
      const { headers } = await ask(path);
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await ask('/')).headers['content-security-policy']).toContain("script-src 'sha256-");
    expect(policyOf('<html><meta http-equiv="Content-Security-Policy" content="script-src *">')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });

  it('asks for the token, but not for the health', async () => {
    const token = 'a-token-of-some-length';
    write('2021-05-31T02:00:00Z');
    openStore(join(folder, 'sparkfit.db')).close();
    await start(token);
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}`,
    });
    expect((await ask('/')).status).toBe(401);
    expect((await ask('/', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    expect((await ask('/', { headers: basic('wrong') })).status).toBe(401);
    expect((await ask(`/?token=${token}`)).status).toBe(401);
    expect((await ask('/', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await ask('/metrics', { headers: basic(token) })).status).toBe(200);
    expect((await ask('/healthz')).status).toBe(200);
  });

  it('answers to no other name of this machine: a page elsewhere cannot read it', async () => {
    write('2021-05-31T02:00:00Z');
    await start();
    expect((await ask('/', { headers: { host: 'evil.example:8377' } })).status).toBe(403);
    expect((await ask('/', { headers: { host: 'localhost:8377' } })).status).toBe(200);
  });

  it('goes on after a report that is damaged', async () => {
    writeFileSync(join(folder, 'sparkfit-report.json'), '{');
    await start();
    expect((await ask('/metrics')).status).toBe(500);
    expect(logged).toHaveLength(1);
    write('2021-05-31T02:00:00Z');
    expect((await ask('/metrics')).status).toBe(200);
  });
});

describe('the address of serve', () => {
  beforeEach(() => start());

  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['192.168.1.2', false],
    ['127.0.0.1.evil.example', false],
  ])('%s is this machine: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
    if (loopback) expect(() => checkToken(host, undefined)).not.toThrow();
    else expect(() => checkToken(host, undefined)).toThrow(/SPARKFIT_SERVE_TOKEN is not set/);
  });

  it('ends with 2 for another address without a token, a short token and a bad port', async () => {
    const code = async (argv: string[], environment = {}) => (await sparkfit(argv, { environment })).exitCode;
    expect(await code(['serve', '--host', '0.0.0.0'])).toBe(2);
    expect(await code(['serve'], { SPARKFIT_SERVE_TOKEN: 'short' })).toBe(2);
    expect(await code(['serve', '--port', '99999'])).toBe(2);
  });
});
