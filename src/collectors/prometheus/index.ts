import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import type { Gap } from '../../model/sources.js';
import { formatTime, HOUR_MS, hourOf, type Window } from '../../model/window.js';
import { getCursor, setCursor } from '../../store/collections.js';
import { scheduledApplications } from '../../store/kubernetes.js';
import { seeWorkloads } from '../../store/kubernetes-write.js';
import type { Metric } from '../../store/usage.js';
import { firstMeasuredHour, measuredMetrics } from '../../store/usage-write.js';
import type { Check, CollectInput, Collector, CollectResult } from '../collector.js';
import { readAutoscalers } from './autoscalers.js';
import { chunkAt, HoleFinder, readWindow, settledHour } from './chunks.js';
import { connect, type PrometheusClient } from './client.js';
import { clusterSelector, described, sharedBy } from './clusters.js';
import { readExporters } from './exporters.js';
import { readMachines } from './machines.js';
import { CONTAINER_COUNTS, resolutionOf, SAMPLES_PER_HOUR } from './queries.js';
import { readChunk } from './read.js';
import { within } from './selector.js';
import { ChunkWriter } from './write.js';

const CURSOR = 'usage';

/** What is missing where a metric is nowhere in the window, and which answers go with it. */
const EXPORTERS: readonly (readonly [Metric, string])[] = [
  ['network', 'no network metrics of pods (lost: idle workloads are judged by CPU alone)'],
  ['throttling', 'no CPU throttling metrics (lost: throttled workloads)'],
  ['restarts', 'no restart counts from kube-state-metrics (lost: restarts per hour)'],
  ['volume', 'no kubelet volume metrics (lost: how full volumes are, and which nobody mounts)'],
];

function isConfigured(config: Config): boolean {
  return config.prometheus.url !== '' || Boolean(process.env.KUBERNETES_SERVICE_HOST);
}

async function check(config: Config): Promise<Check> {
  if (!isConfigured(config))
    return { state: 'absent', detail: 'no URL is set', nextStep: 'Set SPARKFIT_PROMETHEUS_URL to its base URL.' };
  try {
    const server = await connect(config);
    const client = await within(server, config.prometheus.selector);
    const nowMs = Date.now();
    const [count] = await client.instant('containers', CONTAINER_COUNTS[0], nowMs);
    const containers = count?.points[0]?.value ?? 0;
    const shared = await sharedBy(client, { sinceMs: nowMs - HOUR_MS, untilMs: nowMs });
    const many =
      shared.size > 0 ? `; of several clusters (${described(shared)}) the one whose pods Kubernetes shows` : '';
    const detail = `reachable: ${placeOf(client)}, ${containers} containers are measured now${many}`;
    const nextStep = containers > 0 ? '' : 'Have Prometheus scrape the kubelets (/metrics/cadvisor).';
    return { state: containers > 0 ? 'ok' : 'failed', detail, nextStep };
  } catch (error) {
    return {
      state: 'failed',
      detail: messageOf(error),
      nextStep: error instanceof SourceError ? (error.hint ?? '') : '',
    };
  }
}

/** `http://…`, or what was found there. */
function placeOf({ url, found }: PrometheusClient): string {
  return found === undefined ? url : `${found} found at ${url}`;
}

/** The server through the selector that is configured, and through what tells the cluster apart beside it. */
async function connectToCluster(
  input: CollectInput,
  window: Window,
): Promise<{ client: PrometheusClient; own: string }> {
  const server = await within(await connect(input.config, input.signal), input.config.prometheus.selector);
  const own = await clusterSelector(server, input, window);
  return { client: await within(server, own), own };
}

async function number(client: PrometheusClient, what: string, query: string, timeMs: number): Promise<number> {
  const [series] = await client.instant(what, query, timeMs);
  return series?.points[0]?.value ?? 0;
}

/** How closely the data lies at a time; the configured step where there is none to tell. */
async function scrapeSeconds(client: PrometheusClient, timeMs: number, otherwise: number): Promise<number> {
  const samples = await number(client, 'scrape interval', SAMPLES_PER_HOUR, timeMs);
  return samples >= 1 ? 3600 / samples : otherwise;
}

/** How many containers each hour of the window had. */
async function containersByHour(client: PrometheusClient, { sinceMs, untilMs }: Window): Promise<Map<number, number>> {
  const range = { startMs: sinceMs + HOUR_MS, endMs: hourOf(untilMs - 1) + HOUR_MS, stepSeconds: HOUR_MS / 1000 };
  for (const query of CONTAINER_COUNTS) {
    const points = (await client.range('containers', query, range)).flatMap((series) => series.points);
    if (points.length > 0) return new Map(points.map(({ timeMs, value }) => [timeMs - HOUR_MS, value]));
  }
  return new Map();
}

/** Hours before the first that has data are no gap: Prometheus does not reach so far back. */
function startOfData(containers: ReadonlyMap<number, number>, { sinceMs, untilMs }: Window): number {
  const hours = [...containers.keys()].filter((hourMs) => hourMs >= sinceMs);
  return hours.length > 0 ? Math.min(...hours) : Math.max(sinceMs, hourOf(untilMs - 1));
}

