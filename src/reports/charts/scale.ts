/** Coordinates with at most two decimals, so that files are small and the same everywhere. */
export function coordinate(value: number): number {
  return Math.round(value * 100) / 100;
}

export function percent(share: number): string {
  return `${coordinate(share * 100)}%`;
}

/** Steps of 1, 2 or 5 × 10^n. */
function niceStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/**
 * A readable axis around [low, high]. It starts at zero where that costs less than half of the height;
 * else at a round value below the data, which the chart then has to say.
 */
export function axisOf(low: number, high: number, count = 4): Axis {
  const flat = high - low <= Math.abs(high) * 1e-9;
  const spread = flat ? Math.abs(high) * 0.2 || 1 : high - low;
  const fromZero = low >= 0 && low <= high / 2;
  const start = fromZero ? 0 : low - (flat ? spread / 2 : 0);
  const step = niceStep((fromZero ? high : spread) || 1, count);
  const first = Math.floor(start / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((high + (flat ? spread / 2 : 0)) / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { min: ticks[0] ?? 0, max: ticks.at(-1) ?? 1, ticks };
}

/** Where `value` lies on the axis, 0 to 1. */
export function position(axis: Axis, value: number): number {
  return (value - axis.min) / (axis.max - axis.min);
}
