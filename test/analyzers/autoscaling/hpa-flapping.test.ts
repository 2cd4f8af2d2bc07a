import { expect, it } from 'vitest';
import { hpaFlapping } from '../../../src/analyzers/autoscaling/hpa-flapping.js';
import { listedStore, statesOf } from '../posture-fixture.js';
import { autoscalerStore, type Case } from './history.js';

it.each<[Case, string]>([
  [{ directionChanges: 6 }, 'ok'],
  [{ directionChanges: 7 }, 'finding'],
  [{ directionChanges: 7, hours: 1 }, 'finding'],
  [{ directionChanges: 0, hours: 68 }, 'insufficient-data'],
  [{ hours: 0 }, 'insufficient-data'],
])('%o is %s', (facts, state) => {
  expect(statesOf(autoscalerStore(facts), hpaFlapping)).toEqual({ api: state });
});

it('says nothing where there is no autoscaler', () => {
  expect(statesOf(listedStore(), hpaFlapping)).toEqual({});
});
