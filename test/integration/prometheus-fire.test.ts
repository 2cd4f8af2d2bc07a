import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { HOUR_MS } from '../../src/model/window.js';
import { workloads } from '../../src/store/kubernetes.js';
import type { Store } from '../../src/store/open.js';
import { usageHours } from '../../src/store/usage.js';
import { collectInput, dump } from '../support/collect.js';
import { type FakeServer, startServer } from '../support/http.js';
import type { Program } from '../support/program.js';
import { HAS_PROMETHEUS, startPrometheus } from '../support/prometheus.js';

/** A real Prometheus, given what production Prometheuses hold: duplicates, resets, NaN, infinities, holes, late pods. */
const SCRAPE_S = 30;
const HOURS = 6;
const MIB = 2 ** 20;
const START_S = Math.floor(Date.parse('2026-11-20T00:00:00Z') / 1000);
const WINDOW = { sinceMs: START_S * 1000, untilMs: START_S * 1000 + HOURS * HOUR_MS };

interface Pod {
  name: string;
  cores: number;
  /** In seconds since the start; everything else is the whole window. */
  from?: number;
  to?: number;
  hole?: readonly [number, number];
  resetAt?: number;
  /** What a scrape at that time says of memory, if not 256 MiB. */
  memory?(second: number): string | undefined;
}

const PODS: readonly Pod[] = [
  { name: 'steady', cores: 0.5 },
  { name: 'restarted', cores: 0.25, resetAt: 2.5 * 3600 },
  { name: 'late', cores: 1, from: 3 * 3600 },
  { name: 'gone', cores: 2, to: 1.5 * 3600 },
  { name: 'holed', cores: 0.75, hole: [2 * 3600, 4 * 3600] },
  // NaN in every other scrape of one hour; infinity for ten minutes, in which nothing is known.
  {
    name: 'odd',
    cores: 0.1,
    memory: (second) => (second <= 3600 ? (second % 60 === 0 ? 'NaN' : undefined) : second < 4200 ? '+Inf' : undefined),
  },
];
/** The same kubelet scraped by two jobs, and each of them by two replicas, a second apart. */
const SCRAPERS = ['kubelet', 'cadvisor'].flatMap((job, j) =>
  ['a', 'b'].map((replica, r) => ({ labels: `job="${job}",prometheus_replica="${replica}"`, shift: 2 * j + r })),
);

function* scrapes({ from = 0, to = HOURS * 3600, hole }: Pod): Generator<number> {
  for (let second = 0; second <= HOURS * 3600; second += SCRAPE_S)
    if (second >= from && second <= to && !(hole && second > hole[0] && second < hole[1])) yield second;
}

function samples(metric: 'cpu' | 'memory'): string[] {
  const lines: string[] = [];
  for (const pod of PODS)
    for (const container of ['app', ''])
      for (const { labels, shift } of SCRAPERS)
        for (const second of scrapes(pod)) {
          const at = second + shift;
          const since = pod.resetAt !== undefined && second >= pod.resetAt ? pod.resetAt : (pod.from ?? 0) - 5000;
          const value =
            metric === 'cpu' ? String(pod.cores * (at - since)) : (pod.memory?.(second) ?? String(256 * MIB));
          const name = metric === 'cpu' ? 'container_cpu_usage_seconds_total' : 'container_memory_working_set_bytes';
          lines.push(
            `${name}{namespace="web",pod="${pod.name}",container="${container}",${labels}} ${value} ${START_S + at}`,
          );
        }
  return lines;
}

/** Forwards to Prometheus and does harm on the way: what it does to a request, or undefined to let it pass. */
type Harm = 'refuse' | 'cut' | 'too-large' | 'slow' | undefined;

