import { HOUR_MS, HOURS_PER_DAY } from '../model/window.js';
import { randomBits } from '../statistics/random.js';
import { medianOf } from '../statistics/ranks.js';
import type { HourGrid, SlotSums } from './hour-grid.js';

/** When a start hour is worth changing for. RULES.md, spot/cheaper-hour. */
export interface HourCriteria {
  /** How long the run takes; its cost is the mean price over that time. */
  runHours: number;
  minSavingPercent: number;
  maxP: number;
}

export const DEFAULT_HOUR_CRITERIA: HourCriteria = { runHours: 1, minSavingPercent: 2, maxP: 0.05 };

export interface HourEffect {
  matters: boolean;
  /**
   * Start hours with at least half of the best one's advantage, in the order of the clock.
   * Empty where the hour does not matter.
   */
  hours: number[];
  /** How much less a run costs at the best start hour than at a typical (median) one. Null: too few days to say. */
  savingPercent: number | null;
  /** Chance of so good a best hour if hours were alike. Null: too few days to say. */
  p: number | null;
  /** Days that could be compared. */
  days: number;
  /** Cost of a run per start hour, relative to the price level of its day; empty if not known. */
  relativeCost: number[];
}

/** Fewer days than this say nothing about hours. */
const MIN_DAYS = 7;
/** Hours of a day that must be known for the day to count. */
const MIN_HOURS_OF_DAY = 18;
const SHUFFLES = 999;
/** Besag & Clifford (1991): once so many shuffles are as good, p is known well enough. */
const ENOUGH_AS_GOOD = 50;
const SEED = 0x5f17;

/** Mean price per slot; NaN where less than half of an hour is known. */
function slotPrices({ coveredMs, usdMs }: SlotSums): Float64Array {
  return coveredMs.map((covered, i) => (covered >= HOUR_MS / 2 ? (usdMs[i] ?? 0) / covered : Number.NaN));
}

/**
 * Price of each slot relative to the mean of the day around it. The centred mean (12 hours each way, the ends at half
 * weight) takes out levels and trends, so that a price that rises over weeks does not make midnight look cheap; a
 * pattern of 24 hours passes through it unchanged.
 */
function relativeToLevel(prices: Float64Array): Float64Array {
  const half = HOURS_PER_DAY / 2;
  return prices.map((price, i) => {
    if (i < half || i + half >= prices.length) return Number.NaN;
    let sum = 0;
    for (let j = -half; j <= half; j++) sum += (Math.abs(j) === half ? 0.5 : 1) * (prices[i + j] ?? Number.NaN);
    return price / (sum / HOURS_PER_DAY) - 1;
  });
}

/** Mean over the next `runHours` slots, the last one in part. */
function overRun(values: Float64Array, runHours: number): Float64Array {
  const whole = Math.floor(runHours);
  const rest = runHours - whole;
  return values.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < whole; j++) sum += values[i + j] ?? Number.NaN;
    if (rest > 0) sum += rest * (values[i + whole] ?? Number.NaN);
    return sum / runHours;
  });
}

/** One row of 24 start hours per local day; days with too little known are left out, single holes are neutral. */
function dayRows({ slots }: HourGrid, values: Float64Array): Float64Array[] {
  const days = new Map<number, Float64Array>();
  for (const [i, { day, hour }] of slots.entries()) {
    const value = values[i] ?? Number.NaN;
    const row = days.get(day) ?? new Float64Array(HOURS_PER_DAY).fill(Number.NaN);
    const before = row[hour] ?? Number.NaN;
    // The hour that a clock going back repeats is one start hour.
    if (!Number.isNaN(value)) row[hour] = Number.isNaN(before) ? value : (before + value) / 2;
    days.set(day, row);
  }
  const rows: Float64Array[] = [];
  for (const row of days.values()) {
    const known = row.filter((value) => !Number.isNaN(value));
    if (known.length < MIN_HOURS_OF_DAY) continue;
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    rows.push(row.map((value) => (Number.isNaN(value) ? mean : value)));
  }
  return rows;
}

/** Days one after the other, each written twice, so that a day turned by some hours is a plain stretch of it. */
const DOUBLE_DAY = 2 * HOURS_PER_DAY;

function doubled(rows: readonly Float64Array[]): Float64Array {
  const table = new Float64Array(rows.length * DOUBLE_DAY);
  for (const [i, row] of rows.entries()) {
    table.set(row, i * DOUBLE_DAY);
    table.set(row, i * DOUBLE_DAY + HOURS_PER_DAY);
  }
  return table;
}

/** Adds each day, turned by its own number of hours, to the sums per start hour. */
function addDays(table: Float64Array, sums: Float64Array, turnOf: () => number): Float64Array {
  sums.fill(0);
  for (let day = 0; day < table.length; day += DOUBLE_DAY) {
    const from = day + turnOf();
    for (let hour = 0; hour < HOURS_PER_DAY; hour++) sums[hour] = (sums[hour] ?? 0) + (table[from + hour] ?? 0);
  }
  return sums;
}

function lowest(values: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < low) low = value;
  return low;
}

/**
 * Chance that the cheapest of 24 hours is as cheap as seen if the hour made no difference. Days are what can be
 * exchanged: each day is turned by a random number of hours, which keeps how prices hang together within a day, and
 * the lowest hour of each shuffle is compared, because the lowest hour is what was looked for.
 */
function shuffledP(table: Float64Array, seen: number): number {
  const next = randomBits(SEED);
  const sums = new Float64Array(HOURS_PER_DAY);
  let asGood = 0;
  for (let n = 1; n <= SHUFFLES; n++) {
    // Sums of the same numbers in another order differ in the last bits.
    if (lowest(addDays(table, sums, () => next() % HOURS_PER_DAY)) <= seen + 1e-12) asGood++;
    if (asGood === ENOUGH_AS_GOOD) return asGood / n;
  }
  return (asGood + 1) / (SHUFFLES + 1);
}

/** Whether the start hour makes a difference worth acting on: large enough, and consistent over days. */
export function hourEffect(grid: HourGrid, sums: SlotSums, criteria = DEFAULT_HOUR_CRITERIA): HourEffect {
  const runHours = Math.max(1, criteria.runHours);
  const rows = dayRows(grid, overRun(relativeToLevel(slotPrices(sums)), runHours));
  if (rows.length < MIN_DAYS)
    return { matters: false, hours: [], savingPercent: null, p: null, days: rows.length, relativeCost: [] };
  const table = doubled(rows);
  const totals = addDays(table, new Float64Array(HOURS_PER_DAY), () => 0);
  const relativeCost = Array.from(totals, (sum) => 1 + sum / rows.length);
  const typical = medianOf(relativeCost);
  const advantages = relativeCost.map((cost) => 1 - cost / typical);
  const best = Math.max(...advantages);
  const p = shuffledP(table, lowest(totals));
  const matters = best * 100 >= criteria.minSavingPercent && p < criteria.maxP;
  const hours = matters ? advantages.flatMap((advantage, hour) => (advantage >= best / 2 ? [hour] : [])) : [];
  return { matters, hours, savingPercent: best * 100, p, days: rows.length, relativeCost };
}
