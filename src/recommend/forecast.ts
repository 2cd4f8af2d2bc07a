import { Distribution } from '../model/distribution.js';
import { HOUR_MS } from '../model/window.js';
import type { Fold } from './folds.js';
import { Samples } from './samples.js';

/**
 * Ways to see the next day in those before: all use of the last so many days; of the last hours most; of the same day of
 * the week; of the last day on its trend; of the last day after each step from day to day that was seen.
 */
const FORECASTS = [1, 3, 7, 14, 'decayed', 'weekday', 'trend', 'steps'] as const;
type Kind = (typeof FORECASTS)[number];

const DECAY_HALF_LIFE_MS = 6 * HOUR_MS;
/** What is older than this many folds weighs nothing. */
const DECAY_FOLDS = 3;
const TREND_FOLDS = 4;
const STEP_FOLDS = 14;
/** A step from nothing to something is no factor; a larger one than this counts as this. */
const MOST_STEP = 4;
const WEEK_DAYS = 7;
/** The level of a day, whose steps and trend are followed. */
const DAY_LEVEL = 0.95;

/** A level that the last hour reached and the same hour of the days before did not, by a tenth: it may stay. */
const NEW_LEVEL = 1.1;
const LEVEL_QUANTILE = 0.75;
const LEVEL_FOLDS = 3;

/** What one day may teach, in shares of its best cost, so that one odd day does not decide against a forecast for good. */
const MOST_LOSS_PER_DAY = 1;

export interface Decision {
  cores: number;
  how: string;
}

const WORDS: Record<Kind, string> = {
  1: 'the last day with use',
  3: 'the last 3 days with use',
  7: 'the last 7 days with use',
  14: 'the last 14 days with use',
  decayed: 'use weighted by half every 6 hours',
  weekday: 'the same day of the week',
  trend: 'the last day with use, on its trend',
  steps: 'the last day with use, after the steps from day to day seen so far',
};

function pool(folds: readonly Fold[]): Distribution {
  const all = new Distribution();
  for (const fold of folds) all.merge(fold.cpu);
  return all;
}

/** Requested plus weighted unserved core-samples (DOMAIN section 3). */
function cost(day: Samples, cores: number, unservedWeight: number): number {
  return day.count * cores + unservedWeight * day.excess(cores);
}

/**
 * Decides the request for the time after a fold. Each forecast is a distribution of the next day's use, weighted by
 * exp(−what requests by it alone would have lost so far against the best known only afterwards): the exponentially
 * weighted average of experts (Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006). The request is the
 * quantile 1 − 1/λ of the weighted mixture, which costs least in expectation if an unserved core-hour costs λ requested
 * ones (the newsvendor's). So what is uncertain is insured against as far as it pays, and no single day decides.
 */
export class Forecaster {
  readonly #folds: readonly Fold[];
  readonly #weight: number;
  readonly #quantile: number;
  readonly #days: readonly Samples[];
  readonly #levels: readonly number[];
  readonly #lastHours: readonly (Samples | undefined)[];
  /** What each fold would have lost each forecast, once it was asked for. */
  readonly #losses = new Map<number, readonly number[]>();

