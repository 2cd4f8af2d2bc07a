const BUCKETS = 1 << 12;

/** How many values are in each bucket; the same memory for all calls. */
const counts = new Uint32Array(BUCKETS);

/** Values fall into buckets in their order: `min` into the first. */
interface Scale {
  min: number;
  bucketsPerUnit: number;
}

function scaleOf(values: Float64Array): Scale {
  let min = values[0] ?? 0;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, bucketsPerUnit: max - min < BUCKETS ? 1 : (BUCKETS - 1) / (max - min) };
}

function count(values: Float64Array, { min, bucketsPerUnit }: Scale): void {
  counts.fill(0);
  for (let i = 0; i < values.length; i++) {
    const bucket = (((values[i] ?? 0) - min) * bucketsPerUnit) | 0;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
}

/** The values of a bucket, sorted. */
function sortedIn(bucket: number, values: Float64Array, { min, bucketsPerUnit }: Scale): Float64Array {
  const found = new Float64Array(counts[bucket] ?? 0);
  let place = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if ((((value - min) * bucketsPerUnit) | 0) === bucket) found[place++] = value;
  }
  return found.sort();
}

/**
 * The values at ascending ranks, as if `values`, which are whole numbers, were sorted: they are counted in buckets, and
 * only the buckets that hold a rank are sorted.
 */
export function valuesAtRanks(values: Float64Array, ranks: readonly number[]): number[] {
  const scale = scaleOf(values);
  count(values, scale);
  let bucket = 0;
  let before = 0;
  let sorted: Float64Array | undefined;
  return ranks.map((rank) => {
    for (let here = counts[bucket] ?? 0; before + here <= rank && bucket < BUCKETS; here = counts[bucket] ?? 0) {
      before += here;
      bucket++;
      sorted = undefined;
    }
    if (scale.bucketsPerUnit === 1) return scale.min + bucket;
    sorted ??= sortedIn(bucket, values, scale);
    return sorted[rank - before] ?? 0;
  });
}
