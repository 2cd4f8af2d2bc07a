import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { idleServing } from '../../../src/analyzers/idle/serving.js';
import { putRequestHour } from '../../../src/store/exporters.js';
import {
  addObject,
  addWorkload,
  foundBy,
  HOURS_AGO,
  listedStore,
  patchOf,
  statesOf,
  type TestWorkload,
} from '../posture-fixture.js';

interface Case extends TestWorkload {
  /** Requests by hours before the end; undefined: nobody counted. */
  requests?: (ago: number) => number | undefined;
  source?: string;
  service?: string;
  hours?: number;
}

function storeOf({ requests = () => undefined, source = 'istio', service = 'front', hours = 96, ...workload }: Case) {
  const store = listedStore();
  addWorkload(store, { pods: [{ name: 'api-1' }], ...workload });
  addObject(store, 'Service', { namespace: 'web', name: 'front' }, { selector: { app: 'api' } });
  for (let ago = 1; ago <= hours; ago++) {
    const count = requests(ago);
    if (count === undefined) continue;
    const key = { cluster: 'test', namespace: 'web', service, source };
    putRequestHour(store.db, { ...key, hourMs: HOURS_AGO(ago), requests: count });
  }
  return store;
}

describe('idle/serving', () => {
  it.each<[string, Case, Record<string, string>]>([
    ['no request for two days', { requests: (ago) => (ago <= 48 ? 0 : 9) }, { api: 'finding' }],
    ['a request 48 h ago', { requests: (ago) => (ago < 48 ? 0 : 9) }, { api: 'ok' }],
    ['a request now', { requests: (ago) => (ago === 1 ? 1 : 0) }, { api: 'ok' }],
    ['an extrapolated trifle', { requests: () => 0.4 }, { api: 'finding' }],
    ['45 hours counted', { requests: () => 0, hours: 45 }, { api: 'insufficient-data' }],
    ['46 hours counted', { requests: () => 0, hours: 46 }, { api: 'finding' }],
    ['nobody counts', {}, { api: 'insufficient-data' }],
    ['another service’s count', { requests: () => 0, service: 'other' }, { api: 'insufficient-data' }],
    ['no replica', { requests: () => 0, pods: [] }, { api: 'not-applicable' }],
    [
      'no service leads to it',
      { requests: () => 0, posture: { labels: { app: 'x' } }, pods: [{ name: 'x', labels: {} }] },
      {},
    ],
    ['an InferenceService', { requests: () => 0, kind: 'InferenceService', service: 'api' }, { api: 'finding' }],
    ['a job', { requests: () => 0, kind: 'CronJob' }, {}],
  ])('%s %#', (_, facts, states) => {
    expect(statesOf(storeOf(facts), idleServing)).toEqual(states);
  });

  it('lets KServe scale it to zero', () => {
    const store = storeOf({ requests: () => 0, kind: 'InferenceService', service: 'api-predictor' });
    expect(parse(patchOf(store, idleServing).content).spec).toEqual({ predictor: { minReplicas: 0 } });
  });

  it('says when the last request came and who counted', () => {
    const [finding] = foundBy(storeOf({ requests: (ago) => (ago === 60 ? 3 : 0) }), idleServing);
    expect(finding?.evidence.map(({ metric, value }) => [metric, value])).toContainEqual([
      'last request in the hour of',
      '2026-11-21 12:00 UTC',
    ]);
    expect(finding?.evidence.find(({ metric }) => metric === 'counted by')?.value).toBe('istio');
  });
});
