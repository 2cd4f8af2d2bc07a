#!/usr/bin/env node
// npm run record -- --shared ../shared: makes recordings/demo anew from real servers (the test bed's API server and
// Prometheus, the AWS replay) and two recorded Spark logs. Needs the test bed built; see docs/recording.md.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { COLLECTORS } from '../../dist/collectors/registry.js';
import { collectAll } from '../../dist/collectors/run.js';
import { awsEnvironment, kubeconfigFor, PREFIX, replayConfig } from '../../dist/replay/recording.js';
import { openStore } from '../../dist/store/open.js';
import { startUpstream } from './aws-upstream.mjs';
import { mapSparkLog } from './map-spark-log.mjs';
import { startRecorder } from './recorder.mjs';

const { values } = parseArgs({ options: { shared: { type: 'string', default: '../shared' } } });
const shared = resolve(values.shared);
const folder = resolve('recordings/demo');
const CLUSTER = 'testbed';
const REGION = 'us-east-1';
/** The end of the real spot price data. */
const UNTIL = '2021-05-31T00:00:00Z';
const DAYS = 8;
const SINCE = new Date(Date.parse(UNTIL) - DAYS * 86_400_000).toISOString();
const PORTS = {
  P_ETCD: '12479',
  P_PEER: '12480',
  P_API: '16543',
  P_KCM: '16357',
  P_SCHED: '16359',
  P_KWOK: '16347',
  P_KSM: '18180',
  P_PROM: '19190',
};
const bedHome = process.env.TESTBED_HOME ?? join(homedir(), '.cache', 'sparkfit-testbed');
const bedEnvironment = { ...process.env, ...PORTS, TESTBED_RUN: 'record', END: UNTIL };
const bed = join(bedHome, 'record');

