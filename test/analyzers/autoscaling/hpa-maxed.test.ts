import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { hpaMaxed } from '../../../src/analyzers/autoscaling/hpa-maxed.js';
import { patchOf, statesOf } from '../posture-fixture.js';
import { autoscalerStore, type Case } from './history.js';

it.each<[Case, string]>([
  // 20 % of the window is 12 of 60 samples; the 15 minutes count only with use over the target.
  [{ atMax: 12 }, 'ok'],
  [{ atMax: 13 }, 'finding'],
  [{ atMax: 12, cpuPercent: 90 }, 'ok'],
  [{ hours: 2, atMax: 15, cpuPercent: 90 }, 'finding'],
  [{ hours: 2, atMax: 14, cpuPercent: 90 }, 'insufficient-data'],
  [{ hours: 2, atMax: 60, cpuPercent: 60 }, 'insufficient-data'],
  [{ hours: 0 }, 'insufficient-data'],
  [{ min: 4, max: 4, atMin: 60, atMax: 60 }, 'not-applicable'],
])('%o is %s', (facts, state) => {
  expect(statesOf(autoscalerStore(facts), hpaMaxed)).toEqual({ api: state });
});

it('asks for as many replicas as the use takes', () => {
  const store = autoscalerStore({ max: 4, atMax: 60, cpuPercent: 120 });
  expect(parse(patchOf(store, hpaMaxed).content).spec).toEqual({ maxReplicas: 8 });
});