function faulty(upstream: string, harmOf: (body: URLSearchParams) => Harm): Promise<FakeServer> {
  return startServer(async (request, response, body) => {
    const harm = harmOf(new URLSearchParams(body));
    if (harm === 'slow') return;
    if (harm === 'refuse') return void response.writeHead(503).end('<h1>Service Unavailable</h1>');
    const error = 'query processing would load too many samples into memory in query execution';
    if (harm === 'too-large')
      return void response.writeHead(422).end(JSON.stringify({ status: 'error', errorType: 'execution', error }));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${upstream}${request.url}`, { method: 'POST', body, headers });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    if (harm === 'cut') response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text);
  });
}

const spanOf = (body: URLSearchParams) =>
  (Number(body.get('end')) - Number(body.get('start'))) / Number(body.get('step'));

/** By name: which pod is numbered first depends on the order of the answers. */
function figuresOf({ db }: Store): unknown[] {
  const named = `SELECT p.name AS pod, c.name AS container, p.first_seen_ms, p.last_seen_ms, u.hour_ms, u.cpu_samples,
      u.cpu_seconds, u.cpu_sum, u.cpu_max, hex(u.cpu_distribution), u.memory_samples, u.memory_sum, u.memory_max
    FROM pod p JOIN container c ON c.pod_id = p.id JOIN usage_hour u ON u.container_id = c.id ORDER BY 1, 2, 5`;
  return db.prepare(named).all();
}

describe.runIf(HAS_PROMETHEUS)('a real Prometheus under fire', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-fire-'));
  let server: Program;
  let calm: Store;

  async function collect(url: string, config: object = {}) {
    const input = collectInput({ prometheus: { url, ...config } }, WINDOW);
    const result = await prometheus.collect(input);
    return { store: input.store, result };
  }

  beforeAll(async () => {
    server = await startPrometheus(folder, [
      '# TYPE container_cpu_usage_seconds counter',
      ...samples('cpu'),
      '# TYPE container_memory_working_set_bytes gauge',
      ...samples('memory'),
    ]);
    calm = (await collect(server.url)).store;
  });

  afterAll(async () => {
    calm?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  function hoursOf(name: string) {
    const workload = workloads(calm.db).find((one) => one.name === name);
    if (!workload) throw new Error(`no workload ${name}`);
    return usageHours(calm.db, { workloadId: workload.id, window: WINDOW });
  }

  it.each(PODS.map(({ name, cores }) => [name, cores] as const))(
    'uses of %s %d cores, whatever happened and however many scrape it',
    (name, cores) => {
      const hours = hoursOf(name).filter((hour) => hour.cpuSamples > 0);
      expect(hours.length).toBeGreaterThan(0);
      for (const hour of hours) {
        // A step at whose edge the pod came, went or began anew may show less; never more, and not by and large.
        expect(hour.cpuMax ?? 0).toBeLessThanOrEqual(cores * 1.02);
        expect(hour.cpuSum / hour.cpuSamples).toBeGreaterThan(cores * 0.9);
        expect(hour.memoryMax).toBe(256 * MIB);
        expect(hour.pods).toBe(1);
      }
    },
  );

  it.each([
    ['steady', [3600, 3600, 3600, 3600, 3600, 3600]],
    ['late', [3600, 3600, 3600]],
    ['gone', [3600, 1800]],
    ['holed', [3600, 3600, 3600, 3600]],
  ])('knows how long %s was there', (name, seconds) => {
    const measured = hoursOf(name).filter((hour) => hour.memorySeconds > 600);
    expect(measured).toHaveLength(seconds.length);
    measured.forEach((hour, i) => {
      expect(Math.abs(hour.memorySeconds - (seconds[i] ?? 0))).toBeLessThanOrEqual(300);
    });
  });

  it('takes no NaN and no infinity for a number', () => {
    const [first, second, third] = hoursOf('odd');
    expect([first?.cpuSamples, second?.cpuSamples, third?.cpuSamples]).toEqual([12, 12, 12]);
    expect([first?.memorySamples, third?.memorySamples]).toEqual([12, 12]);
    expect(second?.memorySamples).toBeGreaterThanOrEqual(9);
    expect(second?.memorySamples).toBeLessThan(12);
    expect(second?.memoryMax).toBeLessThanOrEqual(256 * MIB);
  });

  /** Every third query is harmed twice, and passes then: whichever comes first, none is harmed until nobody asks again. */
  function everyThird(harm: Harm): (body: URLSearchParams) => Harm {
    const asked = new Map<string, { place: number; tries: number }>();
    return (body) => {
      const query = body.toString();
      const { place, tries } = asked.get(query) ?? { place: asked.size, tries: 0 };
      asked.set(query, { place, tries: tries + 1 });
      return place % 3 === 0 && tries < 2 ? harm : undefined;
    };
  }
  let asked = 0;
  it.each<[string, (body: URLSearchParams) => Harm, object]>([
    ['refuses every third query twice', everyThird('refuse'), {}],
    ['cuts every third answer twice', everyThird('cut'), {}],
    ['is away at the beginning', () => (asked++ < 5 ? 'refuse' : undefined), {}],
    ['takes ranges of an hour at most', (body) => (spanOf(body) > 12 ? 'too-large' : undefined), {}],
    [
      'does not finish ranges of more than two hours',
      (body) => (spanOf(body) > 24 ? 'slow' : undefined),
      { timeoutSeconds: 1 },
    ],
  ])('gives the same numbers where it %s', async (_what, harm, config) => {
    const proxy = await faulty(server.url, harm);
    const { store, result } = await collect(proxy.url, config);
    await proxy.close();
    expect(figuresOf(store)).toEqual(figuresOf(calm));
    expect(dump(store, ['metric_hour', 'collection_cursor'])).toEqual(dump(calm, ['metric_hour', 'collection_cursor']));
    expect(result.gaps.map((gap) => gap.why)).toEqual([expect.stringContaining('no kube-state-metrics')]);
  });

  it('writes nothing of a chunk that it did not get whole, and says why', async () => {
    const proxy = await faulty(server.url, (body) => (body.get('query')?.includes('cpu_usage') ? 'slow' : undefined));
    const input = collectInput({ prometheus: { url: proxy.url, timeoutSeconds: 0.2 } }, WINDOW);
    await expect(prometheus.collect(input)).rejects.toMatchObject({ hint: expect.stringContaining('stepSeconds') });
    await proxy.close();
    expect(dump(input.store, ['usage_hour', 'metric_hour', 'collection_cursor'])).toEqual({
      usage_hour: [],
      metric_hour: [],
      collection_cursor: [],
    });
  });
});

it.skipIf(HAS_PROMETHEUS)(
  'cannot put a Prometheus under fire: prometheus and promtool are not installed',
  (context) => {
    context.skip();
  },
);
