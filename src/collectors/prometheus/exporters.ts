import { HOUR_MS, hourOf, SECOND_MS, type Window } from '../../model/window.js';
import { type GpuHourRecord, putGpuHour, putRequestHour } from '../../store/exporters.js';
import { noteNode } from '../../store/kubernetes-write.js';
import type { CollectInput } from '../collector.js';
import type { PrometheusClient } from './client.js';
import type { Labels, Series } from './schema.js';

const CHUNK_MS = 24 * HOUR_MS;

// DCGM tells a slice of a MIG GPU by its engine's activity (0 to 1); a whole one by its utilisation in per cent.
const GPU_LABELS = 'UUID, gpu, GPU_I_ID, Hostname, namespace, pod, exported_namespace, exported_pod';
function ofGpus(over: 'avg' | 'max' | 'count'): string {
  const percent = over === 'count' ? '' : '100 * ';
  return `max by (${GPU_LABELS}) (${over}_over_time(DCGM_FI_DEV_GPU_UTIL[1h]) or ${percent}${over}_over_time(DCGM_FI_PROF_GR_ENGINE_ACTIVE[1h]))`;
}
const GPU_QUERIES = { mean: ofGpus('avg'), max: ofGpus('max'), samples: ofGpus('count') } as const;

/** Who counts requests, and the labels that name the service; the first that is there wins. */
const REQUEST_SOURCES = [
  {
    source: 'istio',
    query: `sum by (destination_service_namespace, destination_service_name) (increase(istio_requests_total{reporter="destination"}[1h]))`,
    namespace: ['destination_service_namespace'],
    service: ['destination_service_name'],
  },
  {
    source: 'nginx',
    query:
      'sum by (namespace, exported_namespace, service, exported_service) (increase(nginx_ingress_controller_requests[1h]))',
    namespace: ['exported_namespace', 'namespace'],
    service: ['exported_service', 'service'],
  },
  {
    source: 'knative',
    query: 'sum by (namespace_name, service_name) (increase(revision_request_count[1h]))',
    namespace: ['namespace_name'],
    service: ['service_name'],
  },
] as const;

function firstOf(labels: Labels, names: readonly string[]): string {
  return names.map((name) => labels[name]).find((value) => value) ?? '';
}

function gpuKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}

function figuresOf(series: readonly Series[]): Map<string, Map<number, number>> {
  return new Map(
    series.map(({ labels, points }) => [gpuKey(labels), new Map(points.map((one) => [one.timeMs, one.value]))]),
  );
}

/**
 * Hours of GPUs. Prometheus keeps an exporter's own pod label as `exported_pod` unless it honours labels: then `pod` is the
 * exporter and says nothing of who holds the GPU.
 */
export function gpuHoursOf(
  cluster: string,
  answers: Record<keyof typeof GPU_QUERIES, readonly Series[]>,
): GpuHourRecord[] {
  const [max, samples] = [figuresOf(answers.max), figuresOf(answers.samples)];
  const exported = answers.mean.some(({ labels }) => labels.exported_pod);
  return answers.mean.flatMap(({ labels, points }) => {
    const pod = (exported ? labels.exported_pod : labels.pod) ?? '';
    const namespace = (exported ? labels.exported_namespace : labels.namespace) ?? '';
    const gpu = [labels.UUID || `${labels.Hostname}/${labels.gpu}`, labels.GPU_I_ID].filter(Boolean).join('/');
    const held = pod !== '' && namespace !== '';
    return points.map(({ timeMs, value }) => ({
      cluster,
      gpu,
      namespace: held ? namespace : '',
      pod: held ? pod : '',
      hourMs: timeMs - HOUR_MS,
      host: labels.Hostname ?? '',
      samples: samples.get(gpuKey(labels))?.get(timeMs) ?? 1,
      meanPercent: value,
      maxPercent: max.get(gpuKey(labels))?.get(timeMs) ?? value,
    }));
  });
}

/** A node without pods has no other trace in the past. */
const NODES = 'count by (node) (kube_node_status_allocatable{resource="cpu"})';

interface Asked {
  client: PrometheusClient;
  input: CollectInput;
  range: { startMs: number; endMs: number; stepSeconds: number };
}

async function readGpus({ client, input, range }: Asked): Promise<void> {
  const ask = (name: keyof typeof GPU_QUERIES) => client.range(`GPUs: ${name}`, GPU_QUERIES[name], range);
  const mean = await ask('mean');
  if (mean.length === 0) return;
  const answers = { mean, max: await ask('max'), samples: await ask('samples') };
  const { store, cluster } = input;
  store.db.transaction(() => {
    for (const hour of gpuHoursOf(cluster, answers)) putGpuHour(store.db, hour);
  })();
}

async function readRequests({ client, input, range }: Asked): Promise<void> {
  const { store, cluster } = input;
  for (const { source, query, namespace, service } of REQUEST_SOURCES) {
    const series = await client.range(`requests: ${source}`, query, range);
    store.db.transaction(() => {
      for (const { labels, points } of series)
        for (const { timeMs, value } of points)
          putRequestHour(store.db, {
            ...{ cluster, source, hourMs: timeMs - HOUR_MS, requests: value },
            ...{ namespace: firstOf(labels, namespace), service: firstOf(labels, service) },
          });
    })();
  }
}

async function readNodes({ client, input, range }: Asked): Promise<void> {
  const { store, cluster } = input;
  const series = await client.range('nodes', NODES, range);
  store.db.transaction(() => {
    for (const { labels, points } of series) {
      const [first, last] = [points.at(0), points.at(-1)];
      if (!labels.node || !first || !last) continue;
      noteNode(store.db, { cluster, name: labels.node, firstSeenMs: first.timeMs, lastSeenMs: last.timeMs });
    }
  })();
}

/** Writes which nodes were there, how busy GPUs were and how many requests services got, hour by hour; hours that are over, each read whole. */
export async function readExporters(client: PrometheusClient, input: CollectInput, window: Window): Promise<void> {
  for (let fromMs = hourOf(window.sinceMs); fromMs < window.untilMs; fromMs += CHUNK_MS) {
    if (input.signal.aborted) return;
    const endMs = hourOf(Math.min(fromMs + CHUNK_MS, window.untilMs));
    const range = { startMs: fromMs + HOUR_MS, endMs, stepSeconds: HOUR_MS / SECOND_MS };
    if (range.startMs > range.endMs) return;
    await readNodes({ client, input, range });
    await readGpus({ client, input, range });
    await readRequests({ client, input, range });
  }
}
