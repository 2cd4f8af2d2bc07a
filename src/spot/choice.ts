import type { Window } from '../model/window.js';
import { coveredPieces, meanPrice, type PriceSteps } from './step-function.js';
import { ENOUGH_COVERAGE } from './zone-prices.js';

/** One of several ways to get the same: a zone, a type. */
export interface PriceOption {
  name: string;
  steps: PriceSteps;
  /** Work done in an hour, relative to what is run now; 1 unless said otherwise. */
  work?: number;
}

export interface RankedOption {
  name: string;
  /** USD per hour, time-weighted, of as much work as is done now. */
  mean: number;
  coverage: number;
}

/** Those whose price is known for (nearly) the whole window, cheapest first. */
export function rankOptions(options: readonly PriceOption[], window: Window): RankedOption[] {
  return options
    .flatMap(({ name, steps, work = 1 }) => {
      const weighted = meanPrice(coveredPieces(steps, window), window);
      return weighted && weighted.coverage >= ENOUGH_COVERAGE
        ? [{ name, mean: weighted.mean / work, coverage: weighted.coverage }]
        : [];
    })
    .sort((a, b) => a.mean - b.mean || (a.name < b.name ? -1 : 1));
}

/** Rounded far below what matters, so that 0.9 against 1 is 10 % and not a bit less. */
export function savingPercent(from: number, to: number): number {
  return from > 0 ? Math.round((1 - to / from) * 1e11) / 1e9 : 0;
}

/** A choice made on the first part of a window and paid in the rest. */
export interface TestedChoice {
  chosen: string;
  train: Window;
  test: Window;
  /** USD per hour in the test window: of the chosen one, of staying, of the best in hindsight. */
  paid: number;
  stayed: number;
  hindsight: number;
  savedPercent: number;
}

export function splitWindow(window: Window, trainShare: number): { train: Window; test: Window } {
  const splitMs = window.sinceMs + (window.untilMs - window.sinceMs) * trainShare;
  return { train: { sinceMs: window.sinceMs, untilMs: splitMs }, test: { sinceMs: splitMs, untilMs: window.untilMs } };
}

/** Undefined where too little is known of the present option or of the chosen one. */
export function testChoice(
  options: readonly PriceOption[],
  current: string,
  window: Window,
  trainShare: number,
): TestedChoice | undefined {
  const { train, test } = splitWindow(window, trainShare);
  const chosen = rankOptions(options, train)[0];
  const later = rankOptions(options, test);
  const there = later.find(({ name }) => name === chosen?.name);
  const stayed = later.find(({ name }) => name === current);
  const best = later[0];
  if (!chosen || !there || !stayed || !best) return undefined;
  return {
    chosen: chosen.name,
    train,
    test,
    paid: there.mean,
    stayed: stayed.mean,
    hindsight: best.mean,
    savedPercent: savingPercent(stayed.mean, there.mean),
  };
}
