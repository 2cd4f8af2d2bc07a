import type { Budget } from '../../config/schema.js';
import type { DayCost } from '../../pricing/forecast.js';
import { defineArtifact } from '../rule.js';
import { costDays, type ScopeDays } from './cost-days.js';

/** A budget of the configuration with what its scope cost by day. */
export interface BudgetDays {
  budget: Budget;
  days: DayCost[];
  priced: boolean;
  /** Namespaces and families that it names and nobody saw. */
  unknown: string[];
}

function added(scopes: readonly ScopeDays[]): DayCost[] {
  const days = new Map<number, DayCost>();
  for (const scope of scopes)
    for (const { dayMs, hours, usd } of scope.days)
      days.set(dayMs, { dayMs, hours, usd: usd + (days.get(dayMs)?.usd ?? 0) });
  return [...days.values()];
}

export const budgetDays = defineArtifact<BudgetDays[]>({
  id: 'budget-days',
  sources: ['kubernetes', 'prometheus'],
  compute({ config, get }) {
    const { namespaces, families, all } = get(costDays);
    return config.cost.budgets.map((budget): BudgetDays => {
      if (budget.namespaces.length + budget.families.length === 0)
        return { budget, days: all, priced: all.some(({ usd }) => usd > 0), unknown: [] };
      const byName = new Map([
        ...namespaces.map((scope): [string, ScopeDays] => [scope.subject.name, scope]),
        ...families.map((scope): [string, ScopeDays] => [`${scope.subject.namespace}/${scope.subject.name}`, scope]),
      ]);
      const names = [...budget.namespaces, ...budget.families];
      const scopes = names.map((name) => byName.get(name)).filter((scope) => scope !== undefined);
      return {
        budget,
        days: added(scopes),
        priced: scopes.some(({ priced }) => priced),
        unknown: names.filter((name) => !byName.has(name)),
      };
    });
  },
});
