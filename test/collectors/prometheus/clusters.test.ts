import { afterEach, expect, it } from 'vitest';
import { connect } from '../../../src/collectors/prometheus/client.js';
import { described, sharedBy } from '../../../src/collectors/prometheus/clusters.js';
import { Config } from '../../../src/config/schema.js';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.js';
import { type FakeServer, sendJson, startServer } from '../../support/http.js';

const UNTIL_MS = Date.parse('2026-11-24T00:00:00Z');

let server: FakeServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** What `count by (…)` gives on a server with series of these labels, each at every time that is asked for. */
async function shared(labels: Record<string, string>[], window = { sinceMs: UNTIL_MS - DAY_MS, untilMs: UNTIL_MS }) {
  const steps: number[] = [];
  server = await startServer((_request, response, body) => {
    const form = new URLSearchParams(body);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
    steps.push(Math.floor(((end ?? 0) - (start ?? 0)) / (step ?? 1)) + 1);
    const result = labels.map((metric) => ({ metric, values: [[start, '3']] }));
    sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
  });
  const client = await connect(Config.parse({ prometheus: { url: server.url } }));
  return { found: await sharedBy(client, window), steps };
}

it.each<[string, Record<string, string>[]]>([
  ['no label', [{}]],
  ['one cluster', [{ cluster: 'a' }]],
  ['one cluster beside series without the label', [{ cluster: 'a' }, {}]],
  ['an empty value', [{ cluster: 'a' }, { cluster: '' }]],
  ['one cluster under two labels', [{ cluster: 'a', cluster_id: '1' }]],
  ['nothing', []],
])('takes %s for one cluster', async (_what, labels) => {
  expect((await shared(labels)).found.size).toBe(0);
});

it.each<[string, Record<string, string>[], string]>([
  ['two values of a label', [{ cluster: 'b' }, { cluster: 'a' }], 'cluster="a", cluster="b"'],
  ['tenants of Mimir', [{ __tenant_id__: 'x' }, { __tenant_id__: 'y' }], '__tenant_id__="x", __tenant_id__="y"'],
  ['values that need quoting', [{ cluster: 'a"}' }, { cluster: 'b' }], 'cluster="a\\"}", cluster="b"'],
  [
    'only the label that tells them apart',
    [
      { cluster: 'eu', k8s_cluster: 'a' },
      { cluster: 'eu', k8s_cluster: 'b' },
    ],
    'k8s_cluster="a", k8s_cluster="b"',
  ],
])('names %s', async (_what, labels, words) => {
  expect(described((await shared(labels)).found)).toBe(words);
});

it('says how many more there are', async () => {
  const many = Array.from({ length: 8 }, (_, i) => ({ cluster: `c${i}` }));
  expect(described((await shared(many)).found)).toContain('cluster="c4" and 3 more');
});

it('looks into the whole window with few evaluations, into a short one once', async () => {
  const year = { sinceMs: UNTIL_MS - 365 * DAY_MS, untilMs: UNTIL_MS };
  expect((await shared([{}], year)).steps[0]).toBeLessThanOrEqual(25);
  await server?.close();
  expect((await shared([{}], { sinceMs: UNTIL_MS - HOUR_MS / 2, untilMs: UNTIL_MS })).steps).toEqual([1]);
});
