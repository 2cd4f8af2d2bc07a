import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../src/collectors/prometheus/client.js';
import { Config } from '../../../src/config/schema.js';
import { SourceError } from '../../../src/model/errors.js';
import { type FakeServer, sendJson, startServer } from '../../support/http.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const RANGE = { startMs: 60_000, endMs: 600_000, stepSeconds: 60 };
const open: (() => Promise<void>)[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkfit-prometheus-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((close) => close()));
});

async function served(handler: Handler): Promise<FakeServer> {
  const server = await startServer(handler);
  open.push(server.close);
  return server;
}

/** One series with the value 1 at each time that is asked for. */
function answer(response: ServerResponse, body: string, extra: object = {}): void {
  const form = new URLSearchParams(body);
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
  const values: [number, string][] = [];
  for (let time = start ?? 0; time <= (end ?? 0); time += step ?? 1) values.push([time, '1']);
  const result = [{ metric: { pod: 'a' }, values }];
  sendJson(response, 200, { status: 'success', ...extra, data: { resultType: 'matrix', result } });
}

function fileWith(text: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
}

async function times(url: string, config: object = {}): Promise<number[]> {
  const client = await connect(Config.parse({ prometheus: { url, ...config } }));
  const series = await client.range('test', 'up', RANGE);
  return series.flatMap(({ points }) => points.map(({ timeMs }) => timeMs / 60_000));
}

async function failure(url: string, config: object = {}): Promise<SourceError> {
  const error: unknown = await times(url, config).catch((thrown: unknown) => thrown);
  if (error instanceof SourceError) return error;
  throw new Error(`expected a SourceError, got ${JSON.stringify(error)}`);
}

const ALL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const spanOf = (body: string) => {
  const form = new URLSearchParams(body);
  return (Number(form.get('end')) - Number(form.get('start'))) / Number(form.get('step')) + 1;
};

