import type { Backtest } from '../model/finding.js';
import { GIB, MIB } from '../model/quantity.js';
import { memorySeries } from './backtest-series.js';
import { examSize, type Fold, LEAST_FOLDS } from './folds.js';
import { FLOOR_BYTES as PEER_FLOOR_BYTES, type Peer, peerMemory, type Strategy } from './peers.js';

/** Least headroom over the highest peak seen, as Robusta KRR's default. */
const LEAST_MARGIN = 0.15;
const MOST_MARGIN = 1;
/** Headroom in standard deviations of the folds' peaks. */
const SPREAD_WEIGHT = 3;
/** The smallest request that is advised, as Robusta KRR's default. */
const FLOOR_BYTES = 100 * MIB;
const STEP_BYTES = 16 * MIB;

export interface MemorySize {
  /** The advised request and limit, rounded up to 16 MiB. */
  bytes: number;
  peakBytes: number;
  how: string;
  backtest: Backtest;
}

interface Choice {
  bytes: number;
  how: string;
}

/** Highest peak plus headroom from the spread of the folds' peaks, which a rising trend widens. */
function chooseOwn(peaks: readonly number[]): Choice {
  const peakBytes = Math.max(...peaks);
  const mean = peaks.reduce((sum, peak) => sum + peak, 0) / peaks.length;
  const variance = peaks.reduce((sum, peak) => sum + (peak - mean) ** 2, 0) / Math.max(1, peaks.length - 1);
  const spread = peakBytes > 0 ? (SPREAD_WEIGHT * Math.sqrt(variance)) / peakBytes : 0;
  const margin = Math.min(MOST_MARGIN, Math.max(LEAST_MARGIN, spread));
  return {
    bytes: roundUp(peakBytes * (1 + margin), FLOOR_BYTES),
    how: `highest working set + ${Math.round(margin * 100)} %`,
  };
}

const PEER_WORDS: Record<Peer, string> = {
  krr: 'KRR: highest working set of 14 days + 15 %',
  vpa: 'VPA: p90 of decayed daily peaks + 15 %',
};

function choose(folds: readonly Fold[], strategy: Strategy): Choice {
  if (strategy === 'own') return chooseOwn(folds.map((fold) => fold.memoryMaxBytes ?? 0));
  return { bytes: roundUp(peerMemory(strategy, folds), PEER_FLOOR_BYTES[strategy]), how: PEER_WORDS[strategy] };
}

function roundUp(bytes: number, floor: number): number {
  return Math.max(floor, Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GiB`;
}

function examine({ bytes }: Choice, exam: readonly Fold[], all: readonly Fold[]): Backtest {
  const highest = Math.max(...exam.map((fold) => fold.memoryMaxBytes ?? 0));
  const over = exam.filter((fold) => (fold.memoryMaxBytes ?? 0) > bytes).length;
  const days = exam.length === 1 ? 'day' : `${exam.length} days`;
  return {
    passed: over === 0,
    summary:
      over === 0
        ? `On the newest ${days} with use, which the choice did not see, memory stayed below the limit chosen before (highest ${gib(highest)} of ${gib(bytes)}): no OOM kill.`
        : `On the newest ${days} with use, which the choice did not see, memory reached ${gib(highest)}, above the limit chosen before (${gib(bytes)}): it would have been OOM-killed.`,
    window: { sinceMs: exam[0]?.sinceMs ?? 0, untilMs: exam.at(-1)?.untilMs ?? 0 },
    samples: exam.reduce((sum, fold) => sum + fold.hours, 0),
    figures: { chosenBytes: bytes, highestBytes: highest, foldsAboveLimit: over },
    series: memorySeries(bytes, all),
  };
}

/**
 * A memory request (= limit) above every peak seen; the newest fifth of history only examines.
 * Undefined if there is too little history to choose and to examine.
 */
export function sizeMemory(folds: readonly Fold[], strategy: Strategy = 'own'): MemorySize | undefined {
  const measured = folds.filter((fold) => fold.memoryMaxBytes !== null);
  if (measured.length < LEAST_FOLDS) return undefined;
  const exam = measured.slice(-examSize(measured));
  return {
    ...choose(measured, strategy),
    peakBytes: Math.max(...measured.map((fold) => fold.memoryMaxBytes ?? 0)),
    backtest: examine(choose(measured.slice(0, -exam.length), strategy), exam, measured),
  };
}
