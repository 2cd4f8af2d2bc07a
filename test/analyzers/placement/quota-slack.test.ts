import { expect, it } from 'vitest';
import { quotaSlack } from '../../../src/analyzers/placement/quota-slack.js';
import { DAY_MS } from '../../../src/model/window.js';
import { putQuotaDay } from '../../../src/store/posture-write.js';
import { addObject, listedStore, statesOf, UNTIL_MS } from '../posture-fixture.js';

const KEY = { cluster: 'test', namespace: 'web', name: 'q' };

function stateOf(days: number, used: number, usedOnce = used): string | undefined {
  const store = listedStore();
  addObject(store, 'ResourceQuota', KEY, { hard: { pods: 100 }, used: { pods: used } });
  for (let day = 1; day <= days; day++)
    putQuotaDay(store.db, {
      ...KEY,
      resource: 'pods',
      dayMs: UNTIL_MS - day * DAY_MS,
      used: day === 3 ? usedOnce : used,
      hard: 100,
    });
  return statesOf(store, quotaSlack).q;
}

it.each([
  [14, 29, 'finding'],
  [14, 30, 'ok'],
  [13, 29, 'insufficient-data'],
  [0, 29, 'insufficient-data'],
  // What is used now answers before the days are full.
  [0, 30, 'ok'],
])('%s days at %s %%: %s', (days, used, state) => {
  expect(stateOf(days, used)).toBe(state);
});

it('remembers one busy day', () => {
  expect(stateOf(14, 10, 60)).toBe('ok');
});

it('says nothing where there is no quota', () => {
  expect(statesOf(listedStore(), quotaSlack)).toEqual({});
});
