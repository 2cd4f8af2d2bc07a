import { describe, expect, it } from 'vitest';
import { costBudget } from '../../../src/analyzers/cost/budget.js';
import { DAY_MS } from '../../../src/model/window.js';
import { Fleet } from '../../support/fleet.js';
import { evaluate } from '../fixture.js';

const UNTIL = Date.parse('2021-05-25T00:00:00Z');

/** 24 USD a day, half of it charged to the namespace etl by request. */
function judge(budgets: readonly object[], { days = 14, priced = true } = {}) {
  const fleet = new Fleet({ sinceMs: UNTIL - days * DAY_MS, untilMs: UNTIL }).node('n1');
  if (priced) fleet.prices();
  const half = { cpuRequestCores: 4, memoryRequestBytes: 16 * 2 ** 30, use: () => ({ cpuCores: 1, memoryBytes: 1 }) };
  fleet.workload({ kind: 'SparkApplication', namespace: 'etl', name: 'job', pods: [{ containers: [half] }] });
  return evaluate(fleet.store, costBudget, fleet.window, { cost: { budgets } });
}

describe('cost/budget', () => {
  // May has 31 days: 744 USD in all, 372 of them the namespace's.
  it.each<[string, object, string]>([
    ['all, just within', { usdPerMonth: 745 }, 'ok'],
    ['all, just over', { usdPerMonth: 743 }, 'finding'],
    ['a namespace, just within', { usdPerMonth: 373, namespaces: ['etl'] }, 'ok'],
    ['a namespace, just over', { usdPerMonth: 371, namespaces: ['etl'] }, 'finding'],
    ['a family', { usdPerMonth: 371, families: ['etl/job'] }, 'finding'],
    ['what nobody saw', { usdPerMonth: 1, namespaces: ['gone'] }, 'insufficient-data'],
  ])('is judged by the forecast of the month: %s', (_, budget, state) => {
    expect(judge([{ name: 'team', ...budget }])).toMatchObject([{ state, subject: { kind: 'Budget', name: 'team' } }]);
  });

  it('is critical once what is measured exceeds it', () => {
    expect(judge([{ name: 'a', usdPerMonth: 700 }])).toMatchObject([{ severity: 'warning' }]);
    expect(judge([{ name: 'a', usdPerMonth: 300 }])).toMatchObject([
      { severity: 'critical', title: '2021-05 has cost $336 so far, $36.00 over the budget of $300' },
    ]);
  });

  it('may be named early by the configuration', () => {
    const rules = { 'cost/budget': { atPercent: 80 } };
    const fleet = new Fleet({ sinceMs: UNTIL - 14 * DAY_MS, untilMs: UNTIL }).node('n1').prices();
    const config = { cost: { budgets: [{ name: 'a', usdPerMonth: 800 }] }, rules };
    expect(evaluate(fleet.store, costBudget, fleet.window, config)).toMatchObject([{ state: 'finding' }]);
  });

  it.each([
    ['two days', { days: 2 }],
    ['no price', { priced: false }],
  ])('is not known with %s', (_, options) => {
    expect(judge([{ name: 'a', usdPerMonth: 1 }], options)).toMatchObject([{ state: 'insufficient-data' }]);
  });

  it('does not apply where none is configured', () => {
    expect(judge([])).toMatchObject([{ state: 'not-applicable' }]);
  });
});
