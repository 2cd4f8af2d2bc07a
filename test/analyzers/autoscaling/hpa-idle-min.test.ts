import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { hpaIdleMin } from '../../../src/analyzers/autoscaling/hpa-idle-min.js';
import { patchOf, statesOf } from '../posture-fixture.js';
import { autoscalerStore, type Case } from './history.js';

it.each<[Case, string]>([
  [{ atMin: 60, cpuPercent: 29 }, 'finding'],
  [{ atMin: 60, cpuPercent: 30 }, 'ok'],
  [{ atMin: 57, cpuPercent: 10 }, 'finding'],
  [{ atMin: 56, cpuPercent: 10 }, 'ok'],
  [{ atMin: 60 }, 'insufficient-data'],
  [{ atMin: 60, cpuPercent: 10, targetPercent: null }, 'insufficient-data'],
  [{ atMin: 60, cpuPercent: 10, hours: 68 }, 'insufficient-data'],
  [{ atMin: 60, cpuPercent: 10, hours: 69 }, 'finding'],
  [{ min: 1, atMin: 60, cpuPercent: 10 }, 'not-applicable'],
  [{ min: 4, max: 4, atMin: 60, cpuPercent: 10 }, 'not-applicable'],
])('%o is %s', (facts, state) => {
  expect(statesOf(autoscalerStore(facts), hpaIdleMin)).toEqual({ api: state });
});

it('keeps as many replicas as the use takes', () => {
  const store = autoscalerStore({ min: 6, atMin: 60, cpuPercent: 20 });
  expect(parse(patchOf(store, hpaIdleMin).content).spec).toEqual({ minReplicas: 2 });
});
