#!/usr/bin/env node
// Memory and time of collecting a large cluster from the Kubernetes API: pods as large as real ones (about 6 kB), in pages of
// 50, and one continue token that expires in the middle, so that the list begins again.
//   npm run build && node benchmarks/self/kubernetes.mjs [--pods 5000] [--page 50]
// Budget: 5,000 pods in less than 300 MB of resident memory. The server runs in a process of its own.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pods: { type: 'string', default: '5000' }, page: { type: 'string', default: '50' } },
});
const PODS = Number(values.pods);
const BUDGET_MB = 300;
const EXECUTORS = 20;

/** A driver and its executors, which come before it as often as after it. */
function pod(i) {
  const run = Math.floor(i / (EXECUTORS + 1));
  const isDriver = i % (EXECUTORS + 1) === EXECUTORS;
  const name = isDriver ? `job-${run}-driver` : `job-${run}-0123456789abcdef-exec-${i % (EXECUTORS + 1)}`;
  const owner = isDriver
    ? { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', name: `job-${run}`, uid: `app-${run}` }
    : { apiVersion: 'v1', kind: 'Pod', name: `job-${run}-driver`, uid: `driver-${run}` };
  const env = Array.from({ length: 40 }, (_, k) => ({
    name: `SPARK_JAVA_OPT_${k}`,
    value: `-Dspark.some.setting.${k}=${'x'.repeat(40)}`,
  }));
  return {
    metadata: {
      name,
      namespace: `team-${run % 40}`,
      uid: isDriver ? `driver-${run}` : `pod-${i}`,
      creationTimestamp: '2026-11-23T20:00:00Z',
      labels: {
        'spark-role': isDriver ? 'driver' : 'executor',
        'spark-app-selector': `spark-${run}`,
        'spark-exec-id': `${i}`,
      },
      ownerReferences: [{ ...owner, controller: true }],
      managedFields: [{ manager: 'spark', operation: 'Update', fieldsV1: { note: 'f'.repeat(1500) } }],
    },
    spec: {
      nodeName: `node-${run % 300}`,
      containers: [
        {
          name: isDriver ? 'spark-kubernetes-driver' : 'spark-kubernetes-executor',
          image: 'spark:4',
          env,
          resources: { requests: { cpu: '2', memory: '7Gi' }, limits: { memory: '7Gi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'spark-kubernetes-executor', restartCount: 0, state: {}, lastState: {} }],
    },
  };
}

function serve() {
  let expired = false;
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    response.setHeader('content-type', 'application/json');
    if (url.pathname !== '/api/v1/pods') return response.end(JSON.stringify({ metadata: {}, items: [] }));
    const from = Number(url.searchParams.get('continue') ?? 0);
    if (from >= PODS / 2 && !expired) {
      expired = true;
      return response
        .writeHead(410)
        .end(JSON.stringify({ kind: 'Status', message: 'The provided continue parameter is too old' }));
    }
    const limit = Number(url.searchParams.get('limit'));
    const items = Array.from({ length: Math.min(limit, PODS - from) }, (_, i) => pod(from + i));
    const next = from + limit < PODS ? { continue: String(from + limit) } : {};
    response.end(JSON.stringify({ metadata: next, items }));
  });
  server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
}

async function collect(url, folder) {
  const { kubernetes } = await import('../../dist/collectors/kubernetes/index.js');
  const { Config } = await import('../../dist/config/schema.js');
  const { openStore } = await import('../../dist/store/open.js');
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { server: url, 'insecure-skip-tls-verify': true };
  const context = { name: 'x', context: { cluster: 'x', user: 'x' } };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'x', cluster }],
      users: [{ name: 'x', user: {} }],
      contexts: [context],
    }),
  );
  const config = Config.parse({ kubernetes: { kubeconfig, pageSize: Number(values.page) } });
  const store = openStore(join(folder, 'store.db'));
  const untilMs = Date.parse('2026-11-24T00:00:00Z');
  const input = {
    config,
    store,
    window: { sinceMs: untilMs - 3_600_000, untilMs },
    sinceGiven: true,
    cluster: 'big',
    signal: new AbortController().signal,
    progress() {},
  };
  const started = performance.now();
  const { detail, gaps } = await kubernetes.collect(input);
  const placed = store.db
    .prepare(`SELECT count(*) FROM pod p JOIN workload w ON w.id = p.workload_id WHERE w.kind = 'SparkApplication'`)
    .pluck()
    .get();
  process.send({
    detail,
    gaps,
    placed,
    seconds: (performance.now() - started) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
  });
  store.close();
}

function answerOf(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}

if (positionals[0] === 'serve') serve();
else if (positionals[0] === 'collect') await collect(positionals[1], positionals[2]);
else {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-kubernetes-'));
  const flags = ['--pods', values.pods, '--page', values.page];
  const server = fork(import.meta.filename, ['serve', ...flags]);
  const { detail, gaps, placed, seconds, megabytes } = await answerOf(
    fork(import.meta.filename, ['collect', await answerOf(server), folder, ...flags]),
  );
  server.kill();
  rmSync(folder, { recursive: true });
  console.log(`${detail}; ${placed} placed with their application; ${gaps.length} gaps`);
  console.log(
    `${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB resident at most (budget ${BUDGET_MB} MB: ${(megabytes / BUDGET_MB).toFixed(2)})`,
  );
  process.exitCode = megabytes < BUDGET_MB && placed === PODS ? 0 : 1;
}
