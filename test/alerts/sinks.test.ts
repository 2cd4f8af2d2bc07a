import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deliver } from '../../src/alerts/deliver.js';
import { enqueueGroups } from '../../src/alerts/enqueue.js';
import { sinksOf } from '../../src/alerts/sinks/index.js';
import type { Sink } from '../../src/alerts/sinks/sink.js';
import { Config } from '../../src/config/schema.js';
import type { FindingRecord } from '../../src/model/lifecycle.js';
import { isQuiet, parseQuietHours } from '../../src/model/quiet-hours.js';
import { DAY_MS, MINUTE_MS } from '../../src/model/window.js';
import { openStore, type Store } from '../../src/store/open.js';
import { type FakeServer, startServer } from '../support/http.js';
import { AT, open } from './records.js';

interface Got {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What Alertmanager's API v2 takes (postableAlerts). */
const PostableAlerts = z.array(
  z.object({
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    generatorURL: z.url().optional(),
  }),
);

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-sinks-'));
afterAll(() => rmSync(folder, { recursive: true }));
let server: FakeServer;
let got: Got[];
let store: Store;
beforeEach(async () => {
  got = [];
  store = openStore(':memory:');
  server = await startServer((request, response, body) => {
    got.push({ url: request.url ?? '', headers: request.headers, body });
    response.writeHead(200);
    response.end('ok');
  });
});
afterEach(async () => {
  store.close();
  await server.close();
});

async function night(sinks: readonly Sink[], records: readonly FindingRecord[], atMs = AT) {
  const config = Config.parse({});
  enqueueGroups(sinks, { db: store.db, cluster: 'prod', atMs, records, config });
  return deliver(store.db, sinks, {
    clock: { now: () => atMs, sleep: async () => {} },
    timeoutMs: 30_000,
    budgetMs: MINUTE_MS,
    signal: new AbortController().signal,
    isQuiet: () => false,
  });
}

describe('which receivers there are', () => {
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'from-a-file\n');

  it.each<[string, object, Record<string, string>, string[]]>([
    ['none by default', {}, {}, []],
    ['PagerDuty with a key', {}, { PAGERDUTY_ROUTING_KEY: 'k' }, ['pagerduty']],
    ['PagerDuty with a file', { pagerduty: { routingKeyFile: secret } }, {}, ['pagerduty']],
    ['Slack with a URL', {}, { SLACK_WEBHOOK_URL: 'https://hooks.example.com/x' }, ['slack']],
    [
      'all',
      { alertmanager: { url: 'http://am' }, webhook: { url: 'http://wh' } },
      { PAGERDUTY_ROUTING_KEY: 'k', SLACK_WEBHOOK_URL: 'http://s' },
      ['pagerduty', 'alertmanager', 'slack', 'webhook'],
    ],
  ])('%s', (_, alerts, environment, ids) => {
    expect(sinksOf(Config.parse({ alerts }), environment).map(({ id }) => id)).toEqual(ids);
  });

  it('a file that is not there or holds more than a secret is told without its content', () => {
    const config = (file: string) => Config.parse({ alerts: { pagerduty: { routingKeyFile: file } } });
    expect(() => sinksOf(config(join(folder, 'none')), {})).toThrow(/none: ENOENT/);
    writeFileSync(join(folder, 'two'), 'one two');
    expect(() => sinksOf(config(join(folder, 'two')), {})).toThrow(/two: expected one secret and nothing else$/);
    expect(() => sinksOf(Config.parse({}), { PAGERDUTY_ROUTING_KEY: 'a b' })).toThrow(
      /^PAGERDUTY_ROUTING_KEY: holds a space/,
    );
  });
});

describe('Alertmanager', () => {
  const sinks = () => sinksOf(Config.parse({ alerts: { alertmanager: { url: `${server.url}/` } } }), {});

  it('is told every night what is open, under the same labels, and once what is over', async () => {
    await night(sinks(), [open('api')]);
    await night(sinks(), [open('api', { severity: 'info', usd: 500 })], AT + DAY_MS);
    await night(sinks(), [], AT + 2 * DAY_MS);
    await night(sinks(), [], AT + 3 * DAY_MS);
    expect(got.map(({ url }) => url)).toEqual(['/api/v2/alerts', '/api/v2/alerts', '/api/v2/alerts']);
    const alerts = got.flatMap(({ body }) => PostableAlerts.parse(JSON.parse(body)));
    expect(new Set(alerts.map(({ labels }) => JSON.stringify(labels))).size).toBe(1);
    expect(alerts[0]?.labels).not.toHaveProperty('severity');
    expect(alerts.map(({ annotations }) => annotations.severity)).toEqual(['critical', 'info', 'info']);
    const ends = alerts.map(({ endsAt }) => (Date.parse(endsAt) - AT) / DAY_MS);
    expect(ends).toEqual([7, 8, 2]);
  });
});

