import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kubernetes } from '../../src/collectors/kubernetes/index.js';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { HOUR_MS, hourOf } from '../../src/model/window.js';
import { containersOf, podsOf, volumeClaims, workloads } from '../../src/store/kubernetes.js';
import { openStore, type Store } from '../../src/store/open.js';
import { metricHours, usageHours } from '../../src/store/usage.js';
import { collectInput, dump } from '../support/collect.js';

/** Where the test bed runs; it is started apart, see its README. */
const RUN = process.env.SPARKFIT_TESTBED_RUN ?? join(homedir(), '.cache', 'sparkfit-testbed', 'run');
const PROMETHEUS_URL = process.env.SPARKFIT_TESTBED_PROMETHEUS ?? 'http://127.0.0.1:19090';
const KUBECONFIG = join(RUN, 'kubeconfig.reader');

const Subject = z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() });
const Resources = z.object({ cpu: z.number(), memoryBytes: z.number() });
const Truth = z.object({
  start: z.string(),
  end: z.string(),
  subjects: z.array(
    z.object({
      subject: Subject,
      requests: Resources.nullish(),
      limits: Resources.nullish(),
      executor: Resources.nullish(),
    }),
  ),
});
type Truth = z.infer<typeof Truth>;

const WORKLOADS = new Set(['Deployment', 'SparkApplication', 'ScheduledSparkApplication']);
const TABLES = ['workload', 'pod', 'container', 'usage_hour', 'network_hour', 'volume_hour', 'spark_run'];

describe.runIf(existsSync(KUBECONFIG))('collecting from the test bed', () => {
  let store: Store;
  let truth: Truth;
  let window: { sinceMs: number; untilMs: number };

  async function collectBoth(): Promise<void> {
    const config = { kubernetes: { kubeconfig: KUBECONFIG, pageSize: 10 }, prometheus: { url: PROMETHEUS_URL } };
    const input = collectInput(config, window, store);
    expect((await kubernetes.collect(input)).gaps).toEqual([]);
    expect((await prometheus.collect(input)).gaps).toEqual([]);
  }

  beforeAll(async () => {
    truth = Truth.parse(JSON.parse(readFileSync(join(RUN, 'out', 'truth.json'), 'utf8')));
    window = { sinceMs: Date.parse(truth.start), untilMs: Date.parse(truth.end) };
    store = openStore(':memory:');
    await collectBoth();
  }, 300_000);

  function workloadOf({ kind, namespace, name }: z.infer<typeof Subject>) {
    const found = workloads(store.db).find((w) => w.kind === kind && w.namespace === namespace && w.name === name);
    if (!found) throw new Error(`${kind} ${namespace}/${name} is not in the store`);
    return found;
  }

  it('knows every workload with its requests', () => {
    for (const { subject, requests, limits, executor } of truth.subjects) {
      if (!WORKLOADS.has(subject.kind)) continue;
      const { id } = workloadOf(subject);
      const containers = containersOf(store.db, id);
      const wanted = requests ?? executor;
      const asks = containers.map((c) => [c.cpuRequestCores, c.memoryRequestBytes]);
      if (wanted) expect(asks, subject.name).toContainEqual([wanted.cpu, wanted.memoryBytes]);
      if (limits) expect(containers.map((c) => c.memoryLimitBytes)).toContain(limits.memoryBytes);
    }
  });

  it('leaves no pod to itself but the one that is', () => {
    const alone = workloads(store.db).filter((workload) => !WORKLOADS.has(workload.kind));
    expect(alone.every((workload) => workload.kind === 'Pod')).toBe(true);
    const measured = alone.filter((workload) => usageHours(store.db, { workloadId: workload.id, window }).length > 0);
    expect(measured).toEqual([]);
  });

  it('gives every pod of a Spark application its role', () => {
    for (const workload of workloads(store.db).filter((w) => w.kind.endsWith('SparkApplication')))
      for (const pod of podsOf(store.db, workload.id)) expect(pod.role, pod.name).not.toBeNull();
  });

  it('covers at least 99 % of the hours of what always runs', () => {
    const hours = metricHours(store.db, { cluster: 'test', metric: 'cpu', window });
    const wanted = (hourOf(window.untilMs) - hourOf(window.sinceMs)) / HOUR_MS;
    expect(hours.length / wanted).toBeGreaterThanOrEqual(0.99);
    for (const { subject } of truth.subjects.filter((one) => one.subject.kind === 'Deployment')) {
      const measured = usageHours(store.db, { workloadId: workloadOf(subject).id, window });
      expect(measured.length / hours.length, subject.name).toBeGreaterThanOrEqual(0.99);
    }
  });

  it('knows every claim, node and run', () => {
    const claims = new Set(volumeClaims(store.db).map((claim) => `${claim.namespace}/${claim.name}`));
    const nodes = new Set(store.db.prepare('SELECT name FROM node').pluck().all());
    for (const { subject } of truth.subjects) {
      if (subject.kind === 'PersistentVolumeClaim') expect(claims).toContain(`${subject.namespace}/${subject.name}`);
      if (subject.kind === 'Node') expect(nodes).toContain(subject.name);
    }
  });

  it('changes nothing when it collects the same window again', async () => {
    const before = dump(store, TABLES);
    await collectBoth();
    expect(dump(store, TABLES)).toEqual(before);
  }, 300_000);
});

it.skipIf(existsSync(KUBECONFIG))('cannot collect from the test bed: it is not running', (context) => {
  context.skip(`no ${KUBECONFIG}; start the test bed first`);
});
