import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { artifactInput } from '../../src/analyzers/run.js';
import { COLLECTORS } from '../../src/collectors/registry.js';
import { collectAll } from '../../src/collectors/run.js';
import { podPrices, type RunCost, runCost } from '../../src/pricing/run-cost.js';
import {
  awsEnvironment,
  DEMO_RECORDING,
  kubeconfigFor,
  openRecording,
  replay,
  replayConfig,
} from '../../src/replay/recording.js';
import type { ReplayServer } from '../../src/replay/server.js';
import { openStore, type Store } from '../../src/store/open.js';
import { findSparkApplication, readSparkLog } from '../../src/store/spark.js';
import { plainOfZstd } from '../collectors/spark/encode.js';

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;
const LOGS = join(DEMO_RECORDING, 'spark-logs');
const RUNS = {
  'app-20261123201327-0002': () => plainOfZstd(readFileSync(join(LOGS, 'app-20261123201327-0002.zstd'))),
  'app-20261123201155-0001': () => {
    const rolling = join(LOGS, 'eventlog_v2_app-20261123201155-0001');
    const name = readdirSync(rolling).find((file) => file.startsWith('events_1_')) ?? '';
    return plainOfZstd(readFileSync(join(rolling, name)));
  },
};
type RunId = keyof typeof RUNS;

const folder = mkdtempSync(join(tmpdir(), 'sparkfit-run-cost-'));
const recording = openRecording(DEMO_RECORDING);
let server: ReplayServer;
let store: Store;
let costs: Map<RunId, RunCost | undefined>;

