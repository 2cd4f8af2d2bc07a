import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mergePatch } from '../../src/bench/application-manifest.js';
import { readSession } from '../../src/bench/session.js';
import { sparkfit } from '../support/io.js';
import { endedStatus } from '../support/spark-application.js';

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-bench-k8s-'));
const at = (name: string) => join(folder, name);
const PATH = '/apis/sparkoperator.k8s.io/v1beta2/namespaces/data/sparkapplications';
const Manifest = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    sparkConf: z.record(z.string(), z.string()),
    executor: z.looseObject({}),
    restartPolicy: z.object({ type: z.string() }),
  }),
});

/** An API server that runs every application in no time: the state of each is in its settings. */
const requests: string[] = [];
const applications = new Map<string, z.infer<typeof Manifest>>();
/** How many times yet the server answers 503, by method. */
const trouble = new Map<string, number>();

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const server = createServer((request, response) => {
  void (async () => {
    const body = await bodyOf(request);
    requests.push(`${request.method} ${request.url?.replace(/-[0-9a-f]{6}$/, '')}`);
    const name = request.url?.slice(PATH.length + 1) ?? '';
    const answer = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.method === 'POST') {
      const manifest = Manifest.parse(JSON.parse(body));
      applications.set(manifest.metadata.name, manifest);
      return answer(201, manifest);
    }
    const busy = trouble.get(request.method ?? '') ?? 0;
    if (busy > 0) {
      trouble.set(request.method ?? '', busy - 1);
      return answer(503, { kind: 'Status', message: 'the server is busy' });
    }
    const manifest = applications.get(name);
    if (!manifest) return answer(404, { kind: 'Status', message: 'not found' });
    if (request.method === 'DELETE') return answer(200, { kind: 'Status', status: 'Success' });
    answer(200, { ...manifest, status: endedStatus(manifest.spec) });
  })();
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  writeFileSync(
    at('kubeconfig'),
    `apiVersion: v1
kind: Config
current-context: c
clusters: [{ name: c, cluster: { server: 'http://127.0.0.1:${port}', insecure-skip-tls-verify: true } }]
users: [{ name: u, user: {} }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
`,
  );
  writeFileSync(
    at('app.yaml'),
    `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata: { name: etl, namespace: data, resourceVersion: '7' }
spec:
  image: spark:3.5
  sparkConf: { spark.kept: 'yes' }
  executor: { instances: 2 }
  restartPolicy: { type: Always }
`,
  );
  writeFileSync(
    at('suite.yaml'),
    `suite: cluster
runs: 4
warmup: 0
metrics: [time]
workloads:
  - name: etl
    sparkApplication: app.yaml
    variants:
      - { name: now, conf: { spark.test.seconds: 60 } }
      - { name: other, conf: { spark.test.seconds: 40 }, nodeSelector: { pool: spot }, patch: { spec: { executor: { instances: 4 } } } }
      - { name: broken, conf: { spark.test.seconds: 0 } }
`,
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function bench(...words: string[]) {
  return sparkfit(
    ['bench', 'run', at('suite.yaml'), '--output', at('session.json'), '--store', at('bench.db'), ...words],
    { environment: { PATH: process.env.PATH, KUBECONFIG: at('kubeconfig') }, nowMs: Date.now() },
  );
}

describe('SparkApplications', () => {
  it('are not touched without --apply', async () => {
    const { err, exitCode } = await bench();
    expect(exitCode).toBe(3);
    expect(err).toContain('--apply');
    expect(requests).toEqual([]);
  });

  it('are created, watched and deleted with it, failed ones too', async () => {
    const { exitCode } = await bench('--apply');
    expect(exitCode).toBe(3);
    const { runs } = readSession(at('session.json'));
    const told = new Set(
      runs.map(({ variant, state, message, metrics }) => `${variant} ${state} ${message} ${metrics.time}`),
    );
    expect(told).toEqual(
      new Set(['now ok null 60', 'other ok null 40', 'broken failed FAILED: driver failed undefined']),
    );
    const count = (word: string) => requests.filter((request) => request.startsWith(word)).length;
    expect(count('POST')).toBe(runs.length);
    expect(count('DELETE')).toBe(runs.length);
    expect(new Set(requests)).toEqual(new Set([`POST ${PATH}`, `GET ${PATH}/etl`, `DELETE ${PATH}/etl`]));
  });

  it('carry what the variant changes, a name of their own and no restarts', () => {
    const other = [...applications.values()].find(({ spec }) => spec.sparkConf['spark.test.seconds'] === '40');
    expect(other?.metadata.name).toMatch(/^etl-[0-9a-f]{6}$/);
    expect(other?.metadata.labels).toEqual({ 'sparkfit.dev/bench': 'etl' });
    expect(other?.spec).toMatchObject({
      image: 'spark:3.5',
      sparkConf: { 'spark.kept': 'yes', 'spark.test.seconds': '40' },
      restartPolicy: { type: 'Never' },
      executor: { instances: 4, nodeSelector: { pool: 'spot' } },
      driver: { nodeSelector: { pool: 'spot' } },
    });
  });
});

describe('an API server that is away for a while', () => {
  it('ends no run: the application is watched and deleted once it is back', async () => {
    trouble.set('GET', 1).set('DELETE', 2);
    requests.length = 0;
    await bench('--apply', '--runs', '1');
    const { runs } = readSession(at('session.json'));
    expect(runs.map(({ variant, state, message }) => `${variant} ${state} ${message}`)).toEqual([
      'now ok null',
      'other ok null',
      'broken failed FAILED: driver failed',
    ]);
    expect([...trouble.values()]).toEqual([0, 0]);
    expect(requests.filter((request) => request.startsWith('DELETE'))).toHaveLength(runs.length + 2);
  });
});

describe('a merge patch', () => {
  it.each([
    [{ a: 1, b: { c: 2 } }, { b: { d: 3 } }, { a: 1, b: { c: 2, d: 3 } }],
    [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['x', { a: 1 }, { a: 1 }],
  ])('of %j with %j gives %j', (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged);
  });
});
