import { shuffled, uniform } from '../statistics/random.js';

/** One run that is to be made. */
export interface PlannedRun {
  readonly variant: string;
  readonly block: number;
  readonly position: number;
  readonly warmup: boolean;
}

export interface OrderOptions {
  readonly runs: number;
  readonly warmup: number;
  readonly order: 'abba' | 'random';
  readonly seed: number;
}

/**
 * The order of runs: warm-ups first, then blocks in which each variant runs once. `abba` turns every other block round, so
 * that a steady drift hits all variants alike; `random` shuffles each block.
 */
export function plannedRuns(variants: readonly string[], { runs, warmup, order, seed }: OrderOptions): PlannedRun[] {
  const random = uniform(seed);
  const planned: PlannedRun[] = [];
  for (let round = 0; round < warmup; round++)
    for (const variant of variants)
      planned.push({ variant, block: round - warmup, position: planned.length, warmup: true });
  for (let block = 0; block < runs; block++) {
    const inBlock = order === 'random' ? shuffled(variants, random) : block % 2 ? [...variants].reverse() : variants;
    for (const variant of inBlock) planned.push({ variant, block, position: planned.length, warmup: false });
  }
  return planned;
}
