/** Moves the value of rank `rank` among `values[from..to]` to its place: smaller ones before it, larger ones behind. */
function select(values: Float64Array, rank: number, from: number, to: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const swapped = values[i] ?? 0;
      values[i++] = values[j] ?? 0;
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}

/** The middle one of the ranks first: it parts the values for those before and those behind it. */
function selectAll(
  values: Float64Array,
  ranks: readonly number[],
  first: number,
  last: number,
  from: number,
  to: number,
): void {
  if (first > last) return;
  const middle = (first + last) >> 1;
  const rank = ranks[middle] ?? 0;
  select(values, rank, from, to);
  selectAll(values, ranks, first, middle - 1, from, rank);
  selectAll(values, ranks, middle + 1, last, rank, to);
}

/** The values at ascending ranks, from how often each whole number from `min` to `max` is there. */
function countedAtRanks(values: Float64Array, ranks: readonly number[], min: number, max: number): number[] {
  const counts = new Uint32Array(max - min + 1);
  for (let i = 0; i < values.length; i++) {
    const place = (values[i] ?? 0) - min;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  let value = 0;
  let upTo = counts[0] ?? 0;
  return ranks.map((rank) => {
    while (upTo <= rank) upTo += counts[++value] ?? values.length;
    return min + value;
  });
}

/**
 * The values at ascending ranks, as if `values`, which are whole numbers, were sorted; may reorder them. Counted where
 * there are fewer different ones than values, as with milliseconds; else Hoare's selection: no need to sort all.
 */
export function valuesAtRanks(values: Float64Array, ranks: readonly number[]): number[] {
  let min = values[0] ?? 0;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  if (max - min < values.length) return countedAtRanks(values, ranks, min, max);
  selectAll(values, ranks, 0, ranks.length - 1, 0, values.length - 1);
  return ranks.map((rank) => values[rank] ?? 0);
}
