import { expect, it } from 'vitest';
import { hoursOfAutoscaler } from '../../../src/collectors/prometheus/autoscalers.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/model/window.js';

function replicas(...values: number[]) {
  return values.map((value, i) => ({ timeMs: (i + 1) * MINUTE_MS, value }));
}

function always(value: number, points: ReturnType<typeof replicas>) {
  return new Map(points.map(({ timeMs }) => [timeMs, value]));
}

it.each([
  [[2, 2, 2], 0],
  [[2, 3, 4], 0],
  [[2, 3, 2], 1],
  [[2, 3, 3, 3, 2], 1],
  [[2, 3, 2, 3, 2], 3],
])('%o turns %s times', (values, turns) => {
  const points = replicas(...values);
  expect(hoursOfAutoscaler(points, new Map(), new Map()).map((hour) => hour.directionChanges)).toEqual([turns]);
});

it('counts samples at the bounds of their time, and none where those are not known', () => {
  const points = replicas(2, 3, 4);
  expect(hoursOfAutoscaler(points, always(2, points), always(4, points))).toEqual([
    { hourMs: 0, samples: 3, atMin: 1, atMax: 1, replicasSum: 9, directionChanges: 0 },
  ]);
  expect(hoursOfAutoscaler(points, new Map(), new Map())[0]).toMatchObject({ atMin: 0, atMax: 0 });
});

it('puts a sample at the end of an hour into that hour', () => {
  const points = [
    { timeMs: HOUR_MS, value: 2 },
    { timeMs: HOUR_MS + MINUTE_MS, value: 2 },
  ];
  expect(hoursOfAutoscaler(points, new Map(), new Map()).map((hour) => hour.hourMs)).toEqual([0, HOUR_MS]);
});
