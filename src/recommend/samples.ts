import type { Distribution } from '../model/distribution.js';

/** A frozen distribution that answers by bisection: sizing asks the same one many times. */
export class Samples {
  readonly count: number;
  readonly #values: Float64Array;
  /** Count and sum of the values from each on upwards. */
  readonly #countFrom: Float64Array;
  readonly #sumFrom: Float64Array;

  constructor(distribution: Distribution) {
    const [values, counts]: [number[], number[]] = [[], []];
    distribution.forEach((value, count) => {
      values.push(value);
      counts.push(count);
    });
    const n = values.length;
    this.#values = Float64Array.from(values);
    this.#countFrom = new Float64Array(n + 1);
    this.#sumFrom = new Float64Array(n + 1);
    for (let i = n - 1; i >= 0; i--) {
      const count = counts[i] ?? 0;
      this.#countFrom[i] = (this.#countFrom[i + 1] ?? 0) + count;
      this.#sumFrom[i] = (this.#sumFrom[i + 1] ?? 0) + count * (this.#values[i] ?? 0);
    }
    this.count = this.#countFrom[0] ?? 0;
  }

  /** The smallest value with at least the share `q` at or below it; 0 if there is none. */
  quantile(q: number): number {
    // A bit of floating point must not move the rank.
    const above = this.count * (1 - q) * (1 + 1e-12) + 1e-9;
    let [low, high] = [0, this.#values.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#countFrom[middle + 1] ?? 0) <= above) high = middle;
      else low = middle + 1;
    }
    return this.#values[low] ?? 0;
  }

  /** Sum of max(0, x − value) over all values. */
  excess(value: number): number {
    let [low, high] = [0, this.#values.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#values[middle] ?? 0) > value) high = middle;
      else low = middle + 1;
    }
    return (this.#sumFrom[low] ?? 0) - value * (this.#countFrom[low] ?? 0);
  }
}
