import { HOUR_MS, SECOND_MS } from '../../model/window.js';
import type { Metric } from '../../store/usage.js';
import type { Chunk } from './chunks.js';
import type { PrometheusClient } from './client.js';
import { addCounter, addNetwork, addSamples, ChunkUse, type HourCounts } from './map.js';
import {
  cpuCores,
  type HourlyQuery,
  hourlyQueries,
  memoryBytes,
  type Resolution,
  type StateQuery,
  stateQueries,
} from './queries.js';
import type { Series } from './schema.js';

export type State = (query: StateQuery) => Series[];

/** Everything that Prometheus says of a chunk. */
export interface ChunkData {
  use: ChunkUse;
  counts: Record<Metric, HourCounts>;
  /** Evaluation times at which any container had memory in use. */
  times: Set<number>;
  volumes: { used: Series[]; capacity: Series[] };
  state: State;
}

/** The answers to a group of queries, by name; the client bounds how many are in flight. */
async function askAll<K extends string>(
  queries: Readonly<Record<K, string>>,
  ask: (name: string, query: string) => Promise<Series[]>,
): Promise<(name: K) => Series[]> {
  const asked = Object.entries<string>(queries);
  const answers = await Promise.all(asked.map(async ([name, query]) => [name, await ask(name, query)] as const));
  const byName = new Map<string, Series[]>(answers);
  return (name) => byName.get(name) ?? [];
}

function askHourly(client: PrometheusClient, chunk: Chunk, resolution: Resolution) {
  const range = { startMs: chunk.fromMs + HOUR_MS, endMs: chunk.completeMs, stepSeconds: HOUR_MS / SECOND_MS };
  return askAll<HourlyQuery>(hourlyQueries(resolution), async (name, query) =>
    range.startMs > range.endMs ? [] : client.range(name, query, range),
  );
}

function askState(client: PrometheusClient, chunk: Chunk) {
  const seconds = Math.ceil((chunk.toMs - chunk.fromMs) / SECOND_MS);
  return askAll<StateQuery>(stateQueries(seconds), (name, query) => client.instant(name, query, chunk.toMs));
}

/** A single series whose values are the counts. */
function countsOf(series: readonly Series[]): HourCounts {
  const points = series.flatMap((one) => one.points);
  return new Map(points.map(({ timeMs, value }) => [timeMs - HOUR_MS, value]));
}

function seriesPerHour(series: readonly Series[]): HourCounts {
  const counts: HourCounts = new Map();
  for (const { points } of series)
    for (const { timeMs } of points) counts.set(timeMs - HOUR_MS, (counts.get(timeMs - HOUR_MS) ?? 0) + 1);
  return counts;
}

/** Reads a chunk: CPU and memory one after the other, as they are large, then all that is counted per hour. */
export async function readChunk(client: PrometheusClient, chunk: Chunk, resolution: Resolution): Promise<ChunkData> {
  const { stepSeconds } = resolution;
  const stepMs = stepSeconds * SECOND_MS;
  const steps = { startMs: chunk.fromMs + stepMs, endMs: chunk.toMs, stepSeconds };
  const use = new ChunkUse();
  const times = new Set<number>();
  const ask = async (what: string, query: string) =>
    steps.startMs > steps.endMs ? [] : client.range(what, query, steps);

  const memorySeries = await ask('memory', memoryBytes(resolution));
  for (const { points } of memorySeries) for (const { timeMs } of points) times.add(timeMs);
  const memory = addSamples(use, 'memory', memorySeries, stepSeconds);
  const cpuSeries = await ask('cpu', cpuCores(resolution));
  for (const { points } of cpuSeries) for (const { timeMs } of points) times.add(timeMs);
  const cpu = addSamples(use, 'cpu', cpuSeries, stepSeconds);

  const [hourly, state] = await Promise.all([askHourly(client, chunk, resolution), askState(client, chunk)]);
  addCounter(use, 'cfsPeriods', hourly('cfsPeriods'), false);
  const throttling = addCounter(use, 'cfsThrottledPeriods', hourly('cfsThrottledPeriods'), false);
  const oom = addCounter(use, 'oomKills', hourly('oomKills'), true);
  const restarts = addCounter(use, 'restarts', hourly('restarts'), true);
  addCounter(use, 'oomKills', hourly('oomRestarts'), true);
  const network = addNetwork(use, 'receiveBytes', hourly('receiveBytes'));
  addNetwork(use, 'transmitBytes', hourly('transmitBytes'));
  addNetwork(use, 'seconds', hourly('networkSamples'), resolution.scrapeSeconds);
  const volume = seriesPerHour(hourly('volumeUsed'));
  const counts = { cpu, memory, throttling, oom, restarts, network, volume, state: countsOf(hourly('state')) };
  return { use, counts, times, volumes: { used: hourly('volumeUsed'), capacity: hourly('volumeCapacity') }, state };
}
