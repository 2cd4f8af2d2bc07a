import { DAY_MS, HOUR_MS, type Window } from '../model/window.js';

/**
 * A price as AWS tells it: from `atMs[i]` on it is `usdPerHour[i]`, until the next record. Sorted, one record per
 * instant. Before the first record the price is not known.
 */
export interface PriceSteps {
  readonly atMs: Float64Array;
  readonly usdPerHour: Float64Array;
}

/** A stretch of time with one known price. */
export interface Piece {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly usdPerHour: number;
}

/**
 * AWS re-states an unchanged price about every 24 h (longest silence in 256,026 gaps of 2021: 30.4 h), so a series
 * that is silent for longer than this is no longer known.
 */
export const MAX_HOLD_MS = 48 * HOUR_MS;

/** Prices that differ by less are a tie; float sums of the same prices differ by about 1e-15. */
export const TIE_USD = 1e-9;

/** The first index whose time is after `timeMs`. */
export function firstAfter(atMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The parts of the window whose price is known, in order. The last record before the window is carried in. */
export function coveredPieces(steps: PriceSteps, window: Window, maxHoldMs = MAX_HOLD_MS): Piece[] {
  const { atMs, usdPerHour } = steps;
  const pieces: Piece[] = [];
  for (let i = Math.max(0, firstAfter(atMs, window.sinceMs) - 1); i < atMs.length; i++) {
    const at = atMs[i] ?? 0;
    if (at >= window.untilMs) break;
    const sinceMs = Math.max(at, window.sinceMs);
    const untilMs = Math.min(atMs[i + 1] ?? window.untilMs, window.untilMs, at + maxHoldMs);
    if (untilMs > sinceMs) pieces.push({ sinceMs, untilMs, usdPerHour: usdPerHour[i] ?? 0 });
  }
  return pieces;
}

/** Mean over the covered time, and how much of the window that is; undefined where nothing is known. */
export function meanPrice(pieces: readonly Piece[], window: Window): { mean: number; coverage: number } | undefined {
  let covered = 0;
  let sum = 0;
  for (const piece of pieces) {
    const length = piece.untilMs - piece.sinceMs;
    covered += length;
    sum += length * piece.usdPerHour;
  }
  if (covered === 0) return undefined;
  return { mean: sum / covered, coverage: covered / (window.untilMs - window.sinceMs) };
}

/** The smallest price at or below which the share `q` of the covered time was spent. */
export function weightedQuantile(sorted: readonly Piece[], q: number): number {
  const total = sorted.reduce((sum, piece) => sum + (piece.untilMs - piece.sinceMs), 0);
  let reached = 0;
  for (const piece of sorted) {
    reached += piece.untilMs - piece.sinceMs;
    if (reached >= q * total - 1e-6) return piece.usdPerHour;
  }
  return sorted.at(-1)?.usdPerHour ?? Number.NaN;
}

/** What a window says of one series. Prices in USD per hour. */
export interface PriceSummary {
  mean: number;
  median: number;
  p95: number;
  min: number;
  max: number;
  /** Share of the window whose price is known, 0 to 1. */
  coverage: number;
  /** Standard deviation over mean, time-weighted. */
  variation: number;
  /** Records whose price differs from the one before; re-statements are none. */
  changes: number;
  /** Per day of covered time. */
  changesPerDay: number;
}

function changesIn({ atMs, usdPerHour }: PriceSteps, window: Window): number {
  let changes = 0;
  for (let i = Math.max(1, firstAfter(atMs, window.sinceMs)); i < atMs.length; i++) {
    if ((atMs[i] ?? 0) >= window.untilMs) break;
    if (usdPerHour[i] !== usdPerHour[i - 1]) changes++;
  }
  return changes;
}

/** Time-weighted statistics; undefined where nothing of the window is covered. */
export function summarize(steps: PriceSteps, window: Window): PriceSummary | undefined {
  const pieces = coveredPieces(steps, window);
  const weighted = meanPrice(pieces, window);
  if (!weighted) return undefined;
  const sorted = pieces.toSorted((a, b) => a.usdPerHour - b.usdPerHour);
  const coveredMs = weighted.coverage * (window.untilMs - window.sinceMs);
  let squares = 0;
  for (const piece of pieces) squares += (piece.untilMs - piece.sinceMs) * (piece.usdPerHour - weighted.mean) ** 2;
  const changes = changesIn(steps, window);
  return {
    ...weighted,
    median: weightedQuantile(sorted, 0.5),
    p95: weightedQuantile(sorted, 0.95),
    min: sorted[0]?.usdPerHour ?? weighted.mean,
    max: sorted.at(-1)?.usdPerHour ?? weighted.mean,
    variation: weighted.mean > 0 ? Math.sqrt(squares / coveredMs) / weighted.mean : 0,
    changes,
    changesPerDay: changes / (coveredMs / DAY_MS),
  };
}
