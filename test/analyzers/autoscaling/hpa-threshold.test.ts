import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { hpaThreshold } from '../../../src/analyzers/autoscaling/hpa-threshold.js';
import { foundBy, patchOf, statesOf } from '../posture-fixture.js';
import { autoscalerStore, type Case } from './history.js';

/** Ten replicas at half of their request, as a target of 50 % has it. */
const EARLY: Case = { min: 2, max: 20, targetPercent: 50, cpuPercent: 50, replicas: () => 10 };

it.each<[string, Case, string]>([
  ['use at half of the request', EARLY, 'finding'],
  ['peaks that fill the request already', { ...EARLY, peakPercent: 100 }, 'ok'],
  // At 55 % there are 10 of 10.4 replicas, at 60 % 9: less than a tenth is no saving.
  ['peaks that leave a twelfth', { ...EARLY, peakPercent: 91 }, 'ok'],
  ['peaks that leave a tenth', { ...EARLY, peakPercent: 89 }, 'finding'],
  ['replicas at the minimum', { ...EARLY, min: 10 }, 'ok'],
  ['a target that does not explain its replicas', { ...EARLY, cpuPercent: 25 }, 'insufficient-data'],
  ['use that is not known', { ...EARLY, cpuPercent: undefined }, 'insufficient-data'],
  ['two days', { ...EARLY, hours: 48 }, 'insufficient-data'],
  ['another metric', { ...EARLY, targetPercent: null }, 'not-applicable'],
  ['a fixed number of replicas', { ...EARLY, min: 10, max: 10 }, 'not-applicable'],
  ['a saving that the last third does not show', { ...EARLY, replicas: (ago) => (ago <= 24 ? 2 : 12), min: 2 }, 'ok'],
])('%s %#: %s', (_, facts, state) => {
  expect(statesOf(autoscalerStore(facts), hpaThreshold)).toEqual({ api: state });
});

it('names the target, with what it would have done on hours that its choice did not see', () => {
  const store = autoscalerStore(EARLY);
  const [metric] = parse(patchOf(store, hpaThreshold).content).spec.metrics;
  expect(metric.resource.target).toEqual({ type: 'Utilization', averageUtilization: 85 });
  expect(foundBy(store, hpaThreshold)[0]?.recommendation?.backtest).toMatchObject({
    passed: true,
    samples: 24,
    figures: { hoursOverBefore: 0, hoursOverAfter: 0 },
  });
});