interface Progress {
  rows: number;
  /** The coarsest step that was used. */
  stepSeconds: number;
  holes: HoleFinder;
}

/** Reads the window chunk by chunk, each in one transaction with the cursor that stands for it. */
async function readAll(client: PrometheusClient, input: CollectInput, window: Window): Promise<Progress> {
  const { store, cluster, config, signal } = input;
  const asked = config.prometheus.stepSeconds;
  const target = { db: store.db, cluster, schedules: scheduledApplications(store.db, cluster) };
  const first = firstMeasuredHour(store.db, cluster);
  const before = first !== undefined && first < window.sinceMs ? window.sinceMs : undefined;
  const progress: Progress = { rows: 0, stepSeconds: asked, holes: new HoleFinder(before) };
  const containers = await containersByHour(client, window);
  for (let fromMs = startOfData(containers, window); fromMs < window.untilMs; ) {
    if (signal.aborted)
      throw new SourceError('prometheus', 'collect', `stopped at ${formatTime(fromMs)}`, {
        hint: 'Run the same command again to go on from there.',
      });
    input.progress(`prometheus: ${formatTime(fromMs)} of ${formatTime(window.untilMs)}`);
    const firstHourMs = Math.min(fromMs + HOUR_MS, window.untilMs);
    const chunk = chunkAt(fromMs, window.untilMs, containers.get(fromMs) ?? 0, asked);
    const intervals = await Promise.all(
      [firstHourMs, chunk.toMs].map((timeMs) => scrapeSeconds(client, timeMs, asked)),
    );
    const resolution = resolutionOf(asked, Math.max(...intervals));
    const data = await readChunk(client, chunk, resolution);
    store.db.transaction(() => {
      progress.rows += new ChunkWriter(target, data).write(chunk);
      advance(input, settledHour(chunk, window.untilMs), window.sinceMs);
    })();
    progress.holes.add(data.times, resolution.stepSeconds);
    progress.stepSeconds = Math.max(progress.stepSeconds, resolution.stepSeconds);
    fromMs = chunk.toMs;
  }
  store.db.transaction(() => seeWorkloads(store.db, cluster))();
  return progress;
}

/** The cursor only moves forward, and not over hours that were never read. */
function advance({ store, cluster }: CollectInput, toMs: number, sinceMs: number): void {
  const cursor = Number(getCursor(store.db, 'prometheus', cluster, CURSOR) ?? Number.NaN);
  if (Number.isFinite(cursor) && (cursor < sinceMs || cursor >= toMs)) return;
  if (toMs > sinceMs) setCursor(store.db, 'prometheus', cluster, CURSOR, String(toMs));
}

function missing(input: CollectInput, window: Window): { gaps: Gap[]; notes: string[] } {
  const measured = measuredMetrics(input.store.db, input.cluster, window);
  const gap = (why: string): Gap => ({ ...window, why });
  const gaps: Gap[] = [];
  if (!measured.has('cpu')) gaps.push(gap('no container CPU metrics from kubelets (lost: CPU sizing, idle workloads)'));
  if (!measured.has('memory')) gaps.push(gap('no container memory metrics from kubelets (lost: memory sizing)'));
  if (!measured.has('state'))
    gaps.push(
      gap('no kube-state-metrics (lost: owners and requests of pods that are gone, such as finished executors)'),
    );
  // Less than an hour tells nothing of what is counted per hour.
  if (window.untilMs - window.sinceMs < 2 * HOUR_MS)
    return { gaps: gaps.filter((one) => !one.why.includes('state')), notes: [] };
  return { gaps, notes: EXPORTERS.filter(([metric]) => !measured.has(metric)).map(([, note]) => note) };
}

async function collect(input: CollectInput): Promise<CollectResult> {
  const { store, cluster } = input;
  const cursor = getCursor(store.db, 'prometheus', cluster, CURSOR);
  const window = readWindow(input.window, input.sinceGiven, cursor);
  if (!window) return { rows: 0, gaps: [], detail: 'nothing new' };
  const { client, own } = await connectToCluster(input, window);
  const { rows, holes, stepSeconds } = await readAll(client, input, window);
  await readAutoscalers(client, input, window);
  await readMachines(client, input, window);
  await readExporters(client, input, window);
  const { gaps, notes } = missing(input, window);
  const firstMs = firstMeasuredHour(store.db, cluster);
  const history =
    firstMs !== undefined && firstMs > hourOf(window.sinceMs) ? [`history from ${formatTime(firstMs)}`] : [];
  const partial = client
    .shortcomings()
    .map((what) => ({ ...window, why: `answers lack something, figures may be too low: ${what}` }));
  const place = [...(client.found ? [placeOf(client)] : []), ...(own ? [`only ${own}, which holds its pods`] : [])];
  const detail = [`${rows.toLocaleString('en-US')} container hours`, ...place, ...history, ...notes].join('; ');
  return { rows, gaps: [...partial, ...holes.end(window.untilMs, stepSeconds), ...gaps], detail };
}

export const prometheus: Collector = {
  id: 'prometheus',
  title: 'Prometheus',
  lostWithout: 'what is used: sizing, idle workloads, and the history of pods that are gone, such as executors',
  isConfigured,
  check,
  collect,
};