describe('how Prometheus is reached', () => {
  it('sends the bearer token of a file and the tenant, under a path prefix', async () => {
    const seen: unknown[] = [];
    const { url } = await served((request, response, body) => {
      seen.push([request.url, request.headers.authorization, request.headers['x-scope-orgid']]);
      answer(response, body);
    });
    const config = { tokenFile: fileWith('secret-token\n'), tenant: 'team-a|team-b' };
    expect(await times(`${url}/mimir/prometheus/`, config)).toEqual(ALL);
    expect(seen).toEqual([['/mimir/prometheus/api/v1/query_range', 'Bearer secret-token', 'team-a|team-b']]);
  });

  it('takes user and password from the URL, and names neither', async () => {
    const seen: unknown[] = [];
    const { url } = await served((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const error = await failure(url.replace('//', '//reader:p%40ss@'));
    expect(seen).toEqual([`Basic ${Buffer.from('reader:p@ss').toString('base64')}`]);
    expect(`${error.message} ${error.hint}`).not.toMatch(/p%40ss|p@ss/);
    expect((await failure('ftp://reader:geheim@host')).message).not.toContain('geheim');
  });

  it('says of an answer in another form that it is no list of series', async () => {
    const { url } = await served((_request, response) =>
      sendJson(response, 200, { status: 'success', data: { resultType: 'matrix' } }),
    );
    expect((await failure(url)).message).toContain('the answer is no list of series');
  });

  it('goes through the proxy of the environment, but not to what that leaves out', async () => {
    const seen: string[] = [];
    const proxy = await served((request, response, body) => {
      seen.push(request.url ?? '');
      answer(response, body);
    });
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('http_proxy', proxy.url);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    vi.stubEnv('no_proxy', '127.0.0.1');
    expect(await times('http://prometheus.example:9090')).toEqual(ALL);
    expect(seen).toEqual(['http://prometheus.example:9090/api/v1/query_range']);
    const near = await served((_request, response, body) => answer(response, body));
    expect(await times(near.url)).toEqual(ALL);
    expect(seen).toHaveLength(1);
  });

  it('trusts a CA of its own where the file is named, and says which key names it', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...words, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => answer(response, body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}`;
    expect(await times(url, { caFile: certificate })).toEqual(ALL);
    expect((await failure(url)).hint).toContain('prometheus.caFile');
    expect((await failure(url, { caFile: join(folder, 'none') })).message).toContain('caFile');
  });
});

describe('a Prometheus in trouble', () => {
  it('is asked again while it answers 503 with a page of its proxy', async () => {
    let asked = 0;
    const { url } = await served((_request, response, body) => {
      asked += 1;
      if (asked > 5) return answer(response, body);
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html><h1>503</h1> no healthy upstream</html>');
    });
    expect(await times(url)).toEqual(ALL);
    expect(asked).toBe(6);
  });

  it('is asked in halves where it or its proxy gives up on the whole', async () => {
    for (const [status, page] of [
      [504, '<h1>504 Gateway Time-out</h1>'],
      [413, 'Request Entity Too Large'],
      [503, JSON.stringify({ status: 'error', errorType: 'timeout', error: 'canceled' })],
    ] as const) {
      const spans: number[] = [];
      const { url } = await served((_request, response, body) => {
        spans.push(spanOf(body));
        if (spanOf(body) <= 3) return answer(response, body);
        const type = page.startsWith('{') ? 'application/json' : 'text/html';
        response.writeHead(status, { 'content-type': type }).end(page);
      });
      expect(await times(url)).toEqual(ALL);
      expect(spans).toEqual([10, 5, 2, 3, 5, 2, 3]);
    }
  });

  it('is asked in halves where it does not answer in time', async () => {
    const spans: number[] = [];
    const { url } = await served((_request, response, body) => {
      spans.push(spanOf(body));
      if (spanOf(body) <= 5) answer(response, body);
    });
    expect(await times(url, { timeoutSeconds: 3 })).toEqual(ALL);
    expect(spans).toEqual([10, 5, 5]);
  });

  it('asks no more than 11,000 points at once', async () => {
    const spans: number[] = [];
    const { url } = await served((_request, response, body) => {
      spans.push(spanOf(body));
      answer(response, body);
    });
    const client = await connect(Config.parse({ prometheus: { url } }));
    const range = { startMs: 60_000, endMs: 25_000 * 60_000, stepSeconds: 60 };
    const [series] = await client.range('test', 'up', range);
    expect(Math.max(...spans)).toBeLessThanOrEqual(11_000);
    expect(series?.points.map(({ timeMs }) => timeMs / 60_000)).toEqual(
      Array.from({ length: 25_000 }, (_, i) => i + 1),
    );
  });

  it('is asked again after a connection cut in the middle of an answer, with and without its length', async () => {
    for (const headers of [{ 'content-length': 5000 }, { connection: 'close' }]) {
      let asked = 0;
      const { url } = await served((_request, response, body) => {
        asked += 1;
        if (asked > 2) return answer(response, body);
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        const cut =
          '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"pod":"a"},"values":[[60,"1"]';
        if (asked === 1) response.end(cut);
        else response.write(cut, () => response.destroy());
      });
      expect(await times(url)).toEqual(ALL);
    }
  });

  it('fails with its words where a login page stands before it', async () => {
    const { url } = await served((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Sign in</title></html>');
    });
    expect((await failure(url)).message).toContain('the answer is no JSON: Sign in');
  });

  it.each([
    [{ warnings: ['store gateway-2 is unavailable'] }, 'store gateway-2 is unavailable'],
    [{ isPartial: true }, 'some storage nodes did not answer (isPartial)'],
  ])('is not taken for whole where it says %j', async (extra, said) => {
    const { url } = await served((_request, response, body) => answer(response, body, extra));
    const client = await connect(Config.parse({ prometheus: { url } }));
    await client.range('test', 'up', RANGE);
    await client.range('test', 'up', RANGE);
    expect(client.shortcomings()).toEqual([said]);
  });

  it('has no more queries in flight than configured', async () => {
    let [asked, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const { url } = await served((_request, response, body) => {
      asked += 1;
      most = Math.max(
        most,
        waiting.push(() => answer(response, body)),
      );
      // Time for a fourth to come, were it sent.
      if (waiting.length === 3 || asked === 20)
        setTimeout(() => {
          for (const send of waiting.splice(0)) send();
        }, 20);
    });
    const client = await connect(Config.parse({ prometheus: { url, concurrency: 3 } }));
    await Promise.all(Array.from({ length: 20 }, () => client.range('test', 'up', RANGE)));
    expect(most).toBe(3);
  });
});
