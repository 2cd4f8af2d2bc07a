/** Twice the mid-rank of each value (1-based, ties share the mean rank), so that all are whole numbers. */
export interface Ranks {
  readonly doubled: Int32Array;
  /** Sum of t³ − t over groups of t equal values. */
  readonly tieSum: number;
}

export function doubledRanks(values: readonly number[]): Ranks {
  const order = values.map((_, place) => place).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const doubled = new Int32Array(values.length);
  let tieSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (let place = from; place < to; place++) doubled[order[place] ?? 0] = from + 1 + to;
    tieSum += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { doubled, tieSum };
}

export function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export function mean(values: readonly number[]): number {
  return sumOf(values) / values.length;
}

/** Sample standard deviation; 0 for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(sumOf(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

/** The middle of sorted values, the mean of the two middle ones where their count is even. */
export function medianOfSorted(sorted: Float64Array): number {
  const upper = sorted.length >> 1;
  const high = sorted[upper] ?? Number.NaN;
  return sorted.length % 2 ? high : ((sorted[upper - 1] ?? Number.NaN) + high) / 2;
}

/** The same of values in any order; NaN of none. */
export function medianOf(values: readonly number[] | Float64Array): number {
  return medianOfSorted(Float64Array.from(values).sort());
}
