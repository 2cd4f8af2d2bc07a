import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import { type Forecast, fullDays, LEAST_DAYS, monthForecast } from '../../pricing/forecast.js';
import { type BudgetDays, budgetDays } from '../derived/budgets.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  atPercent: z.number().positive().default(100).describe('per cent of the budget that the forecast must exceed'),
});

const usdText = (usd: number): string => `$${usd >= 100 ? usd.toFixed(0) : usd.toFixed(2)}`;

function finding({ budget, unknown }: BudgetDays, forecast: Forecast, subject: Subject, window: Window): Evaluation {
  const { month, usd, low, high, knownUsd, days } = forecast;
  const evidence = (metric: string, value: Evidence['value'], unit = 'USD'): Evidence => ({
    metric,
    value,
    unit,
    window,
    samples: days,
  });
  const isOver = knownUsd > budget.usdPerMonth;
  const over = isOver ? `has cost ${usdText(knownUsd)} so far` : `will cost ${usdText(usd)}`;
  return {
    state: 'finding',
    subject,
    severity: isOver ? 'critical' : 'warning',
    title: `${month} ${over}, ${usdText((isOver ? knownUsd : usd) - budget.usdPerMonth)} over the budget of ${usdText(budget.usdPerMonth)}`,
    evidence: [
      evidence('budget of the month', budget.usdPerMonth),
      evidence('forecast of the month', usd),
      evidence('95 % interval of it', `${usdText(low)} to ${usdText(high)}`, ''),
      evidence('measured of the month', knownUsd),
      ...(unknown.length > 0 ? [evidence('named and not seen', unknown.join(', '), '')] : []),
    ],
    confidence: {
      value: isOver ? 0.95 : low > budget.usdPerMonth ? 0.85 : 0.6,
      why: isOver
        ? 'it is measured'
        : `${low > budget.usdPerMonth ? 'the whole interval lies above the budget' : 'the interval reaches below the budget'}; ${days} days were measured`,
    },
    recommendation: {
      summary: 'Take the findings of this scope that save most, or raise the budget.',
      patches: [{ format: 'text', target: `Budget ${budget.name}`, content: 'sparkfit cost --by workload' }],
      backtest: null,
    },
  };
}

function judge(one: BudgetDays, atPercent: number, window: Window): Evaluation {
  const { budget, days, priced, unknown } = one;
  const subject: Subject = { kind: 'Budget', name: budget.name };
  const lacks = (title: string): Evaluation => ({ state: 'insufficient-data', subject, title: `Budget: ${title}` });
  if (days.length === 0 && unknown.length > 0) return lacks(`nothing was seen of ${unknown.join(', ')}`);
  if (!priced) return lacks('the prices of its nodes are not known');
  const forecast = monthForecast(days, window.untilMs - 1);
  if (!forecast) return lacks(`${fullDays(days).length} of ${LEAST_DAYS} days were measured`);
  if (forecast.usd > (budget.usdPerMonth * atPercent) / 100) return finding(one, forecast, subject, window);
  const perhaps = forecast.high > budget.usdPerMonth ? `, and may reach ${usdText(forecast.high)}` : '';
  const title = `${forecast.month} will cost ${usdText(forecast.usd)} of ${usdText(budget.usdPerMonth)}${perhaps}`;
  return { state: 'ok', subject, title };
}

export const costBudget = defineRule({
  id: 'cost/budget',
  title: 'The month will cost more than its budget',
  severity: 'warning',
  ledger: null,
  needs: { budgets: budgetDays },
  parameters,
  *evaluate({ facts, parameters: { atPercent }, window }) {
    if (facts.budgets.length === 0)
      yield { state: 'not-applicable', subject: { kind: 'Budget', name: 'none' }, title: 'No budget is configured' };
    for (const budget of facts.budgets) yield judge(budget, atPercent, window);
  },
});
