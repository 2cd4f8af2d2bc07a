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

/** The values at ascending ranks, as if `values` were sorted; reorders `values`. Hoare's selection: no need to sort all. */
export function valuesAtRanks(values: Float64Array, ranks: readonly number[]): number[] {
  selectAll(values, ranks, 0, ranks.length - 1, 0, values.length - 1);
  return ranks.map((rank) => values[rank] ?? 0);
}
