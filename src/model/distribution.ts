/**
 * A mergeable summary of numbers ≥ 0 with relative error ≤ 1 %: counts in logarithmic buckets.
 * Source: DDSketch (Masson, Rim, Lee, VLDB 2019); γ = (1 + α) / (1 − α), bucket i holds (γ^(i−1), γ^i].
 */
export const RELATIVE_ERROR = 0.01;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** What every value of a bucket is at most α away from, as a factor on its upper edge. */
const TO_ESTIMATE = 2 / (GAMMA + 1);
/** Below a billionth of a core or of a byte is nothing. */
const SMALLEST = 1e-9;
/** Buckets added at each end when the range grows, so that it grows seldom. */
const SPARE = 32;

function bucketOf(value: number): number {
  return Math.ceil(Math.log(value) / LOG_GAMMA);
}

/** Estimates by bucket: powers are slow, and few buckets are ever used (a billionth of a core to a pebibyte: 2,800). */
const estimates: number[] = [];
/** So that negative buckets, of numbers below 1, have an index too. */
const FIRST_BUCKET = bucketOf(SMALLEST) - 1;

function estimateOf(bucket: number): number {
  const known = estimates[bucket - FIRST_BUCKET];
  if (known !== undefined) return known;
  const estimate = GAMMA ** bucket * TO_ESTIMATE;
  estimates[bucket - FIRST_BUCKET] = estimate;
  return estimate;
}

/** A bucket as its estimate and how many values it holds. */
export interface Bucket {
  value: number;
  count: number;
}

export class Distribution {
  #count = 0;
  #zeros = 0;
  /** Count of bucket `#from + i`. */
  #counts = new Float64Array(0);
  #from = 0;

  static of(values: Iterable<number>): Distribution {
    const distribution = new Distribution();
    for (const value of values) distribution.add(value);
    return distribution;
  }

  /** The distribution that `encode` wrote; null (nothing measured) gives an empty one. */
  static decode(bytes: Uint8Array | null): Distribution {
    return new Distribution().mergeEncoded(bytes);
  }

  /** How many values were added. */
  get count(): number {
    return this.#count;
  }

  /** NaN and infinities are not values and are refused; negative numbers count as zero. */
  add(value: number, count = 1): this {
    if (!Number.isFinite(value)) throw new RangeError(`a distribution takes finite numbers, not ${value}`);
    if (count <= 0) return this;
    if (value < SMALLEST) this.#addZeros(count);
    else this.#addBucket(bucketOf(value), count);
    return this;
  }

  /**
   * `weight`: what each of the other's values counts for; `factor` (above 0): what it is multiplied by, to the nearest
   * bucket, which is ± 1 % more.
   */
  merge(other: Distribution, weight = 1, factor = 1): this {
    this.#addZeros(other.#zeros * weight);
    const from = other.#from + Math.round(Math.log(factor) / LOG_GAMMA);
    const { length } = other.#counts;
    for (let i = 0; i < length; i++) {
      const count = other.#counts[i] ?? 0;
      if (count > 0) this.#addBucket(from + i, count * weight);
    }
    return this;
  }

  /** Merges what `encode` wrote without building it first; null adds nothing. */
  mergeEncoded(bytes: Uint8Array | null): this {
    if (!bytes || bytes.length === 0) return this;
    const reader = { bytes, at: 0 };
    this.#addZeros(readVarint(reader));
    let bucket = 0;
    for (let first = true; reader.at < bytes.length; first = false) {
      const word = readVarint(reader);
      const step = Math.floor(word / 2);
      bucket = first ? unzigzag(step) : bucket + step;
      this.#addBucket(bucket, word % 2 === 1 ? readVarint(reader) : 1);
    }
    return this;
  }

  /**
   * The value below which the share `q` (0 to 1) of the values lies: the one of rank ⌊q (n − 1)⌋, ± 1 %.
   * NaN if there are none.
   */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.floor(Math.min(1, Math.max(0, q)) * (this.#count - 1));
    let seen = this.#zeros;
    if (seen > rank) return 0;
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i] ?? 0;
      if (seen > rank) return estimateOf(this.#from + i);
    }
    return Number.NaN;
  }

  /** The share of values above `value`, 0 to 1; values within 1 % of it count by their bucket. NaN if there are none. */
  fractionAbove(value: number): number {
    if (this.#count === 0) return Number.NaN;
    let above = 0;
    this.forEach((each, count) => {
      if (each > value) above += count;
    });
    return above / this.#count;
  }

  /** Mean of max(0, x − value) over all values, ± 1 % of their mean; NaN if there are none. */
  meanExcess(value: number): number {
    if (this.#count === 0) return Number.NaN;
    let excess = 0;
    this.forEach((each, count) => {
      if (each > value) excess += (each - value) * count;
    });
    return excess / this.#count;
  }

  get min(): number {
    return this.quantile(0);
  }

  get max(): number {
    return this.quantile(1);
  }

  /** From the smallest to the largest value. */
  *buckets(): Generator<Bucket> {
    if (this.#zeros > 0) yield { value: 0, count: this.#zeros };
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] ?? 0;
      if (count > 0) yield { value: estimateOf(this.#from + i), count };
    }
  }

  /** The same as `buckets`, quicker. */
  forEach(take: (value: number, count: number) => void): void {
    if (this.#zeros > 0) take(0, this.#zeros);
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] ?? 0;
      if (count > 0) take(estimateOf(this.#from + i), count);
    }
  }

  /**
   * Varints: number of zeros, then per bucket its distance from the one before (doubled, +1 if a count other than 1
   * follows). Twelve near samples take about twelve bytes.
   */
  encode(): Uint8Array {
    const bytes: number[] = [];
    writeVarint(bytes, this.#zeros);
    let last: number | undefined;
    this.#counts.forEach((count, i) => {
      if (count === 0) return;
      const bucket = this.#from + i;
      const step = last === undefined ? zigzag(bucket) : bucket - last;
      last = bucket;
      writeVarint(bytes, step * 2 + (count === 1 ? 0 : 1));
      if (count !== 1) writeVarint(bytes, count);
    });
    return Uint8Array.from(bytes);
  }

  #addZeros(count: number): void {
    this.#zeros += count;
    this.#count += count;
  }

  #addBucket(bucket: number, count: number): void {
    const i = bucket - this.#from;
    if (i < 0 || i >= this.#counts.length) this.#grow(bucket);
    const at = bucket - this.#from;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#count += count;
  }

  #grow(bucket: number): void {
    const empty = this.#counts.length === 0;
    const from = empty || bucket < this.#from ? bucket - SPARE : this.#from;
    const oldEnd = this.#from + this.#counts.length;
    const end = empty || bucket >= oldEnd ? bucket + SPARE : oldEnd;
    const counts = new Float64Array(end - from);
    counts.set(this.#counts, empty ? 0 : this.#from - from);
    this.#counts = counts;
    this.#from = from;
  }
}

function zigzag(n: number): number {
  return n >= 0 ? n * 2 : -n * 2 - 1;
}

function unzigzag(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function readVarint(reader: { bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new RangeError('a distribution in the store ends too early');
    value += (byte % 128) * unit;
    if (byte < 128) return value;
  }
}
