import { HOUR_MS, hourOf, SECOND_MS, type Window } from '../../model/window.js';
import type { AutoscalerHour, ObjectKeyed } from '../../store/posture.js';
import { putAutoscalerHour } from '../../store/posture-write.js';
import type { CollectInput } from '../collector.js';
import type { PrometheusClient } from './client.js';
import type { Labels, Series } from './schema.js';

/** Autoscalers decide every 15 s and are scraped every 30 to 60 s; finer steps would only repeat samples. */
const STEP_SECONDS = 60;
const CHUNK_MS = 6 * HOUR_MS;

const BY = 'max by (namespace, horizontalpodautoscaler)';
/** `…_spec_min_replicas` and so on since kube-state-metrics 2; the metrics keep these names. */
const QUERIES = {
  replicas: `${BY} (kube_horizontalpodautoscaler_status_current_replicas)`,
  min: `${BY} (kube_horizontalpodautoscaler_spec_min_replicas)`,
  max: `${BY} (kube_horizontalpodautoscaler_spec_max_replicas)`,
} as const;

type Bounds = ReadonlyMap<number, number>;

function keyOf({ namespace, horizontalpodautoscaler }: Labels): string {
  return `${namespace}/${horizontalpodautoscaler}`;
}

function boundsOf(series: readonly Series[]): Map<string, Bounds> {
  return new Map(
    series.map(({ labels, points }) => [keyOf(labels), new Map(points.map(({ timeMs, value }) => [timeMs, value]))]),
  );
}

/** A direction change is a step down after a step up, or the other way round, however long it stood still between. */
export function hoursOfAutoscaler(points: Series['points'], min: Bounds, max: Bounds): AutoscalerHour[] {
  const hours = new Map<number, AutoscalerHour>();
  let before: number | undefined;
  let direction = 0;
  for (const { timeMs, value } of points) {
    const hourMs = hourOf(timeMs - 1);
    const empty = { hourMs, samples: 0, atMin: 0, atMax: 0, replicasSum: 0, directionChanges: 0 };
    const hour = hours.get(hourMs) ?? empty;
    hours.set(hourMs, hour);
    hour.samples += 1;
    hour.replicasSum += value;
    const [least, most] = [min.get(timeMs), max.get(timeMs)];
    if (least !== undefined && value <= least) hour.atMin += 1;
    if (most !== undefined && value >= most) hour.atMax += 1;
    const step = Math.sign(value - (before ?? value));
    if (step !== 0 && direction !== 0 && step !== direction) hour.directionChanges += 1;
    if (step !== 0) direction = step;
    before = value;
  }
  return [...hours.values()];
}

function write(input: CollectInput, answers: Record<keyof typeof QUERIES, Series[]>): void {
  const { store, cluster } = input;
  const [min, max] = [boundsOf(answers.min), boundsOf(answers.max)];
  const none: Bounds = new Map();
  for (const { labels, points } of answers.replicas) {
    const { namespace = '', horizontalpodautoscaler: name = '' } = labels;
    const key: ObjectKeyed = { cluster, namespace, name };
    for (const hour of hoursOfAutoscaler(points, min.get(keyOf(labels)) ?? none, max.get(keyOf(labels)) ?? none))
      putAutoscalerHour(store.db, { ...key, ...hour });
  }
}

/** Writes how many replicas each autoscaler had, hour by hour; whole chunks, so that an hour is replaced whole. */
export async function readAutoscalers(client: PrometheusClient, input: CollectInput, window: Window): Promise<void> {
  const stepMs = STEP_SECONDS * SECOND_MS;
  for (let fromMs = hourOf(window.sinceMs); fromMs < window.untilMs; fromMs += CHUNK_MS) {
    if (input.signal.aborted) return;
    const endMs = Math.min(fromMs + CHUNK_MS, window.untilMs);
    const range = { startMs: fromMs + stepMs, endMs, stepSeconds: STEP_SECONDS };
    if (range.startMs > range.endMs) return;
    const ask = (name: keyof typeof QUERIES) => client.range(`autoscalers: ${name}`, QUERIES[name], range);
    const replicas = await ask('replicas');
    if (replicas.length === 0) continue;
    const answers = { replicas, min: await ask('min'), max: await ask('max') };
    input.store.db.transaction(() => write(input, answers))();
  }
}