  constructor(folds: readonly Fold[], unservedWeight: number) {
    this.#folds = folds;
    this.#weight = unservedWeight;
    this.#quantile = 1 - 1 / unservedWeight;
    this.#days = folds.map((fold) => new Samples(fold.cpu));
    this.#levels = this.#days.map((day) => day.quantile(DAY_LEVEL));
    this.#lastHours = folds.map(({ parts }) => {
      const last = parts.at(-1);
      return last && new Samples(last.cpu);
    });
  }

  /** The request for the time after the first `seen` folds, which alone it knows. */
  decide(seen: number): Decision {
    const weights = this.#weights(seen);
    const mixture = new Distribution();
    FORECASTS.forEach((kind, k) => {
      const use = this.#forecast(seen - 1, kind);
      if (use.count > 0) mixture.merge(use, (weights[k] ?? 0) / use.count);
    });
    const level = this.#newLevel(seen - 1);
    const expected = new Samples(mixture).quantile(this.#quantile);
    if (level > expected) return { cores: level, how: 'the level that the last hour newly reached' };
    return { cores: expected, how: this.#describe(weights) };
  }

  #describe(weights: readonly number[]): string {
    const first = weights.indexOf(Math.max(...weights));
    const kind = FORECASTS[first];
    const quantile = `p${Number((this.#quantile * 100).toFixed(1))}`;
    return `${quantile} of ${FORECASTS.length} weighted forecasts, first ${kind === undefined ? '' : WORDS[kind]}`;
  }

  #weights(seen: number): number[] {
    const total = FORECASTS.map(() => 0);
    for (let i = 1; i < seen; i++)
      for (const [k, loss] of this.#lossesOf(i).entries()) total[k] = (total[k] ?? 0) + loss;
    const least = Math.min(...total);
    const raw = total.map((loss) => Math.exp(least - loss));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((weight) => weight / sum);
  }

  /** What fold `i` would have cost the request of each forecast above the least it could cost, in shares of that. */
  #lossesOf(i: number): readonly number[] {
    const known = this.#losses.get(i);
    if (known) return known;
    const day = this.#days[i];
    const least = day ? cost(day, day.quantile(this.#quantile), this.#weight) : 0;
    const losses = FORECASTS.map((kind) => {
      if (!day || least <= 0) return 0;
      const cores = new Samples(this.#forecast(i - 1, kind)).quantile(this.#quantile);
      return Math.min(MOST_LOSS_PER_DAY, cost(day, cores, this.#weight) / least - 1);
    });
    this.#losses.set(i, losses);
    return losses;
  }

  /** The use that is expected after fold `i`. */
  #forecast(i: number, kind: Kind): Distribution {
    if (kind === 'decayed') return this.#decayed(i);
    if (kind === 'weekday') return this.#weekday(i);
    if (kind === 'trend') return this.#scaled(i, [this.#trendFactor(i)]);
    if (kind === 'steps') return this.#scaled(i, this.#steps(i));
    return pool(this.#folds.slice(Math.max(0, i + 1 - kind), i + 1));
  }

  #decayed(i: number): Distribution {
    const end = this.#folds[i]?.untilMs ?? 0;
    const all = new Distribution();
    for (const fold of this.#folds.slice(Math.max(0, i + 1 - DECAY_FOLDS), i + 1))
      for (const { sinceMs, untilMs, cpu } of fold.parts)
        all.merge(cpu, 2 ** (((sinceMs + untilMs) / 2 - end) / DECAY_HALF_LIFE_MS));
    return all;
  }

  /** The same day of the two weeks before the day that comes next; a week where there is none. */
  #weekday(i: number): Distribution {
    const today = this.#folds[i]?.daysBack ?? null;
    const same = this.#folds
      .slice(Math.max(0, i - 2 * WEEK_DAYS), i + 1)
      .filter(({ daysBack }) => today !== null && daysBack !== null && (daysBack - today + 1) % WEEK_DAYS === 0);
    return same.length > 0 ? pool(same) : this.#forecast(i, WEEK_DAYS);
  }

  /** Fold `i` with its use multiplied by each of the factors in turn. */
  #scaled(i: number, factors: readonly number[]): Distribution {
    const all = new Distribution();
    const last = this.#folds[i];
    if (last) for (const factor of factors) all.merge(last.cpu, 1, factor);
    return all;
  }

  /** What a steady rise or fall of the last folds makes of the last one; 1 if they do not agree. */
  #trendFactor(i: number): number {
    const levels = this.#levels.slice(Math.max(0, i + 1 - TREND_FOLDS), i + 1);
    const steps = levels.slice(1).map((level, k) => level - (levels[k] ?? 0));
    const agree = steps.every((step) => step > 0) || steps.every((step) => step < 0);
    const last = levels.at(-1) ?? 0;
    if (steps.length < 2 || !agree || last <= 0) return 1;
    const rise = steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
    return Math.max(1 / MOST_STEP, 1 + rise / last);
  }

  /** By what factor the level of a day differed from the one before; and that it stays. */
  #steps(i: number): number[] {
    const levels = this.#levels.slice(Math.max(0, i - STEP_FOLDS), i + 1);
    const steps = levels.slice(1).flatMap((level, k) => {
      const before = levels[k] ?? 0;
      return before > 0 && level > 0 ? [Math.min(MOST_STEP, Math.max(1 / MOST_STEP, level / before))] : [];
    });
    return [1, ...steps];
  }

  /** The level that the last hour newly reached; 0 if there is none. */
  #newLevel(i: number): number {
    const last = this.#lastHours[i];
    if (!last) return 0;
    const usual = this.#lastHours.slice(Math.max(0, i - LEVEL_FOLDS), i).map((hour) => hour?.quantile(0.5) ?? 0);
    return last.quantile(0.5) > NEW_LEVEL * Math.max(0, ...usual) ? last.quantile(LEVEL_QUANTILE) : 0;
  }
}

/** Days on a lower level before it counts as lasting: no weekend is that long. */
const LASTING_FOLDS = 3;
const LOWER_LEVEL = 0.8;

/** The folds since use fell to a level that has lasted; all if it has not. */
export function sinceLastFall(folds: readonly Fold[]): readonly Fold[] {
  const levels = folds.map((fold) => fold.cpu.quantile(0.95));
  for (let from = folds.length - LASTING_FOLDS; from > 0; from--) {
    const before = Math.min(...levels.slice(Math.max(0, from - WEEK_DAYS), from));
    if (Math.max(...levels.slice(from)) < LOWER_LEVEL * before) return folds.slice(from);
  }
  return folds;
}
