import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheus } from '../../src/collectors/prometheus/index.js';
import { HOUR_MS, SECOND_MS } from '../../src/model/window.js';
import { workloads } from '../../src/store/kubernetes.js';
import type { Store } from '../../src/store/open.js';
import { usageHours } from '../../src/store/usage.js';
import { collectInput } from '../support/collect.js';
import type { Program } from '../support/program.js';
import { HAS_PROMETHEUS, remoteWrite, STALE, startPrometheus, type Written } from '../support/prometheus.js';

/** Series that end as scrapes end them: with a stale marker, at the first scrape in which they are missing. */
const HOURS = 4;
const START_MS = Date.parse('2026-11-20T00:00:00Z');
const WINDOW = { sinceMs: START_MS, untilMs: START_MS + HOURS * HOUR_MS };
const MIB = 2 ** 20;

interface Pod {
  name: string;
  cores: number;
  mebibytes: number;
  /** Spans in which it is there, in minutes of the window, both ends included. */
  lives: readonly (readonly [number, number])[];
}

const PODS: readonly Pod[] = [
  { name: 'steady', cores: 0.5, mebibytes: 256, lives: [[0, HOURS * 60]] },
  { name: 'gone', cores: 2, mebibytes: 512, lives: [[0, 90]] },
  // A StatefulSet's pod that is made anew keeps its name; its counters begin again.
  {
    name: 'again-0',
    cores: 1,
    mebibytes: 128,
    lives: [
      [0, 65],
      [95, 200],
    ],
  },
];

function written(scrapeSeconds: number): Written[] {
  return PODS.flatMap(({ name, cores, mebibytes, lives }) => {
    const samplesOf = (valueAt: (ageSeconds: number) => number) =>
      lives.flatMap(([from, to]) => {
        const times: number[] = [];
        for (let second = from * 60; second <= to * 60; second += scrapeSeconds) times.push(second);
        const alive = times.map((second) => ({
          timeMs: START_MS + second * SECOND_MS,
          value: valueAt(second - from * 60),
        }));
        const end = START_MS + ((times.at(-1) ?? 0) + scrapeSeconds) * SECOND_MS;
        return to < HOURS * 60 ? [...alive, { timeMs: end, value: STALE } as const] : alive;
      });
    const labels = { namespace: 'web', pod: name, container: 'app', job: 'kubelet' };
    return [
      {
        labels: { __name__: 'container_cpu_usage_seconds_total', ...labels },
        samples: samplesOf((age) => cores * age),
      },
      {
        labels: { __name__: 'container_memory_working_set_bytes', ...labels },
        samples: samplesOf(() => mebibytes * MIB),
      },
    ];
  });
}

describe.runIf(HAS_PROMETHEUS).each([30, 60, 300])('stale markers, scraped every %d s', (scrapeSeconds) => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkfit-stale-'));
  let server: Program;
  let store: Store;

  beforeAll(async () => {
    server = await startPrometheus(folder, []);
    await remoteWrite(server.url, written(scrapeSeconds));
    const input = collectInput({ prometheus: { url: server.url } }, WINDOW);
    await prometheus.collect(input);
    store = input.store;
  });
  afterAll(async () => {
    store?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('are in the data', async () => {
    const at = (minutes: number) => START_MS / SECOND_MS + minutes * 60;
    const seen = async (minutes: number) => {
      const query = new URLSearchParams({
        query: 'container_memory_working_set_bytes{pod="gone"}',
        time: String(at(minutes)),
      });
      const answer = await (await fetch(`${server.url}/api/v1/query?${query}`)).text();
      return answer.includes('"pod":"gone"');
    };
    expect(await seen(90)).toBe(true);
    // Without the marker it would be seen for five minutes more.
    expect(await seen(90 + scrapeSeconds / 60)).toBe(false);
  });

  it.each(PODS.map((pod) => [pod.name, pod] as const))('%s is measured for as long as it was there', (name, pod) => {
    const workload = workloads(store.db).find((one) => one.name === name || name.startsWith(`${one.name}-`));
    const hours = usageHours(store.db, { workloadId: workload?.id ?? -1, window: WINDOW });
    const alive = pod.lives.reduce((sum, [from, to]) => sum + (to - from) * 60, 0);
    const measured = hours.reduce((sum, hour) => sum + hour.memorySeconds, 0);
    // Each life may begin and end within a step.
    expect(Math.abs(measured - alive)).toBeLessThanOrEqual(300 * (pod.lives.length + 1));
    for (const hour of hours) {
      expect(hour.memoryMax).toBe(pod.mebibytes * MIB);
      if (hour.cpuSamples > 0) expect(hour.cpuMax ?? 0).toBeLessThanOrEqual(pod.cores * 1.02);
    }
    const cpuSeconds = hours.reduce(
      (sum, { cpuSamples: n, cpuSum, cpuSeconds: s }) => sum + (n > 0 ? (cpuSum / n) * s : 0),
      0,
    );
    expect(Math.abs(cpuSeconds / (alive * pod.cores) - 1)).toBeLessThan(0.1);
  });

  it('leaves the hours in which a pod was away empty', () => {
    const workload = workloads(store.db).find((one) => one.name === 'gone');
    const hours = usageHours(store.db, { workloadId: workload?.id ?? -1, window: WINDOW });
    expect(hours.map((hour) => (hour.hourMs - START_MS) / HOUR_MS)).toEqual([0, 1]);
  });
});
