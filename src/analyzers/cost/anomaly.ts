import { z } from 'zod';
import type { Evaluation, Evidence } from '../../model/finding.js';
import { DAY_MS, type Window } from '../../model/window.js';
import { expectedOn, fullDays, LEAST_DAYS, perDay, weekdayOf } from '../../pricing/forecast.js';
import { costDays, type ScopeDay, type ScopeDays } from '../derived/cost-days.js';
import { greatest, median } from '../derived/numbers.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  recentDays: z.int().min(1).default(1).describe('newest days that are judged'),
  leastDays: z.int().min(LEAST_DAYS).default(7).describe('days before them that must be known'),
  deviations: z.number().positive().default(5).describe('robust standard deviations from the usual cost of the day'),
  minPercent: z.number().min(0).default(30).describe('least deviation in per cent of the usual cost'),
  minUsdPerDay: z.number().min(0).default(5).describe('least deviation in dollars of a day'),
});
type Settings = z.infer<typeof parameters>;

/** Standard deviations in a median absolute deviation of normal noise. */
const MAD_TO_SD = 1.4826;
const TITLE = 'Cost of a day';

interface Deviation {
  day: ScopeDay;
  usual: number;
  usd: number;
  deviations: number;
  history: ScopeDay[];
}

const usdText = (usd: number): string => `$${usd >= 100 ? usd.toFixed(0) : usd.toFixed(2)}`;

/** How far a day lies from what its weekday usually costs; undefined if it is within what is usual. */
function deviationOf(day: ScopeDay, history: ScopeDay[], settings: Settings): Deviation | undefined {
  const usual = expectedOn(day.dayMs, history) ?? 0;
  const noise = history.map((other) => Math.abs(perDay(other) - (expectedOn(other.dayMs, history) ?? 0)));
  const sd = (median(noise) ?? 0) * MAD_TO_SD;
  const usd = perDay(day) - usual;
  const least = Math.max(settings.deviations * sd, (settings.minPercent / 100) * usual, settings.minUsdPerDay);
  if (Math.abs(usd) < least) return undefined;
  // A weekday that was as dear before is a pattern of its own, even where there is only one of it.
  const alike = history.filter((other) => weekdayOf(other.dayMs) === weekdayOf(day.dayMs));
  if (alike.some((other) => Math.abs(perDay(other) - perDay(day)) < least)) return undefined;
  return { day, usual, usd, deviations: sd > 0 ? Math.abs(usd) / sd : Number.POSITIVE_INFINITY, history };
}

/** The workload whose cost of that day moved most, against its own median. */
function moverOf({ parts }: ScopeDays, { day, history, usd }: Deviation): string {
  const moved = parts.map(({ name, usdByDay }) => {
    const before = median(history.map(({ dayMs }) => usdByDay.get(dayMs) ?? 0)) ?? 0;
    return { name, usd: (usdByDay.get(day.dayMs) ?? 0) - before };
  });
  const most = greatest(moved, (part) => part.usd * Math.sign(usd));
  return most ? `${most.name} ${most.usd >= 0 ? '+' : '-'}${usdText(Math.abs(most.usd))}` : 'not known';
}

function finding(scope: ScopeDays, deviation: Deviation): Evaluation {
  const { day, usual, usd, deviations, history } = deviation;
  const date = new Date(day.dayMs).toISOString().slice(0, 10);
  const window: Window = { sinceMs: day.dayMs, untilMs: day.dayMs + DAY_MS };
  const perCore = (one: ScopeDay) => (one.cpuCoreHours > 0 ? one.usd / one.cpuCoreHours : 0);
  const coresBefore = median(history.map((one) => (one.cpuCoreHours / one.hours) * 24)) ?? 0;
  const evidence = (metric: string, value: Evidence['value'], unit: string): Evidence => ({
    metric,
    value,
    unit,
    window,
    samples: history.length,
  });
  const direction = usd > 0 ? 'more' : 'less';
  return {
    state: 'finding',
    subject: scope.subject,
    severity: usd > 0 ? 'warning' : 'info',
    title: `On ${date} it cost ${usdText(perDay(day))}, ${usdText(Math.abs(usd))} ${direction} than such a day usually does`,
    evidence: [
      evidence('cost of the day', perDay(day), 'USD/day'),
      evidence('usual cost of such a day', usual, 'USD/day'),
      evidence('deviation', Number.isFinite(deviations) ? deviations : 'no day varied before', 'robust sd'),
      evidence('core-hours charged', (day.cpuCoreHours / day.hours) * 24, 'core-h'),
      evidence('core-hours usually', coresBefore, 'core-h'),
      evidence('price of a core-hour', perCore(day), 'USD/core-h'),
      evidence('price usually', median(history.map(perCore)) ?? 0, 'USD/core-h'),
      evidence('moved most', moverOf(scope, deviation), ''),
    ],
    confidence: {
      value: history.length >= 14 ? 0.8 : 0.6,
      why: `${history.length} days before it, ${history.length >= 14 ? 'two of each weekday' : 'too few to know each weekday'}`,
    },
    recommendation: {
      summary:
        usd > 0
          ? 'Look at what moved most on that day: more replicas, longer or more runs, or dearer nodes.'
          : 'See whether work failed or did not start on that day.',
      patches: [],
      backtest: null,
    },
  };
}

function judge(scope: ScopeDays, settings: Settings, window: Window): Evaluation {
  const { subject, priced } = scope;
  if (!priced) return { state: 'insufficient-data', subject, title: `${TITLE}: the price of its nodes is not known` };
  const days = fullDays(scope.days);
  const newestMs = Math.max(...days.map(({ dayMs }) => dayMs), 0);
  const recent = days.filter(({ dayMs }) => dayMs > newestMs - settings.recentDays * DAY_MS);
  const history = days.filter((day) => !recent.includes(day));
  if (history.length < settings.leastDays) {
    const title = `${TITLE}: ${history.length} of ${settings.leastDays} days before the newest are known`;
    return { state: 'insufficient-data', subject, title };
  }
  if (window.untilMs - newestMs > (settings.recentDays + 1) * DAY_MS)
    return { state: 'insufficient-data', subject, title: `${TITLE}: the newest days were not measured` };
  const found = recent.map((day) => deviationOf(day, history, settings)).filter((one) => one !== undefined);
  const worst = greatest(found, ({ usd }) => Math.abs(usd));
  return worst ? finding(scope, worst) : { state: 'ok', subject, title: 'The newest days cost what such days do' };
}

export const costAnomaly = defineRule({
  id: 'cost/anomaly',
  title: 'A day out of its own history',
  severity: 'warning',
  ledger: null,
  needs: { costs: costDays },
  parameters,
  *evaluate({ facts, parameters: settings, window }) {
    const { namespaces, families } = facts.costs;
    for (const scope of [...namespaces, ...families]) yield judge(scope, settings, window);
  },
});
