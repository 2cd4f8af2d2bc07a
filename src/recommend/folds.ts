import { Distribution } from '../model/distribution.js';
import { DAY_MS, HOUR_MS } from '../model/window.js';

/** One container (or role of a Spark family) in one hour, or in neighbouring hours that were pooled; over its pods. */
export interface SizingHour {
  /** Start of the (first) hour. */
  hourMs: number;
  /** Start of the last hour of what was pooled; the same hour if left out. */
  lastHourMs?: number;
  /** How many hours were measured, if not one. */
  hours?: number;
  cpu: Distribution;
  memoryMaxBytes: number | null;
  /** CFS periods with something to run, and those of them cut short by the CPU limit; null where not measured. */
  cfsPeriods?: number | null;
  cfsThrottledPeriods?: number | null;
}

/** What was used in neighbouring hours. */
export interface FoldPart {
  sinceMs: number;
  untilMs: number;
  cpu: Distribution;
}

/** A piece of history, in the order of time: what came before chooses, it pays. */
export interface Fold {
  sinceMs: number;
  untilMs: number;
  /** Days before the newest fold, which is 0; null where history is too short to be cut into days. */
  daysBack: number | null;
  cpu: Distribution;
  /** As finely as it was read, oldest first. */
  parts: readonly FoldPart[];
  memoryMaxBytes: number | null;
  /** Null where throttling was not measured, as without a CPU limit. */
  cfsPeriods: number | null;
  cfsThrottledPeriods: number | null;
  samples: number;
  hours: number;
}

const MOST_FOLDS_OF_SHORT_HISTORY = 6;
/** Below this a fold cannot both choose and be paid on. */
export const LEAST_FOLDS = 3;

function endOf({ hourMs, lastHourMs = hourMs }: SizingHour): number {
  return lastHourMs + HOUR_MS;
}

function total(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

function fold(pieces: readonly SizingHour[], daysBack: number | null): Fold {
  const cpu = new Distribution();
  let memoryMaxBytes: number | null = null;
  let hours = 0;
  for (const piece of pieces) {
    cpu.merge(piece.cpu);
    hours += piece.hours ?? 1;
    if (piece.memoryMaxBytes !== null) memoryMaxBytes = Math.max(memoryMaxBytes ?? 0, piece.memoryMaxBytes);
  }
  const last = pieces.at(-1);
  return {
    sinceMs: pieces[0]?.hourMs ?? 0,
    untilMs: last ? endOf(last) : 0,
    daysBack,
    cpu,
    parts: pieces
      .filter((piece) => piece.cpu.count > 0)
      .map((piece) => ({ sinceMs: piece.hourMs, untilMs: endOf(piece), cpu: piece.cpu })),
    memoryMaxBytes,
    cfsPeriods: total(pieces.map((piece) => piece.cfsPeriods)),
    cfsThrottledPeriods: total(pieces.map((piece) => piece.cfsThrottledPeriods)),
    samples: cpu.count,
    hours,
  };
}

function groupBy(pieces: readonly SizingHour[], keyOf: (piece: SizingHour, index: number) => number) {
  const groups = new Map<number, SizingHour[]>();
  pieces.forEach((piece, i) => {
    const key = keyOf(piece, i);
    const group = groups.get(key);
    if (group) group.push(piece);
    else groups.set(key, [piece]);
  });
  return groups;
}

/**
 * Cuts history into days counted back from the end of its last hour (a nightly batch gives one fold a night); what is
 * shorter than three days into equal pieces. In the order of time; what was pooled lies within one such day.
 */
export function foldsOf(pieces: readonly SizingHour[]): Fold[] {
  const last = pieces.at(-1);
  if (!last) return [];
  const end = endOf(last);
  const days = groupBy(pieces, (piece) => Math.ceil((end - piece.hourMs) / DAY_MS) - 1);
  if (days.size >= LEAST_FOLDS) return [...days].map(([daysBack, own]) => fold(own, daysBack));
  const count = Math.min(MOST_FOLDS_OF_SHORT_HISTORY, pieces.length);
  return [...groupBy(pieces, (_, i) => Math.floor((i * count) / pieces.length)).values()].map((own) => fold(own, null));
}

/** How many folds at the end are kept unseen: a fifth, at least one. */
export function examSize(folds: readonly Fold[]): number {
  return Math.max(1, Math.floor(folds.length / 5));
}
