import { medianOf } from '../../statistics/ranks.js';

/** The middle of the values (mean of the two middle ones); undefined if there is none. */
export function median(values: readonly number[] | Float64Array): number | undefined {
  return values.length > 0 ? medianOf(values) : undefined;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** 0 where there is nothing to divide by: a share of nothing is none. */
export function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** The entry with the greatest figure; undefined if there is none. */
export function greatest<T>(items: Iterable<T>, figure: (item: T) => number): T | undefined {
  let best: { item: T; value: number } | undefined;
  for (const item of items) {
    const value = figure(item);
    if (!best || value > best.value) best = { item, value };
  }
  return best?.item;
}
