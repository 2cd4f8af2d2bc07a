import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { candidateOf, discover } from '../../../src/collectors/prometheus/discover.js';
import { prometheus } from '../../../src/collectors/prometheus/index.js';
import { Config } from '../../../src/config/schema.js';
import { SourceError } from '../../../src/model/errors.js';
import { type FakeServer, sendJson, startServer } from '../../support/http.js';
import {
  type FakeApi,
  type Item,
  kubeconfigFor,
  sendStatus,
  startFakeApi,
  type Trouble,
} from '../kubernetes/fake-api.js';

const NAME = 'app.kubernetes.io/name';
const COMPONENT = 'app.kubernetes.io/component';

function service(name: string, port: number, labels: Record<string, string> = {}, namespace = 'monitoring'): Item {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, namespace, ...{ labels } },
    spec: {
      type: 'ClusterIP',
      ports: [
        { name: 'web', port },
        { name: 'reloader', port: 8086 },
      ],
    },
  };
}

describe('candidateOf', () => {
  it.each([
    [
      'the operator',
      service('prometheus-operated', 9090, { 'operated-prometheus': 'true' }),
      'Prometheus',
      'http://prometheus-operated.monitoring.svc:9090',
    ],
    [
      'kube-prometheus-stack',
      service('mon-kube-prometheus-prometheus', 9090, { app: 'kube-prometheus-stack-prometheus' }),
      'Prometheus',
      'http://mon-kube-prometheus-prometheus.monitoring.svc:9090',
    ],
    [
      'the community chart',
      service('prometheus-server', 80, { [NAME]: 'prometheus', [COMPONENT]: 'server' }, 'prometheus'),
      'Prometheus',
      'http://prometheus-server.prometheus.svc',
    ],
    ['a bare name', service('prometheus', 9090, {}, 'default'), 'Prometheus', 'http://prometheus.default.svc:9090'],
    [
      'Thanos',
      service('obs-query', 9090, { [NAME]: 'thanos', [COMPONENT]: 'query' }),
      'Thanos',
      'http://obs-query.monitoring.svc:9090',
    ],
    ['Thanos by its name', service('thanos-query', 10902), 'Thanos', 'http://thanos-query.monitoring.svc:10902'],
    [
      'Mimir',
      service('mimir-gateway', 80, { [NAME]: 'mimir', [COMPONENT]: 'gateway' }, 'mimir'),
      'Mimir',
      'http://mimir-gateway.mimir.svc/prometheus',
    ],
    [
      'Mimir without a gateway',
      service('m-query-frontend', 8080, { [NAME]: 'mimir', [COMPONENT]: 'query-frontend' }),
      'Mimir',
      'http://m-query-frontend.monitoring.svc:8080/prometheus',
    ],
    [
      'a cluster of VictoriaMetrics',
      service('vmselect-main', 8481, { [NAME]: 'vmselect' }),
      'VictoriaMetrics',
      'http://vmselect-main.monitoring.svc:8481/select/0/prometheus',
    ],
    [
      'one VictoriaMetrics',
      service('vmsingle-main', 8429, { [NAME]: 'vmsingle' }),
      'VictoriaMetrics',
      'http://vmsingle-main.monitoring.svc:8429',
    ],
  ])('knows %s', (_what, item, kind, url) => {
    expect(candidateOf(item)).toMatchObject({ kind, url });
  });

  it.each([
    ['an exporter', service('prometheus-node-exporter', 9100, { [NAME]: 'prometheus-node-exporter' })],
    ['the Alertmanager', service('prometheus-alertmanager', 9093, { [NAME]: 'alertmanager' })],
    ['the operator itself', service('prometheus-operator', 8080, { [NAME]: 'prometheus-operator' })],
    ['the store of Thanos', service('thanos-storegateway', 9090, { [NAME]: 'thanos', [COMPONENT]: 'storegateway' })],
    ['another port', service('prometheus', 1234)],
    ['a name elsewhere', { ...service('prometheus', 9090), spec: { type: 'ExternalName', ports: [{ port: 9090 }] } }],
    ['no Service', { kind: 'Status' }],
  ])('leaves out %s', (_what, item) => {
    expect(candidateOf(item)).toBeUndefined();
  });
});

