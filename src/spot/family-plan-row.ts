import type { FamilyPlan } from '../analyzers/derived/family-plans.js';
import type { FamilyPlanRow } from '../model/spot-plan.js';
import { isoTime } from '../model/window.js';
import { availability, seenMonthlyPercent } from './seen.js';

const windowText = ({ sinceMs, untilMs }: { sinceMs: number; untilMs: number }) => ({
  since: isoTime(Math.round(sinceMs)),
  until: isoTime(Math.round(untilMs)),
});

function backtestOf({ plan }: FamilyPlan): FamilyPlanRow['backtest'] {
  if (!plan?.backtest) return null;
  const { train, test, ...figures } = plan.backtest;
  return { trainedOn: windowText(train), paidOn: windowText(test), ...figures };
}

function availabilityOf({ plan, capacity }: FamilyPlan): FamilyPlanRow['availability'] {
  if (!plan || !capacity) return null;
  const { seen, advisor } = capacity;
  const { runningHours = 0, waitingHours = 0, interruptions = 0, timeZone = null, byHour = [] } = seen ?? {};
  const share = seen ? availability(seen) : null;
  return {
    type: plan.best.type,
    zone: plan.best.zone,
    instanceHours: runningHours,
    waitingHours,
    interruptions,
    availablePercent: share === null ? null : share * 100,
    takenBackPercentPerMonth: seen ? seenMonthlyPercent(seen) : null,
    advisor: advisor ? `${advisor.label} a month (Spot Advisor of ${advisor.asOf})` : null,
    timeZone,
    byHour,
  };
}

/** A plan in its published shape. */
export function familyPlanRow(family: FamilyPlan): FamilyPlanRow {
  const { subject, today, plan, work, advice, why, timeZone, runs, runsPerMonth, redoneFrom, patches } = family;
  return {
    kind: 'family',
    family: { kind: subject.kind, namespace: subject.namespace ?? null, name: subject.name },
    advice,
    why,
    timeZone,
    runs,
    runsPerMonth,
    runHours: work?.hours ?? null,
    nodes: work?.nodes ?? null,
    nodesAtRisk: work?.nodesAtRisk ?? null,
    redoneNodeHours: work?.redoneNodeHours ?? null,
    redoneFrom,
    today: today && {
      lifecycle: today.lifecycle,
      type: today.type,
      zone: today.lifecycle === 'spot' ? today.zone : null,
      startHour: today.startHour,
      usdPerRun: plan?.todayUsdPerRun ?? null,
    },
    best: plan?.best ?? null,
    ties: plan?.ties ?? [],
    next: plan?.next ?? [],
    savingPercent: plan?.savingPercent ?? null,
    savingIntervalPercent: plan?.savingInterval ?? null,
    savingUsdPerMonth: family.savingUsdPerMonth,
    hourMatters: plan?.hourMatters ?? null,
    hourSpreadPercent: plan?.hourSpreadPercent ?? null,
    availability: availabilityOf(family),
    sensitivity: plan?.sensitivity ?? [],
    cells: plan?.cells ?? [],
    backtest: backtestOf(family),
    patches,
  };
}
