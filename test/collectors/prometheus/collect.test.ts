import { afterEach, describe, expect, it } from 'vitest';
import { prometheus } from '../../../src/collectors/prometheus/index.js';
import { HOUR_MS } from '../../../src/model/window.js';
import { getCursor } from '../../../src/store/collections.js';
import { workloads } from '../../../src/store/kubernetes.js';
import { putWorkload } from '../../../src/store/kubernetes-write.js';
import { openStore, type Store } from '../../../src/store/open.js';
import { metricHours, networkHours, usageHours, volumeHours } from '../../../src/store/usage.js';
import { SlotReader } from '../../../src/store/usage-slots.js';
import { collectInput, dump } from '../../support/collect.js';
import { type Change, type FakePrometheus, sendError, startFakePrometheus, type Trouble } from './fake-prometheus.js';

const TABLES = [
  'workload',
  'pod',
  'container',
  'usage_hour',
  'network_hour',
  'volume_hour',
  'metric_hour',
  'collection_cursor',
];
const SINCE_MS = Date.parse('2026-11-22T01:00:00Z');
const WINDOW = { sinceMs: SINCE_MS, untilMs: SINCE_MS + 4 * HOUR_MS };

let server: FakePrometheus | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A store in which the API has shown the schedule whose run is in the recording. */
function storeWithSchedule(): Store {
  const store = openStore(':memory:');
  putWorkload(store.db, {
    ...{ cluster: 'test', namespace: 'analytics', kind: 'ScheduledSparkApplication', name: 'nightly-etl' },
    ...{ apiVersion: null, replicas: null, labels: null, spec: null, createdMs: null },
    ...{ firstSeenMs: WINDOW.untilMs, lastSeenMs: WINDOW.untilMs },
  });
  return store;
}

interface Options {
  trouble?: Trouble;
  change?: Change;
  config?: object;
  store?: Store;
  path?: string;
  window?: typeof WINDOW;
  sinceGiven?: boolean;
}

async function collect(options: Options = {}) {
  await server?.close();
  server = await startFakePrometheus(options.trouble, options.change);
  const config = { prometheus: { url: `${server.url}${options.path ?? ''}`, ...options.config } };
  const input = collectInput(config, options.window ?? WINDOW, options.store ?? storeWithSchedule());
  const result = await prometheus.collect({ ...input, sinceGiven: options.sinceGiven ?? true });
  return { result, store: input.store };
}

function idOf(store: Store, kind: string, name: string): number {
  const found = workloads(store.db).find((workload) => workload.kind === kind && workload.name === name);
  if (!found) throw new Error(`no ${kind} ${name} in ${workloads(store.db).map((w) => `${w.kind}/${w.name}`)}`);
  return found.id;
}

/** CPU alone, and the query by which the spacing of samples is measured. */
const isCpu: Change = ({ query }, result) => (/cpu_usage|offset 55m/.test(query) ? result : []);

