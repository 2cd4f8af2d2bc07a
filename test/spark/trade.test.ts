import { describe, expect, it } from 'vitest';
import { kneeOf, markPareto } from '../../src/spark/trade.js';
import type { Shape } from '../../src/spark/what-if.js';

/** Executors of one core: their number, seconds, and seconds of core time; two of them are the run's own. */
function shapesOf(...given: [executors: number, seconds: number, coreSeconds: number][]): Shape[] {
  const shapes = given.map(
    ([executors, seconds, coreSeconds]): Shape => ({
      executors,
      cores: 1,
      memoryBytes: 0,
      slots: executors,
      wallMs: seconds * 1000,
      executorMs: coreSeconds * 1000,
      coreMs: coreSeconds * 1000,
      efficiency: 0,
      isPareto: false,
      isOwn: executors === 2,
    }),
  );
  markPareto(shapes);
  return shapes;
}

describe('the best trade', () => {
  it.each([
    {
      what: 'half of the time for hardly more',
      shapes: [
        [1, 80, 80],
        [2, 45, 90],
        [4, 25, 100],
        [8, 22, 176],
      ],
      best: 4,
    },
    // Faster by 27 % for 42 % more: the farthest from the line between cheapest and fastest, and no gain in proportion.
    {
      what: 'too dear',
      shapes: [
        [1, 52, 52],
        [2, 31, 62],
        [4, 22.5, 88],
        [8, 20, 160],
      ],
      best: 2,
    },
    {
      what: 'a twentieth better',
      shapes: [
        [1, 52, 52],
        [2, 31, 62],
        [3, 25, 73],
        [8, 20, 160],
      ],
      best: 2,
    },
    {
      what: 'no time lost',
      shapes: [
        [1, 20, 20],
        [2, 20, 40],
        [4, 20, 80],
      ],
      best: 1,
    },
    {
      what: 'little lost for much',
      shapes: [
        [1, 22, 22],
        [2, 20, 40],
        [4, 19, 76],
      ],
      best: 1,
    },
    { what: 'nothing to choose from', shapes: [], best: undefined },
  ] as { what: string; shapes: [number, number, number][]; best: number | undefined }[])(
    '$what: $best',
    ({ shapes, best }) => {
      expect(kneeOf(shapesOf(...shapes))?.executors).toBe(best);
    },
  );
});
