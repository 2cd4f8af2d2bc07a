import { Distribution } from '../model/distribution.js';
import { MIB } from '../model/quantity.js';
import { DAY_MS } from '../model/window.js';
import type { Fold } from './folds.js';
import type { Decision } from './forecast.js';
import { Samples } from './samples.js';

export type Peer = 'krr' | 'vpa';
export type Strategy = 'own' | Peer;

/** Smallest CPU and memory requests: Robusta KRR 1.28 (cpu_min_value, memory_min_value), VPA recommender (pod-recommendation-min-*). */
export const FLOOR_CORES: Record<Peer, number> = { krr: 0.01, vpa: 0.025 };
export const FLOOR_BYTES: Record<Peer, number> = { krr: 100 * MIB, vpa: 250 * MIB };

// Robusta KRR, strategy "simple": history_duration 336 h, cpu_percentile 95, memory_buffer_percentage 15.
const KRR_DAYS = 14;
const KRR_QUANTILE = 0.95;
// VPA recommender: target-cpu-percentile 0.9, recommendation-margin-fraction 0.15, half-life 24 h.
const VPA_QUANTILE = 0.9;
const MARGIN = 1.15;
const VPA_HALF_LIFE_MS = DAY_MS;
const VPA_GROWTH = 0.05;
const VPA_FIRST_CORES = 0.01;
const VPA_FIRST_BYTES = 10e6;

function recent(folds: readonly Fold[]): readonly Fold[] {
  const until = folds.at(-1)?.untilMs ?? 0;
  return folds.filter((fold) => until - fold.sinceMs <= KRR_DAYS * DAY_MS);
}

/** The upper edge of VPA's exponential bucket that holds a value: the first `first` wide, each next one 5 % wider. */
function upperEdge(value: number, first: number): number {
  const edge = (n: number) => (first * ((1 + VPA_GROWTH) ** n - 1)) / VPA_GROWTH;
  const bucket = Math.floor(Math.log((value * VPA_GROWTH) / first + 1) / Math.log(1 + VPA_GROWTH));
  return edge(bucket + 1);
}

function decayed(atMs: number, untilMs: number): number {
  return 2 ** ((atMs - untilMs) / VPA_HALF_LIFE_MS);
}

function krrCpu(folds: readonly Fold[], pods: readonly Distribution[]): number {
  const pooled = new Distribution();
  for (const fold of recent(folds)) pooled.merge(fold.cpu);
  const each = pods.length > 1 ? pods : [pooled];
  return Math.max(...each.map((pod) => new Samples(pod).quantile(KRR_QUANTILE)));
}

function vpaCpu(folds: readonly Fold[]): number {
  const until = folds.at(-1)?.untilMs ?? 0;
  const all = new Distribution();
  for (const { sinceMs, untilMs, cpu } of folds.flatMap((fold) => fold.parts))
    all.merge(cpu, decayed((sinceMs + untilMs) / 2, until));
  return upperEdge(new Samples(all).quantile(VPA_QUANTILE), VPA_FIRST_CORES) * MARGIN;
}

/**
 * What a well-known right-sizer's defaults would request, before floors and rounding.
 * @param pods - use of each pod over the same time, where it is known: KRR takes the highest of them.
 */
export function peerCpu(peer: Peer, folds: readonly Fold[], pods: readonly Distribution[] = []): Decision {
  return peer === 'krr'
    ? { cores: krrCpu(folds, pods), how: 'KRR: p95 of 14 days' }
    : { cores: vpaCpu(folds), how: 'VPA: decayed p90 + 15 %' };
}

/** The same of memory: KRR the peak of 14 days + 15 %, VPA p90 of decayed daily peaks + 15 %. */
export function peerMemory(peer: Peer, folds: readonly Fold[]): number {
  if (peer === 'krr') return Math.max(...recent(folds).map((fold) => fold.memoryMaxBytes ?? 0)) * MARGIN;
  const until = folds.at(-1)?.untilMs ?? 0;
  const peaks = new Distribution();
  for (const fold of folds) peaks.add(fold.memoryMaxBytes ?? 0, decayed(fold.untilMs, until));
  return upperEdge(new Samples(peaks).quantile(VPA_QUANTILE), VPA_FIRST_BYTES) * MARGIN;
}