describe('Slack', () => {
  it('is told in its markup, with nothing of it in outside names', async () => {
    const sinks = sinksOf(Config.parse({ alerts: { reportUrl: 'https://r.example.com/r.html' } }), {
      SLACK_WEBHOOK_URL: `${server.url}/services/T/B/S3CR3T`,
    });
    const record = open('api', { title: '<!channel> & <https://evil|x>' });
    await night(sinks, [record]);
    const { text } = JSON.parse(got[0]?.body ?? '{}');
    expect(text).toContain(
      `<https://r.example.com/r.html#finding=${record.fingerprint}|&lt;!channel&gt; &amp; &lt;https://evil¦x&gt;>`,
    );
    expect(text).not.toContain('<!channel>');
    const preview = sinks[0]?.preview({ ...EVENT });
    expect(JSON.stringify(preview)).not.toContain('S3CR3T');
  });
});

const EVENT = {
  ...{ action: 'trigger' as const, key: 'k', cluster: 'prod', family: 'idle', severity: 'info' as const },
  ...{ summary: 's', atMs: AT, usdPerMonth: null, total: 0, members: [] },
};

describe('a webhook', () => {
  const sinks = (environment: Record<string, string>) =>
    sinksOf(Config.parse({ alerts: { webhook: { url: `${server.url}/hook` } } }), environment);

  it('is signed over time and body', async () => {
    await night(sinks({ SPARKFIT_WEBHOOK_SECRET: 's3cret' }), [open('api')]);
    const [request] = got;
    const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-sparkfit-signature']));
    expect(Number(match?.[1])).toBe(AT / 1000);
    const expected = createHmac('sha256', 's3cret').update(`${match?.[1]}.${request?.body}`).digest('hex');
    expect(match?.[2]).toBe(expected);
    expect(JSON.parse(request?.body ?? '{}')).toMatchObject({
      schema: 'sparkfit.alert/1',
      at: '2026-05-20T02:00:00Z',
      action: 'trigger',
      cluster: 'prod',
      family: 'idle',
      members: [{ rule: 'idle/workload', where: 'Deployment web/api' }],
    });
    expect(request?.body).not.toContain('s3cret');
  });

  it('goes unsigned without a secret', async () => {
    await night(sinks({}), [open('api')]);
    expect(got[0]?.headers).not.toHaveProperty('x-sparkfit-signature');
    expect(got[0]?.headers['x-sparkfit-key']).toMatch(/^sparkfit-/);
  });
});

describe('quiet hours', () => {
  it.each([
    ['22:00-07:00', '2026-05-20T21:59:00Z', 'UTC', false],
    ['22:00-07:00', '2026-05-20T22:00:00Z', 'UTC', true],
    ['22:00-07:00', '2026-05-20T06:59:00Z', 'UTC', true],
    ['22:00-07:00', '2026-05-20T07:00:00Z', 'UTC', false],
    ['12:00-13:30', '2026-05-20T13:29:00Z', 'UTC', true],
    ['12:00-13:30', '2026-05-20T13:30:00Z', 'UTC', false],
    // Summer time in Berlin: 22:00 there is 20:00 UTC.
    ['22:00-07:00', '2026-05-20T20:00:00Z', 'Europe/Berlin', true],
    ['22:00-07:00', '2026-01-20T20:00:00Z', 'Europe/Berlin', false],
    ['', '2026-05-20T03:00:00Z', 'UTC', false],
    ['00:00-24:00', '2026-05-20T03:00:00Z', 'UTC', true],
  ])('%s at %s in %s: %s', (hours, time, zone, expected) => {
    expect(isQuiet(hours, Date.parse(time), zone)).toBe(expected);
  });

  it.each(['22-7', '25:00-07:00', '22:60-07:00', 'night', '22:00'])('%s is no span', (text) => {
    expect(parseQuietHours(text)).toBeUndefined();
  });
});