beforeAll(async () => {
  server = await replay(recording);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(server.url, recording.cluster));
  for (const [name, value] of Object.entries(awsEnvironment(server.url, recording.region)))
    vi.stubEnv(name, value || undefined);
  const config = replayConfig(recording, server.url, { store: ':memory:', kubeconfig });
  store = openStore(':memory:');
  const { window, cluster } = recording;
  const signal = new AbortController().signal;
  const input = { config, store, window, sinceGiven: false, cluster, signal, progress: () => {} };
  await collectAll(
    COLLECTORS,
    input,
    () => window.untilMs,
    () => {},
  );
  const priceOf = artifactInput(store.db, window, config).get(podPrices);
  costs = new Map();
  for (const id of Object.keys(RUNS) as RunId[]) {
    const { key } = findSparkApplication(store.db, id) ?? { key: -1 };
    costs.set(id, runCost(readSparkLog(store.db, key), priceOf));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  store.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const Pod = z.object({ cpuCores: z.number(), memoryBytes: z.number(), node: z.string() });
const Node = z.object({
  region: z.string(),
  zone: z.string(),
  type: z.string(),
  lifecycle: z.string(),
  cpuCores: z.number(),
  memoryBytes: z.number(),
});

const rows = <T extends z.ZodType>(schema: T, sql: string, ...parameters: unknown[]) =>
  z.array(schema).parse(store.db.prepare(sql).all(...parameters));

/** USD of the clock hour: AWS's change points weighted by how long each price stood, or the list price. */
function nodeUsd({ region, zone, type, lifecycle }: z.infer<typeof Node>, hourMs: number): number {
  if (lifecycle !== 'spot') {
    const sql = `SELECT usd_per_hour AS usd FROM on_demand_price WHERE region = ? AND instance_type = ? AND product = 'Linux/UNIX'`;
    return rows(z.object({ usd: z.number() }), sql, region, type)[0]?.usd ?? Number.NaN;
  }
  const sql = `SELECT r.at_ms AS atMs, r.usd_per_hour AS usd FROM spot_series s JOIN spot_price r ON r.series_id = s.id
    WHERE s.region = ? AND s.zone = ? AND s.instance_type = ? AND s.product = 'Linux/UNIX' ORDER BY r.at_ms`;
  const points = rows(z.object({ atMs: z.number(), usd: z.number() }), sql, region, zone, type);
  let usdMs = 0;
  for (const [place, { atMs, usd }] of points.entries()) {
    const from = Math.max(hourMs, atMs);
    const until = Math.min(hourMs + HOUR_MS, points[place + 1]?.atMs ?? Number.POSITIVE_INFINITY);
    usdMs += Math.max(0, until - from) * usd;
  }
  return usdMs / HOUR_MS;
}

/** USD of a pod's requests from one moment to another. OpenCost's ratio of a core to a GiB, scaled to the node. */
function podUsd(name: string, sinceMs: number, untilMs: number): number {
  const [pod] = rows(
    Pod,
    `SELECT sum(c.cpu_request_cores) AS cpuCores, sum(c.memory_request_bytes) AS memoryBytes, p.node
     FROM pod p JOIN container c ON c.pod_id = p.id WHERE p.name = ? GROUP BY p.id`,
    name,
  );
  const [node] = rows(
    Node,
    `SELECT region, zone, instance_type AS type, capacity_type AS lifecycle, cpu_capacity_cores AS cpuCores,
     memory_capacity_bytes AS memoryBytes FROM node WHERE name = ?`,
    pod?.node,
  );
  if (!pod || !node) throw new Error(`${name} is not in the recording`);
  const weight = (cores: number, bytes: number) => cores * 0.031611 + (bytes / GIB) * 0.004237;
  const share = weight(pod.cpuCores, pod.memoryBytes) / weight(node.cpuCores, node.memoryBytes);
  let usd = 0;
  for (let at = sinceMs; at < untilMs; ) {
    const hourMs = Math.floor(at / HOUR_MS) * HOUR_MS;
    const next = Math.min(untilMs, hourMs + HOUR_MS);
    usd += share * nodeUsd(node, hourMs) * ((next - at) / HOUR_MS);
    at = next;
  }
  return usd;
}

const Event = z.looseObject({ Event: z.string(), Timestamp: z.number().optional() });
const Added = z.object({
  'Executor ID': z.string(),
  'Executor Info': z.object({ 'Total Cores': z.number() }),
  Timestamp: z.number(),
});
const Environment = z.object({ 'Spark Properties': z.record(z.string(), z.string()) });
const TaskEnd = z.object({
  'Stage ID': z.number(),
  'Task Info': z.object({ 'Executor ID': z.string(), 'Launch Time': z.number(), 'Finish Time': z.number() }),
});

/** What a run cost, from its log line by line: a slot is a core (no task asks for more), an executor lives to the end. */
function expectedCost(id: RunId) {
  const events = RUNS[id]()
    .toString()
    .trim()
    .split('\n')
    .map((line) => Event.parse(JSON.parse(line)));
  const of = <T extends z.ZodType>(name: string, schema: T) =>
    events.filter((event) => event.Event === `SparkListener${name}`).map((event) => schema.parse(event));
  const time = (name: string) =>
    events.find((event) => event.Event === `SparkListener${name}`)?.Timestamp ?? Number.NaN;
  const [sinceMs, untilMs] = [time('ApplicationStart'), time('ApplicationEnd')];
  const conf = of('EnvironmentUpdate', Environment)[0]?.['Spark Properties'] ?? {};
  const podOf = (executor: string) => `${conf['spark.kubernetes.executor.podNamePrefix']}-exec-${executor}`;
  const executors = of('ExecutorAdded', Added).map((added) => ({
    id: added['Executor ID'],
    usd: podUsd(podOf(added['Executor ID']), added.Timestamp, untilMs),
    slotMs: added['Executor Info']['Total Cores'] * (untilMs - added.Timestamp),
  }));
  const stages = new Map<number, number>();
  for (const task of of('TaskEnd', TaskEnd)) {
    const info = task['Task Info'];
    const executor = executors.find((each) => each.id === info['Executor ID']);
    if (!executor) throw new Error(`executor ${info['Executor ID']} was never added`);
    const usd = ((info['Finish Time'] - info['Launch Time']) / executor.slotMs) * executor.usd;
    stages.set(task['Stage ID'], (stages.get(task['Stage ID']) ?? 0) + usd);
  }
  const driverUsd = podUsd(conf['spark.kubernetes.driver.pod.name'] ?? '', sinceMs, untilMs);
  const usd = executors.reduce((sum, executor) => sum + executor.usd, driverUsd);
  const stagesUsd = [...stages.values()].reduce((sum, own) => sum + own, 0);
  return { usd, driverUsd, stages, idleUsd: usd - driverUsd - stagesUsd };
}

describe.each(Object.keys(RUNS) as RunId[])('the cost of %s in the demo', (id) => {
  it('equals what its pods, slots and prices give', () => {
    const expected = expectedCost(id);
    const cost = costs.get(id);

    expect(expected.usd).toBeGreaterThan(0);
    expect(cost?.usd).toBeCloseTo(expected.usd, 12);
    expect(cost?.driverUsd).toBeCloseTo(expected.driverUsd, 12);
    expect(cost?.idleUsd).toBeCloseTo(expected.idleUsd, 12);
  });

  it('is shared among its stages by their task time', () => {
    const { stages } = expectedCost(id);
    const byStage = new Map<number, number>();
    for (const { stage, usd } of costs.get(id)?.stages ?? [])
      byStage.set(stage.stageId, (byStage.get(stage.stageId) ?? 0) + usd);

    expect([...byStage.keys()].sort()).toEqual([...stages.keys()].sort());
    for (const [stageId, usd] of stages) expect(byStage.get(stageId), `stage ${stageId}`).toBeCloseTo(usd, 12);
  });

  it('adds up: stages, idle and driver are the whole', () => {
    const { usd = Number.NaN, stages = [], idleUsd = 0, driverUsd = 0 } = costs.get(id) ?? {};

    expect(stages.reduce((sum, stage) => sum + stage.usd, idleUsd + driverUsd)).toBeCloseTo(usd, 12);
  });
});
