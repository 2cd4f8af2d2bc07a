import type { Shape } from './what-if.js';

/** A shape is advised in place of the run's own if it is better by this share: about what the model may be off. */
const LEAST_BETTER = 0.1;

/** Marks the shapes than which no other is both faster and cheaper. */
export function markPareto(shapes: readonly Shape[]): void {
  for (const shape of shapes)
    shape.isPareto = !shapes.some(
      (other) =>
        other !== shape &&
        other.wallMs <= shape.wallMs &&
        other.coreMs <= shape.coreMs &&
        (other.wallMs < shape.wallMs || other.coreMs < shape.coreMs),
    );
}

/**
 * The less, the better the trade: it falls where the time is divided by more than the core time is multiplied by, so
 * that a sixth of the time may not cost half as much again.
 */
function priceOfSpeed({ wallMs, coreMs }: Shape): number {
  return wallMs * coreMs;
}

/** The Pareto shape of the least time × core time; the run's own where none is clearly better. */
export function kneeOf(shapes: readonly Shape[]): Shape | undefined {
  const front = shapes.filter(({ isPareto }) => isPareto);
  const [first] = front;
  if (!first) return undefined;
  const best = front.reduce((found, shape) => (priceOfSpeed(shape) < priceOfSpeed(found) ? shape : found), first);
  const own = front.find(({ isOwn }) => isOwn);
  return own && priceOfSpeed(best) > (1 - LEAST_BETTER) * priceOfSpeed(own) ? own : best;
}
