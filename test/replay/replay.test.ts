import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Exchange, keyOf, normalise, readExchanges } from '../../src/replay/exchange.js';
import {
  awsEnvironment,
  DEMO_RECORDING,
  kubeconfigFor,
  openRecording,
  replayConfig,
} from '../../src/replay/recording.js';
import { type ReplayServer, startReplay } from '../../src/replay/server.js';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
const folder = mkdtempSync(join(tmpdir(), 'sparkfit-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

let server: ReplayServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function exchange(part: Partial<Exchange>): Exchange {
  return {
    method: 'GET',
    url: '/',
    body: '',
    target: '',
    status: 200,
    contentType: 'text/plain',
    response: '',
    ...part,
  };
}

describe('a request', () => {
  it.each([
    ['the order of its query', normalise('GET', '/a?y=2&x=1', '', '', ''), normalise('GET', '/a?x=1&y=2', '', '', '')],
    ['the order of its form', normalise('POST', '/', FORM, 'b=2&a=1', ''), normalise('POST', '/', FORM, 'a=1&b=2', '')],
    ['how a blank is written', normalise('GET', '/a?q=x%20y', '', '', ''), normalise('GET', '/a?q=x+y', '', '', '')],
  ])('is the same whatever %s', (_, a, b) => {
    expect(keyOf(a)).toBe(keyOf(b));
  });

  it.each([
    ['method', normalise('POST', '/a', '', '', '')],
    ['path', normalise('GET', '/b', '', '', '')],
    ['query', normalise('GET', '/a?x=1', '', '', '')],
    ['body', normalise('GET', '/a', 'application/json', '{}', '')],
    ['target', normalise('GET', '/a', '', '', 'GetProducts')],
  ])('is another with another %s', (_, other) => {
    expect(keyOf(other)).not.toBe(keyOf(normalise('GET', '/a', '', '', '')));
  });
});

describe('the replay', () => {
  it('answers what was recorded, as often as it is asked', async () => {
    const url = '/prometheus/api/v1/query?query=up&time=1';
    server = await startReplay([exchange({ url, status: 422, contentType: 'application/json', response: '{"ü":1}' })]);
    for (let times = 0; times < 2; times++) {
      const response = await fetch(`${server.url}/prometheus/api/v1/query?time=1&query=up`);
      expect(response.status).toBe(422);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.text()).toBe('{"ü":1}');
    }
    expect(server.missed).toEqual([]);
  });

  it('tells AWS operations apart by target and body', async () => {
    const post = { method: 'POST', url: '/aws/', contentType: 'application/x-amz-json-1.1' };
    server = await startReplay([
      exchange({ ...post, target: 'GetProducts', body: '{"page":1}', response: 'one' }),
      exchange({ ...post, target: 'GetProducts', body: '{"page":2}', response: 'two' }),
    ]);
    const ask = (body: string) =>
      fetch(`${server?.url}/aws/`, {
        method: 'POST',
        body,
        headers: { 'content-type': post.contentType, 'x-amz-target': 'GetProducts', 'x-amz-date': 'today' },
      });
    expect(await (await ask('{"page":2}')).text()).toBe('two');
    expect(await (await ask('{"page":1}')).text()).toBe('one');
  });

  it('refuses what was not recorded and remembers it', async () => {
    server = await startReplay([]);
    const response = await fetch(`${server.url}/kubernetes/api/v1/pods?limit=500`);
    expect(response.status).toBe(501);
    expect(server.missed).toMatchObject([{ method: 'GET', url: '/kubernetes/api/v1/pods?limit=500' }]);
  });
});

describe('a recording', () => {
  it('is read line by line', async () => {
    const file = join(folder, 'exchanges.jsonl.gz');
    const both = [exchange({ url: '/a' }), exchange({ url: '/b', response: 'x\ny' })];
    writeFileSync(file, gzipSync(`${both.map((each) => JSON.stringify(each)).join('\n')}\n`));
    expect(await readExchanges(file)).toEqual(both);
  });

  it('that is missing is named', () => {
    expect(() => openRecording(folder)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining('meta.json is missing') }),
    );
  });

  it('has its own clock, cluster and servers', () => {
    const recording = openRecording(DEMO_RECORDING);
    expect(recording).toMatchObject({ cluster: 'testbed', window: { untilMs: Date.parse('2021-05-31T00:00:00Z') } });
    const config = replayConfig(recording, 'http://127.0.0.1:1', { store: 's.db', kubeconfig: 'k' });
    expect(config).toMatchObject({ cluster: 'testbed', prometheus: { url: 'http://127.0.0.1:1/prometheus' } });
    const kubeconfig = parse(kubeconfigFor('http://127.0.0.1:1', 'c'));
    expect(kubeconfig.clusters).toMatchObject([{ name: 'c', cluster: { server: 'http://127.0.0.1:1/kubernetes' } }]);
    const environment = awsEnvironment('http://127.0.0.1:1', 'us-east-1');
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1/aws',
      AWS_PROFILE: '',
      AWS_REGION: 'us-east-1',
    });
  });
});