describe('the Prometheus collector', () => {
  it('keeps use per hour as distributions', async () => {
    const { store, result } = await collect();
    const workloadId = idOf(store, 'Deployment', 'session-cache');
    const [usage] = new SlotReader(store.db).slots({ workloadId, window: WINDOW, throttledShare: 0.25 });
    expect(usage?.slots.map((slot) => slot.cpu.count)).toEqual([12, 12, 12, 12]);
    for (const { cpu, cpuMax } of usage?.slots ?? [])
      expect(Math.abs(cpu.max - (cpuMax ?? 0))).toBeLessThanOrEqual(0.01 * (cpuMax ?? 0));
    const hours = usageHours(store.db, { workloadId, window: WINDOW });
    expect(hours.map((hour) => (hour.hourMs - SINCE_MS) / HOUR_MS)).toEqual([0, 1, 2, 3]);
    for (const hour of hours) {
      expect(hour.cpuSamples).toBe(12);
      expect(hour.cpuSeconds).toBe(3600);
      expect(hour.cpuSum / hour.cpuSamples).toBeCloseTo(0.12, 1);
      expect(hour.cfsThrottledPeriods).toBe(0);
    }
    expect(result.rows).toBe(19);
    expect(result.gaps).toEqual([]);
  });

  it('traces pods that are gone to the schedule that ran them, with their requests', async () => {
    const { store } = await collect();
    const workloadId = idOf(store, 'ScheduledSparkApplication', 'nightly-etl');
    const pods = store.db
      .prepare(
        `SELECT p.role, p.run_name, c.name, c.cpu_request_cores, c.memory_limit_bytes, c.resources_known, count(*) AS n
         FROM pod p JOIN container c ON c.pod_id = p.id WHERE p.workload_id = ? GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1`,
      )
      .all(workloadId);
    const run = { run_name: 'nightly-etl-1795305600', resources_known: 1 };
    expect(pods).toEqual([
      {
        role: 'driver',
        name: 'spark-kubernetes-driver',
        ...run,
        cpu_request_cores: 0.5,
        memory_limit_bytes: 2560 * 2 ** 20,
        n: 1,
      },
      {
        role: 'executor',
        name: 'spark-kubernetes-executor',
        ...run,
        cpu_request_cores: 2,
        memory_limit_bytes: 7 * 2 ** 30,
        n: 4,
      },
    ]);
    const executors = usageHours(store.db, { workloadId, role: 'executor', window: WINDOW });
    const full = executors.find((hour) => hour.hourMs === Date.parse('2026-11-22T02:00:00Z'));
    expect(full).toMatchObject({ pods: 4, cpuSamples: 48 });
    expect((full?.cpuSum ?? 0) / 48).toBeCloseTo(1.75, 1);
  });

  it('weighs a pod by the time it lived', async () => {
    const { store } = await collect();
    const workloadId = idOf(store, 'ScheduledSparkApplication', 'nightly-etl');
    const hours = usageHours(store.db, { workloadId, role: 'driver', window: WINDOW });
    const seconds = hours.reduce((sum, hour) => sum + hour.memorySeconds, 0);
    // It ran from 02:00 to 03:30.
    expect(seconds).toBeGreaterThanOrEqual(5400);
    expect(seconds).toBeLessThanOrEqual(5400 + 300);
  });

  it('keeps network, volumes and which metrics were there', async () => {
    const { store } = await collect();
    const workloadId = idOf(store, 'Deployment', 'session-cache');
    const [network] = [...networkHours(store.db, { workloadId, window: WINDOW })];
    expect(network).toMatchObject({ pods: 1, seconds: 3600 });
    expect((network?.receiveBytes ?? 0) / 3600).toBeCloseTo(20_000, -3);
    const volume = volumeHours(store.db, { cluster: 'test', namespace: 'web', claim: 'session-data', window: WINDOW });
    expect(volume.map((hour) => hour.capacityBytes)).toEqual(Array(4).fill(50 * 2 ** 30));
    expect(metricHours(store.db, { cluster: 'test', metric: 'cpu', window: WINDOW })).toHaveLength(4);
  });

  it('changes nothing when the same hours are read again', async () => {
    const { store } = await collect();
    const before = dump(store, TABLES);
    await collect({ store });
    expect(dump(store, TABLES)).toEqual(before);
  });

  it('goes on from its cursor', async () => {
    const { store } = await collect();
    expect(getCursor(store.db, 'prometheus', 'test', 'usage')).toBe(String(WINDOW.untilMs - HOUR_MS));
    await collect({ store, sinceGiven: false });
    const starts = server?.asked.filter((asked) => asked.isRange).map((asked) => asked.startS * 1000) ?? [];
    expect(Math.min(...starts)).toBeGreaterThan(WINDOW.untilMs - HOUR_MS);
  });

  it('asks under a path prefix and with the token of a file', async () => {
    const { result } = await collect({ path: '/prometheus/' });
    expect(result.rows).toBe(19);
  });

  it('halves a range that the server refuses as too large, down to what it takes', async () => {
    const whole = await collect();
    const trouble: Trouble = ({ isRange, startS, endS, stepS }, _count, response) =>
      isRange &&
      (endS - startS) / stepS >= 7 &&
      sendError(response, 400, 'bad_data', 'exceeded maximum resolution of 11,000 points per timeseries.');
    const halved = await collect({ trouble });
    expect(dump(halved.store, TABLES)).toEqual(dump(whole.store, TABLES));
  });

  it('halves a range that runs into the server’s time-out or sample limit', async () => {
    const whole = await collect();
    for (const [status, type, error] of [
      [503, 'timeout', 'query timed out in expression evaluation'],
      [422, 'execution', 'query processing would load too many samples into memory in query execution'],
    ] as const) {
      const trouble: Trouble = ({ isRange, startS, endS, stepS }, _count, response) =>
        isRange && (endS - startS) / stepS >= 20 && sendError(response, status, type, error);
      expect(dump((await collect({ trouble })).store, TABLES)).toEqual(dump(whole.store, TABLES));
    }
  });

  it('tries again after 503, 429 and a cut connection', async () => {
    const trouble: Trouble = ({ query }, count, response) => {
      if (count > 1) return false;
      if (query.includes('cpu_usage')) return sendError(response, 503, 'unavailable', 'starting up');
      if (query.includes('restarts_total')) return sendError(response, 429, 'too_many_requests', 'slow down');
      if (!query.includes('kube_pod_owner')) return false;
      response.destroy();
      return true;
    };
    const { result } = await collect({ trouble });
    expect(result.rows).toBe(19);
  });

  it('drops NaN and infinities and keeps the rest', async () => {
    const odd = ['NaN', '+Inf', '-Inf'];
    const change: Change = ({ query }, result) =>
      query.includes('working_set_bytes') && !query.includes('count')
        ? result.map((series) => ({
            ...series,
            values: series.values?.map(([t, v], i): [number, string] => [t, i % 12 < 3 ? (odd[i % 12] ?? v) : v]),
          }))
        : result;
    const { store } = await collect({ change });
    const [hour] = usageHours(store.db, { workloadId: idOf(store, 'Deployment', 'session-cache'), window: WINDOW });
    expect(hour).toMatchObject({ cpuSamples: 12, memorySamples: 9 });
    expect(hour?.memoryMax).toBeLessThan(2 ** 31);
  });

  it('names a hole in the middle, but not the time before the first sample', async () => {
    const hole = [SINCE_MS / 1000 + 1.5 * 3600, SINCE_MS / 1000 + 2.75 * 3600] as const;
    const change: Change = (_asked, result) =>
      result.map((series) => ({
        ...series,
        ...(series.values && { values: series.values.filter(([t]) => t <= hole[0] || t >= hole[1]) }),
      }));
    const window = { sinceMs: SINCE_MS - 48 * HOUR_MS, untilMs: WINDOW.untilMs };
    const { result } = await collect({ change, window });
    expect(result.gaps).toEqual([
      { sinceMs: hole[0] * 1000, untilMs: hole[1] * 1000, why: 'Prometheus holds no container metrics' },
    ]);
    expect(result.detail).toContain('history from 2026-11-22 01:00 UTC');
  });

  it('names the exporters that are missing with what is lost', async () => {
    const { result } = await collect({ change: isCpu });
    expect(result.gaps.map((gap) => gap.why)).toEqual([
      expect.stringContaining('no container memory metrics'),
      expect.stringContaining('no kube-state-metrics'),
    ]);
    expect(result.detail).toContain('no kubelet volume metrics');
  });

  it('fails where nothing answers, and says which URL and what to do', async () => {
    const gone = await startFakePrometheus();
    await gone.close();
    const input = collectInput({ prometheus: { url: gone.url } }, WINDOW);
    await expect(prometheus.collect(input)).rejects.toMatchObject({
      message: expect.stringContaining(gone.url),
      hint: expect.stringContaining('SPARKFIT_PROMETHEUS_URL'),
    });
  });

  it('keeps what was committed when the server fails for good', async () => {
    const store = storeWithSchedule();
    const trouble: Trouble = ({ query }, _count, response) =>
      query.includes('cpu_usage') && sendError(response, 401, 'unauthorized', 'no token');
    await expect(collect({ trouble, store })).rejects.toMatchObject({ hint: expect.stringContaining('tokenFile') });
    expect(dump(store, ['usage_hour', 'collection_cursor'])).toEqual({ usage_hour: [], collection_cursor: [] });
  });

  it('refuses what is no URL', async () => {
    await expect(prometheus.collect(collectInput({ prometheus: { url: 'localhost:9090' } }, WINDOW))).rejects.toThrow(
      /is no http or https URL/,
    );
  });
});