describe('discover', () => {
  let folder: string;
  let api: FakeApi | undefined;
  let network: FakeServer | undefined;
  let asked: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sparkfit-discover-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    asked = [];
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await api?.close();
    await network?.close();
  });

  /** A cluster with Services; the proxy of the environment stands for its network: host and path → containers. */
  async function clusterOf(services: Item[], containers: Record<string, number>, trouble?: Trouble) {
    api = await startFakeApi({ services }, trouble);
    network = await startServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://none');
      const range = url.pathname.endsWith('_range');
      const key = `${url.host}${url.pathname.replace(/\/api\/v1\/query(_range)?$/, '')}`;
      asked.push(key);
      const count = containers[key];
      if (count === undefined) return void response.writeHead(404).end('no such page');
      if (range) return sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result: [] } });
      const result = count > 0 ? [{ metric: {}, value: [0, String(count)] }] : [];
      sendJson(response, 200, { status: 'success', data: { resultType: 'vector', result } });
    });
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigFor(api.url));
    for (const name of ['HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, network.url);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '127.0.0.1');
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    return Config.parse({ kubernetes: { kubeconfig, pageSize: 2 } });
  }

  const STACK = [
    service('shop', 8080, {}, 'web'),
    service('prometheus-operated', 9090, { 'operated-prometheus': 'true' }),
    service('prometheus-operated', 9090, { 'operated-prometheus': 'true' }, 'apps'),
    service('thanos-query', 9090),
  ];

  it('takes the one that measures containers and keeps them for longest, listed page by page', async () => {
    const config = await clusterOf(STACK, {
      'thanos-query.monitoring.svc:9090': 40,
      'prometheus-operated.monitoring.svc:9090': 40,
      'prometheus-operated.apps.svc:9090': 0,
    });
    expect(await discover(config)).toEqual({ url: 'http://thanos-query.monitoring.svc:9090', kind: 'Thanos' });
    expect(asked).not.toContain('shop.web.svc:8080');
    expect(api?.requests.filter((path) => path.includes('/services')).length).toBeGreaterThan(1);
  });

  it('passes over what does not answer and what measures no container', async () => {
    const config = await clusterOf(STACK, {
      'prometheus-operated.apps.svc:9090': 0,
      'prometheus-operated.monitoring.svc:9090': 40,
    });
    expect(await discover(config)).toMatchObject({ url: 'http://prometheus-operated.monitoring.svc:9090' });
  });

  it('asks below the path that the kind needs', async () => {
    const config = await clusterOf([service('mimir-gateway', 80, {}, 'mimir')], {
      'mimir-gateway.mimir.svc/prometheus': 7,
    });
    expect(await discover(config)).toMatchObject({ url: 'http://mimir-gateway.mimir.svc/prometheus' });
  });

  it('is what doctor tells of', async () => {
    const config = await clusterOf(STACK, { 'prometheus-operated.monitoring.svc:9090': 40 });
    const { state, detail } = await prometheus.check(config);
    expect(state).toBe('ok');
    expect(detail).toContain('Prometheus found at http://prometheus-operated.monitoring.svc:9090, 40 containers');
  });

  it('tries the usual names where Services may not be listed', async () => {
    const forbidden: Trouble = (resource, _count, response) =>
      resource === 'services' && sendStatus(response, 403, 'forbidden');
    const config = await clusterOf([], { 'prometheus-k8s.monitoring:9090': 3 }, forbidden);
    expect(await discover(config)).toMatchObject({ url: 'http://prometheus-k8s.monitoring:9090' });
  });

  it('says what was tried where none answers', async () => {
    const config = await clusterOf([service('thanos-query', 9090)], {});
    const error: unknown = await discover(config).catch((thrown: unknown) => thrown);
    if (!(error instanceof SourceError)) throw new Error('no SourceError');
    expect(error.message).toContain('none of http://thanos-query.monitoring.svc:9090 answers');
    expect(error.hint).toContain('SPARKFIT_PROMETHEUS_URL');
  });

  it('sends a token to no address that was only found', async () => {
    const config = await clusterOf(STACK, { 'prometheus-operated.monitoring.svc:9090': 40 });
    const withToken = { ...config, prometheus: { ...config.prometheus, tokenFile: '/dev/null' } };
    await expect(discover(withToken)).rejects.toThrow('a token goes to no address that is not named');
    expect(asked).toEqual([]);
  });
});
