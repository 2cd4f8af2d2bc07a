import { afterEach, describe, expect, it } from 'vitest';
import { gpuHoursOf } from '../../../src/collectors/prometheus/exporters.js';
import { prometheus } from '../../../src/collectors/prometheus/index.js';
import type { Series } from '../../../src/collectors/prometheus/schema.js';
import { HOUR_MS } from '../../../src/model/window.js';
import { requestHours } from '../../../src/store/exporters.js';
import { nodeRows } from '../../../src/store/node-usage.js';
import { openStore } from '../../../src/store/open.js';
import { collectInput } from '../../support/collect.js';
import { type Change, type FakePrometheus, startFakePrometheus } from './fake-prometheus.js';

const SINCE_MS = Date.parse('2026-11-22T01:00:00Z');
const WINDOW = { sinceMs: SINCE_MS, untilMs: SINCE_MS + 4 * HOUR_MS };

let server: FakePrometheus | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function series(labels: Record<string, string>, value: number): Series {
  return { labels, points: [{ timeMs: HOUR_MS, value }] };
}

function hoursOf(...labels: Record<string, string>[]) {
  const all = (value: number) => labels.map((one) => series(one, value));
  return gpuHoursOf('test', { mean: all(4), max: all(9), samples: all(120) });
}

describe('hours of GPUs', () => {
  const gpu = { UUID: 'GPU-1', gpu: '0', Hostname: 'n1' };

  it('belong to the pod that holds the GPU where the exporter’s labels are honoured', () => {
    expect(hoursOf({ ...gpu, namespace: 'ml', pod: 'trainer-1' })).toEqual([
      {
        ...{ cluster: 'test', gpu: 'GPU-1', namespace: 'ml', pod: 'trainer-1', hourMs: 0, host: 'n1' },
        ...{ samples: 120, meanPercent: 4, maxPercent: 9 },
      },
    ]);
  });

  it('do not take the exporter’s own pod for the holder', () => {
    const exporter = { ...gpu, namespace: 'monitoring', pod: 'dcgm-exporter-x' };
    const held = { ...exporter, UUID: 'GPU-2', exported_namespace: 'ml', exported_pod: 'trainer-1' };
    expect(hoursOf(exporter, held).map((hour) => [hour.gpu, hour.pod])).toEqual([
      ['GPU-1', ''],
      ['GPU-2', 'trainer-1'],
    ]);
  });

  it('tell slices of one GPU apart', () => {
    const slices = ['7', '8'].map((slice) => ({ ...gpu, GPU_I_ID: slice, namespace: 'ml', pod: `p${slice}` }));
    expect(hoursOf(...slices).map((hour) => hour.gpu)).toEqual(['GPU-1/7', 'GPU-1/8']);
  });
});

it('knows since when a node without pods has been there', async () => {
  const change: Change = ({ query, startS, endS, isRange }, result) =>
    isRange && query.includes('kube_node_status_allocatable')
      ? [{ metric: { node: 'empty-1' }, values: [startS, endS].map((time): [number, string] => [time, '1']) }]
      : result;
  server = await startFakePrometheus(() => false, change);
  const input = collectInput({ prometheus: { url: server.url } }, WINDOW, openStore(':memory:'));
  await prometheus.collect({ ...input, sinceGiven: true });
  const node = nodeRows(input.store.db).find(({ name }) => name === 'empty-1');
  expect(node).toMatchObject({ aliveFromMs: SINCE_MS + HOUR_MS, aliveUntilMs: WINDOW.untilMs });
});

it('keeps what a mesh and an ingress count, by the service behind them', async () => {
  const change: Change = ({ query, endS, isRange }, result) => {
    const values: [number, string][] = [[endS, '12']];
    if (isRange && query.includes('istio_requests_total'))
      return [{ metric: { destination_service_namespace: 'web', destination_service_name: 'api' }, values }];
    if (isRange && query.includes('nginx_ingress_controller_requests'))
      return [
        { metric: { namespace: 'ingress', exported_namespace: 'web', service: 'c', exported_service: 'shop' }, values },
      ];
    return result;
  };
  server = await startFakePrometheus(() => false, change);
  const input = collectInput({ prometheus: { url: server.url } }, WINDOW, openStore(':memory:'));
  await prometheus.collect({ ...input, sinceGiven: true });
  const hourMs = WINDOW.untilMs - HOUR_MS;
  expect(requestHours(input.store.db, 'test', WINDOW)).toEqual([
    { namespace: 'web', service: 'api', source: 'istio', hourMs, requests: 12 },
    { namespace: 'web', service: 'shop', source: 'nginx', hourMs, requests: 12 },
  ]);
});
