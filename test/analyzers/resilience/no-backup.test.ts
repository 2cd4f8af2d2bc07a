import { expect, it } from 'vitest';
import { noBackup } from '../../../src/analyzers/resilience/no-backup.js';
import { DAY_MS } from '../../../src/model/window.js';
import { addObject, listedStore, statesOf, UNTIL_MS } from '../posture-fixture.js';
import { addClaim } from './volumes.js';

const snapshot = (claim: string, ageDays: number, ready = true) => ({
  claim,
  ready,
  takenMs: UNTIL_MS - ageDays * DAY_MS,
});

it.each([
  [snapshot('data', 6.9), 'ok'],
  [snapshot('data', 7), 'ok'],
  [snapshot('data', 7.1), 'finding'],
  [snapshot('data', 1, false), 'finding'],
  [snapshot('other', 1), 'finding'],
])('%o: %s', (spec, state) => {
  const store = listedStore();
  addClaim(store, { name: 'data' });
  addObject(store, 'VolumeSnapshot', { namespace: 'web', name: 's' }, spec);
  expect(statesOf(store, noBackup)).toEqual({ data: state });
});

it('knows the other states', () => {
  const none = listedStore();
  addClaim(none, { name: 'data' });
  expect(statesOf(none, noBackup)).toEqual({ data: 'not-applicable' });
  const forbidden = listedStore('VolumeSnapshot');
  addClaim(forbidden, { name: 'data' });
  expect(statesOf(forbidden, noBackup)).toEqual({ data: 'insufficient-data' });
  const young = listedStore();
  addClaim(young, { name: 'data', firstSeenMs: UNTIL_MS - DAY_MS });
  addObject(young, 'VolumeSnapshot', { namespace: 'web', name: 's' }, snapshot('other', 1));
  expect(statesOf(young, noBackup)).toEqual({ data: 'insufficient-data' });
});
