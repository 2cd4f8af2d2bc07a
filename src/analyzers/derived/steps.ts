/** A quantity that changes at points in time: executor slots, running tasks. Zero before the first change. */
export interface Steps {
  readonly atMs: Float64Array;
  readonly value: Float64Array;
  /** Integral of the value from the first change up to `atMs[i]`. */
  readonly area: Float64Array;
}

export type Change = readonly [atMs: number, by: number];

export function stepsOf(changes: readonly Change[]): Steps {
  const sorted = [...changes].sort((a, b) => a[0] - b[0]);
  const at: number[] = [];
  const value: number[] = [];
  let level = 0;
  for (const [time, by] of sorted) {
    level += by;
    if (at.at(-1) === time) value[value.length - 1] = level;
    else {
      at.push(time);
      value.push(level);
    }
  }
  const area = new Float64Array(at.length);
  for (let i = 1; i < at.length; i++)
    area[i] = (area[i - 1] ?? 0) + ((at[i] ?? 0) - (at[i - 1] ?? 0)) * (value[i - 1] ?? 0);
  return { atMs: Float64Array.from(at), value: Float64Array.from(value), area };
}

/** Place of the last change at or before `timeMs`; −1 before the first. */
function placeOf(steps: Steps, timeMs: number): number {
  let low = 0;
  let high = steps.atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps.atMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function valueAt(steps: Steps, timeMs: number): number {
  return steps.value[placeOf(steps, timeMs)] ?? 0;
}

function areaUntil(steps: Steps, timeMs: number): number {
  const place = placeOf(steps, timeMs);
  if (place < 0) return 0;
  return (steps.area[place] ?? 0) + (timeMs - (steps.atMs[place] ?? 0)) * (steps.value[place] ?? 0);
}

/** Integral over `[sinceMs, untilMs)`: slot-milliseconds of slots. */
export function areaBetween(steps: Steps, sinceMs: number, untilMs: number): number {
  return untilMs > sinceMs ? areaUntil(steps, untilMs) - areaUntil(steps, sinceMs) : 0;
}

/** Mean over `[sinceMs, untilMs)`; the value there, of an empty stretch. */
export function meanBetween(steps: Steps, sinceMs: number, untilMs: number): number {
  return untilMs > sinceMs ? areaBetween(steps, sinceMs, untilMs) / (untilMs - sinceMs) : valueAt(steps, sinceMs);
}

export function greatestValue(steps: Steps): number {
  return steps.value.reduce((most, value) => Math.max(most, value), 0);
}

/** Length of `[sinceMs, untilMs)` during which `holds` is true of the values of both quantities. */
export function lengthWhere(
  a: Steps,
  b: Steps,
  sinceMs: number,
  untilMs: number,
  holds: (a: number, b: number) => boolean,
): number {
  const cuts = [sinceMs, untilMs, ...a.atMs, ...b.atMs].filter((time) => time >= sinceMs && time <= untilMs);
  const sorted = Float64Array.from(cuts).sort();
  let length = 0;
  for (let i = 1; i < sorted.length; i++) {
    const from = sorted[i - 1] ?? 0;
    const to = sorted[i] ?? 0;
    if (to > from && holds(valueAt(a, from), valueAt(b, from))) length += to - from;
  }
  return length;
}
