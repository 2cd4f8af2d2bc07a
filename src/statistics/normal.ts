const SQRT_PI = Math.sqrt(Math.PI);
const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Below this the series converges fast, above it the continued fraction does. */
const SERIES_BELOW = 3;
const TERMS = 200;

/** Abramowitz & Stegun 7.1.6. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < TERMS && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/** Abramowitz & Stegun 7.1.14, from the far end. */
function erfcFraction(x: number): number {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (SQRT_PI * (x + fraction));
}

/** P(Z > z) of the standard normal distribution, to about 1e-13. */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const x = z / Math.SQRT2;
  return x < SERIES_BELOW ? (1 - erfSeries(x)) / 2 : erfcFraction(x) / 2;
}

/** The z with P(Z > z) = `tail`, 0 < tail < 1; by Newton's steps from a rough start (Abramowitz & Stegun 26.2.23). */
export function normalQuantileUpper(tail: number): number {
  if (tail > 0.5) return -normalQuantileUpper(1 - tail);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 4; i++) z += ((normalUpperTail(z) - tail) * SQRT_2PI) / Math.exp((-z * z) / 2);
  return z;
}

/** The t with P(T > t) = `tail` of Student's distribution: Hill's expansion (1970), 4 digits from 3 degrees on. */
export function studentQuantileUpper(tail: number, degrees: number): number {
  const z = normalQuantileUpper(tail);
  const [z3, z5, z7, z9] = [z ** 3, z ** 5, z ** 7, z ** 9];
  return (
    z +
    (z3 + z) / (4 * degrees) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * degrees ** 4)
  );
}
