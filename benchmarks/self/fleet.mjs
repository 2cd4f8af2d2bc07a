#!/usr/bin/env node
// A store as large as the budget's fleet, then analyze over it. The measure is the time and memory of the analysis:
//   node benchmarks/self/fleet.mjs make /tmp/fleet.db --pods 10000 --days 30
//   /usr/bin/time -v node dist/cli/main.js analyze --store /tmp/fleet.db --since 30d --until 2021-05-31 --json >/dev/null
//   node benchmarks/self/fleet.mjs merge /tmp/fleet.db
// merges what is older than 35 days to days, as nights do, and says how large the file was and is:
// 1,000 pods of 365 days: 851 MB, then 149 MB.
// Budget: < 60 s, < 512 MB on 2 cores (docs/architecture.md). Seeded, so that two runs make the same store.
import { rmSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Distribution } from '../../dist/model/distribution.js';
import { openStore } from '../../dist/store/open.js';
import { mergeToDays } from '../../dist/store/usage-days.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pods: { type: 'string', default: '10000' }, days: { type: 'string', default: '30' } },
});
const [verb, path] = positionals;
if (!['make', 'merge'].includes(verb ?? '') || !path) {
  console.error('usage: fleet.mjs make|merge <store> [--pods 10000] [--days 30]');
  process.exit(2);
}

const HOUR = 3_600_000;
const until = Date.parse('2021-05-31T00:00:00Z');

if (verb === 'merge') {
  const megabytes = () => Math.round(statSync(path).size / 1e6);
  const before = megabytes();
  const store = openStore(path);
  mergeToDays(store.db, until - 35 * 24 * HOUR);
  store.db.exec('VACUUM');
  store.close();
  console.log(`${path}: ${before} MB by the hour, ${megabytes()} MB with days`);
  process.exit(0);
}

const hours = Number(values.days) * 24;
const since = until - hours * HOUR;
const pods = Number(values.pods);
const PODS_PER_WORKLOAD = 5;
const PODS_PER_NODE = 25;
const SAMPLES = 12;

/** mulberry32: small, seeded, good enough for shapes of load. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(`${path}${suffix}`, { force: true });
const { db, close } = openStore(path);
const run = db.prepare(
  `INSERT INTO collection_run (source, cluster, started_ms, finished_ms, since_ms, until_ms, state, rows) VALUES (?, 'big', ?, ?, ?, ?, 'ok', 1)`,
);
for (const source of ['kubernetes', 'prometheus', 'aws-prices']) run.run(source, until, until, since, until);
db.prepare(`INSERT INTO on_demand_price VALUES ('us-east-1', 'm5.8xlarge', 'Linux/UNIX', 1.536, 'made up', ?)`).run(
  until,
);

const node =
  db.prepare(`INSERT INTO node (cluster, name, instance_type, region, zone, capacity_type, cpu_capacity_cores, cpu_allocatable_cores,
  memory_capacity_bytes, memory_allocatable_bytes, first_seen_ms, last_seen_ms) VALUES ('big', ?, 'm5.8xlarge', 'us-east-1', 'us-east-1a', 'on-demand', 32, 31.8, ?, ?, ?, ?)`);
const workload = db.prepare(
  `INSERT INTO workload (cluster, namespace, kind, name, replicas, first_seen_ms, last_seen_ms) VALUES ('big', ?, 'Deployment', ?, ?, ?, ?)`,
);
const pod = db.prepare(
  `INSERT INTO pod (cluster, namespace, name, workload_id, node, first_seen_ms, last_seen_ms) VALUES ('big', ?, ?, ?, ?, ?, ?)`,
);
const container = db.prepare(
  `INSERT INTO container (pod_id, name, cpu_request_cores, memory_request_bytes, memory_limit_bytes) VALUES (?, 'app', 1, ?, ?)`,
);
const usage =
  db.prepare(`INSERT INTO usage_hour (container_id, hour_ms, cpu_samples, cpu_seconds, cpu_sum, cpu_max, cpu_distribution,
  memory_samples, memory_seconds, memory_sum, memory_max, memory_distribution) VALUES (?, ?, ${SAMPLES}, 3600, ?, ?, ?, ${SAMPLES}, 3600, ?, ?, ?)`);
const metric = db.prepare(`INSERT INTO metric_hour VALUES ('big', ?, ?, ?)`);
const GIB = 2 ** 30;

function hourOfUse(containerId, hourMs, next, level) {
  const daily = 1 + 0.5 * Math.sin(((hourMs / HOUR) % 24) * (Math.PI / 12));
  const cpu = Array.from({ length: SAMPLES }, () => level * daily * (0.9 + 0.2 * next()));
  const memory = Array.from({ length: SAMPLES }, () => GIB * (0.5 + level) * (0.98 + 0.04 * next()));
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  usage.run(
    containerId,
    hourMs,
    sum(cpu),
    Math.max(...cpu),
    Distribution.of(cpu).encode(),
    sum(memory),
    Math.max(...memory),
    Distribution.of(memory).encode(),
  );
}

db.transaction(() => {
  for (let n = 0; n * PODS_PER_NODE < pods; n++) node.run(`node-${n}`, 128 * GIB, 125 * GIB, since, until);
  for (let h = 0; h < hours; h++) for (const name of ['cpu', 'memory']) metric.run(name, since + h * HOUR, pods);
})();
let workloadId = 0;
for (let p = 0; p < pods; p++) {
  const next = random(p + 1);
  const w = Math.floor(p / PODS_PER_WORKLOAD);
  const namespace = `team-${w % 50}`;
  db.transaction(() => {
    if (p % PODS_PER_WORKLOAD === 0)
      workloadId = Number(workload.run(namespace, `service-${w}`, PODS_PER_WORKLOAD, since, until).lastInsertRowid);
    const podId = pod.run(
      namespace,
      `service-${w}-${p}`,
      workloadId,
      `node-${Math.floor(p / PODS_PER_NODE)}`,
      since,
      until,
    ).lastInsertRowid;
    const containerId = container.run(podId, 2 * GIB, 2 * GIB).lastInsertRowid;
    const level = 0.1 + 0.5 * random(w)();
    for (let h = 0; h < hours; h++) hourOfUse(containerId, since + h * HOUR, next, level);
  })();
}
close();
console.log(`${path}: ${pods} pods, ${values.days} days`);