function testbed(script, ...words) {
  execFileSync(join(shared, 'testbed', script), words, {
    env: bedEnvironment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function startAws() {
  const data = join(shared, 'data', 'aws');
  const spot = join(data, 'spot');
  const upstream = await startUpstream({
    spotFiles: readdirSync(spot).flatMap((name) => (/^us-east-1.*\.csv\.gz$/.test(name) ? [join(spot, name)] : [])),
    ec2File: join(bed, 'out', 'ec2.json'),
    untilMs: Date.parse(UNTIL),
  });
  const words = [
    join(data, 'replay_aws.mjs'),
    '--data',
    data,
    '--ec2',
    join(bed, 'out', 'ec2.json'),
    '--anchor',
    'none',
    '--port',
    '0',
    '--upstream',
    upstream.url,
  ];
  const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  return { server, upstream, url: JSON.parse(String(line)).listening };
}

/** Pods and nodes of a Spark run as Prometheus remembers them. */
async function podsOf(run) {
  const query = `max by (pod, node) (last_over_time(kube_pod_info{pod=~"${run}-(driver|[0-9a-f]+-exec-[0-9]+)"}[${DAYS}d]))`;
  const answer = await fetch(
    `http://127.0.0.1:${PORTS.P_PROM}/api/v1/query?${new URLSearchParams({ query, time: UNTIL })}`,
  );
  const pods = (await answer.json()).data.result.map(({ metric }) => metric);
  const executors = pods
    .filter(({ pod }) => /-exec-\d+$/.test(pod))
    .map(({ pod, node }) => [/\d+$/.exec(pod)[0], { pod, node }]);
  const driver = pods.find(({ pod }) => pod.endsWith('-driver'));
  return { driver, executors: new Map(executors.sort(([a], [b]) => Number(a) - Number(b))) };
}

function readLog(name) {
  const path = join(shared, 'data', 'spark', 'logs', name);
  return name.endsWith('.zstd')
    ? execFileSync('zstd', ['-dcq', path], { maxBuffer: 1 << 28, encoding: 'utf8' })
    : readFileSync(path, 'utf8');
}

function writeZstd(path, text) {
  writeFileSync(path, execFileSync('zstd', ['-19', '-q', '-c'], { input: text, maxBuffer: 1 << 28 }));
}

/** Both runs of the fleet that carry the ids of recorded logs: one as a rolling folder, one as a single file. */
async function mapLogs() {
  const logs = join(folder, 'spark-logs');
  mkdirSync(logs, { recursive: true });
  const night = Math.floor(Date.parse(UNTIL) / 86_400_000 - 1) * 86_400;
  const nightly = { name: `nightly-etl-${night}`, namespace: 'analytics', startMs: (night + 2 * 3600 + 60) * 1000 };
  const rolling = join(logs, 'eventlog_v2_app-20261123201155-0001');
  mkdirSync(rolling, { recursive: true });
  writeFileSync(join(rolling, 'appstatus_app-20261123201155-0001'), '');
  const first = mapSparkLog(readLog('app-20261123201155-0001'), { ...nightly, ...(await podsOf(nightly.name)) });
  writeZstd(join(rolling, 'events_1_app-20261123201155-0001.zstd'), first);
  const skewed = { name: 'skewed-join', namespace: 'analytics', startMs: Date.parse(UNTIL) - 3_600_000 };
  const second = mapSparkLog(readLog('app-20261123201327-0002.zstd'), { ...skewed, ...(await podsOf(skewed.name)) });
  writeZstd(join(logs, 'app-20261123201327-0002.zstd'), second);
}

async function record(aws) {
  const kubeconfig = parse(readFileSync(join(bed, 'kubeconfig.reader'), 'utf8'));
  const { server } = kubeconfig.clusters[0].cluster;
  const recorder = await startRecorder({
    [PREFIX.kubernetes]: {
      url: server,
      ca: readFileSync(kubeconfig.clusters[0].cluster['certificate-authority']),
      headers: { authorization: `Bearer ${kubeconfig.users[0].user.token}` },
    },
    [PREFIX.prometheus]: { url: `http://127.0.0.1:${PORTS.P_PROM}` },
    [PREFIX.aws]: { url: aws.url },
  });
  const scratch = mkdtempSync(join(tmpdir(), 'sparkfit-record-'));
  writeFileSync(join(scratch, 'kubeconfig'), kubeconfigFor(recorder.url, CLUSTER));
  for (const [name, value] of Object.entries(awsEnvironment(recorder.url, REGION))) {
    if (value) process.env[name] = value;
    else delete process.env[name];
  }
  const recording = {
    folder,
    cluster: CLUSTER,
    region: REGION,
    window: { sinceMs: Date.parse(SINCE), untilMs: Date.parse(UNTIL) },
  };
  const config = replayConfig(recording, recorder.url, {
    store: join(scratch, 'record.db'),
    kubeconfig: join(scratch, 'kubeconfig'),
  });
  const store = openStore(config.store);
  const input = {
    config,
    store,
    window: recording.window,
    sinceGiven: false,
    cluster: CLUSTER,
    signal: new AbortController().signal,
    progress: () => {},
  };
  const sources = await collectAll(COLLECTORS, input, Date.now, ({ id, state, detail }) =>
    console.log(id, state, detail),
  );
  store.close();
  recorder.close();
  rmSync(scratch, { recursive: true });
  if (sources.some(({ state }) => state !== 'ok')) throw new Error('a source was not read whole');
  return recorder.exchanges;
}

rmSync(join(folder, 'spark-logs'), { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
testbed('up.sh', String(DAYS), '300');
const aws = await startAws();
try {
  await mapLogs();
  const exchanges = await record(aws);
  const lines = [...exchanges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, exchange]) => JSON.stringify(exchange));
  writeFileSync(join(folder, 'exchanges.jsonl.gz'), gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
  writeFileSync(
    join(folder, 'meta.json'),
    `${JSON.stringify({ cluster: CLUSTER, region: REGION, since: SINCE, until: UNTIL }, null, 2)}\n`,
  );
  cpSync(join(bed, 'out', 'truth.json'), resolve('test/fixtures/demo/truth.json'));
  console.log(`${exchanges.size} exchanges recorded`);
} finally {
  aws.server.kill();
  aws.upstream.close();
  testbed('down.sh');
}
