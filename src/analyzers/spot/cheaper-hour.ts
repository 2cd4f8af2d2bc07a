import { z } from 'zod';
import type { Backtest, Evaluation, Subject } from '../../model/finding.js';
import { clockHour, DAY_MS, formatWindow, type Window } from '../../model/window.js';
import { objectPatch, SPARK_API_VERSION } from '../../recommend/posture-patch.js';
import { dailySchedule, withHour } from '../../spot/cron.js';
import { type HourEffect, hourEffect } from '../../spot/hour-effect.js';
import { hourGrid, integrate } from '../../spot/hour-grid.js';
import { percent } from '../../spot/plan.js';
import { coveredPieces, meanPrice } from '../../spot/step-function.js';
import { ENOUGH_COVERAGE } from '../../spot/zone-prices.js';
import { type ScheduledFamily, type SpotPlace, scheduledFamilies } from '../derived/scheduled-families.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minSavingPercent: z
    .number()
    .min(0)
    .max(100)
    .default(2)
    .describe('how much less a run must cost at the best start hour than at its present one'),
  maxP: z.number().min(0).max(1).default(0.05).describe('largest p of the permutation test over days'),
  minRuns: z.int().min(1).default(3).describe('runs that must have been seen'),
  minDays: z.number().positive().default(14).describe('days of spot prices that must be known'),
});
type Parameters = z.infer<typeof parameters>;

const TRAIN_SHARE = 2 / 3;

/** The part of the history from the first known price on. */
function knownPart({ steps }: SpotPlace, history: Window): Window {
  return { sinceMs: Math.max(history.sinceMs, steps.atMs[0] ?? history.untilMs), untilMs: history.untilMs };
}

function effectIn(place: SpotPlace, window: Window, timeZone: string, runHours: number): HourEffect {
  const grid = hourGrid(window, timeZone);
  const sums = integrate(coveredPieces(place.steps, window), grid);
  return hourEffect(grid, sums, { runHours, minSavingPercent: 0, maxP: 1 });
}

interface Choice {
  hour: number;
  savingPercent: number;
  spreadPercent: number;
}

/** The cheapest start hour against the present one. */
function choiceOf({ relativeCost }: HourEffect, present: number): Choice | undefined {
  const now = relativeCost[present];
  if (now === undefined) return undefined;
  const low = Math.min(...relativeCost);
  const hour = relativeCost.indexOf(low);
  return { hour, savingPercent: (1 - low / now) * 100, spreadPercent: (Math.max(...relativeCost) / low - 1) * 100 };
}

/** The hour chosen on the first part of the history, paid on the rest. */
function backtest(
  place: SpotPlace,
  known: Window,
  family: ScheduledFamily,
  runHours: number,
  present: number,
): Backtest | undefined {
  const splitMs = known.sinceMs + (known.untilMs - known.sinceMs) * TRAIN_SHARE;
  const train = { sinceMs: known.sinceMs, untilMs: splitMs };
  const test = { sinceMs: splitMs, untilMs: known.untilMs };
  const chosen = choiceOf(effectIn(place, train, family.timeZone, runHours), present);
  const paid = effectIn(place, test, family.timeZone, runHours);
  const [there, stayed] = [chosen && paid.relativeCost[chosen.hour], paid.relativeCost[present]];
  if (!chosen || there === undefined || stayed === undefined) return undefined;
  const saved = (1 - there / stayed) * 100;
  return {
    passed: saved > 0,
    summary: `Chosen on ${formatWindow(train)}: ${clockHour(chosen.hour)}. From then on a run started then cost ${percent(saved)} less than at ${clockHour(present)}.`,
    window: test,
    samples: paid.days,
    figures: { savedPercent: saved, days: paid.days },
  };
}

function stateOf(
  family: ScheduledFamily,
  options: Parameters,
): { state: 'insufficient-data' | 'not-applicable'; title: string } | undefined {
  const { schedule, runs, spotShare, place } = family;
  if (schedule === null)
    return { state: 'insufficient-data', title: 'Start hour: its schedule was not seen in the Kubernetes API' };
  if (!dailySchedule(schedule))
    return { state: 'not-applicable', title: `Start hour: '${schedule}' does not start at one time of the day` };
  if (runs < options.minRuns)
    return { state: 'insufficient-data', title: `Start hour: ${runs} runs seen, ${options.minRuns} are needed` };
  if (spotShare === null)
    return { state: 'insufficient-data', title: 'Start hour: the nodes that its pods ran on are not known' };
  if (spotShare === 0 || !place) return { state: 'not-applicable', title: 'Start hour: it does not run on spot nodes' };
  return undefined;
}

function priceGap(place: SpotPlace, history: Window, minDays: number): string | undefined {
  const known = knownPart(place, history);
  const days = (known.untilMs - known.sinceMs) / DAY_MS;
  if (days < minDays)
    return `spot prices of ${place.instanceType} in ${place.zone} are known for ${Math.floor(days)} of ${minDays} days`;
  const coverage = meanPrice(coveredPieces(place.steps, known), known)?.coverage ?? 0;
  if (coverage < ENOUGH_COVERAGE)
    return `spot prices of ${place.instanceType} in ${place.zone} cover ${percent(coverage * 100)} of the time, 95 % are needed`;
  return undefined;
}

function finding(
  family: ScheduledFamily,
  subject: Subject,
  parts: { place: SpotPlace; known: Window; effect: HourEffect; choice: Choice; present: number; tested: Backtest },
): Evaluation {
  const { place, known, effect, choice, present, tested } = parts;
  const { timeZone, usdPerMonth, spotShare } = family;
  const schedule = withHour(family.schedule ?? '', choice.hour);
  const evidence = (metric: string, value: number | string, unit: string) => ({
    metric,
    value,
    unit,
    window: known,
    samples: effect.days,
  });
  return {
    state: 'finding',
    subject,
    title: `Started at ${clockHour(choice.hour)} instead of ${clockHour(present)} (${timeZone}) a run costs ${percent(choice.savingPercent)} less on spot`,
    evidence: [
      evidence(
        `cost of a run at the best start hour against now, ${place.instanceType} in ${place.zone}`,
        -choice.savingPercent,
        '%',
      ),
      evidence('spread over start hours', choice.spreadPercent, '%'),
      evidence('p of the permutation test over days', effect.p ?? 1, ''),
      evidence('length of a run', (family.runHours ?? 0) * 3600, 's'),
    ],
    impact: {
      usdPerMonth: usdPerMonth === null ? null : (usdPerMonth * (spotShare ?? 0) * choice.savingPercent) / 100,
    },
    confidence: {
      value: 0.8,
      why: `consistent over ${effect.days} days (p = ${effect.p}) and held in the backtest; ${percent(place.share * 100)} of its time was on ${place.instanceType} in ${place.zone}`,
    },
    recommendation: {
      summary: `Start it at ${clockHour(choice.hour)} ${timeZone}.`,
      risk: 'What waits for its result gets it at another time; what it reads must be there by then.',
      patches: [objectPatch(SPARK_API_VERSION, subject, { spec: { schedule, timeZone } })],
      backtest: tested,
    },
  };
}

function evaluateFamily(family: ScheduledFamily, options: Parameters): Evaluation {
  const { cluster, namespace, name, place, runHours, history, timeZone } = family;
  const subject: Subject = { kind: 'ScheduledSparkApplication', cluster, namespace, name };
  const early = stateOf(family, options);
  const present = dailySchedule(family.schedule ?? '')?.hour;
  if (early || !place || runHours === null || present === undefined)
    return { subject, ...(early ?? { state: 'insufficient-data', title: 'Start hour: no run was seen' }) };
  const gap = priceGap(place, history, options.minDays);
  if (gap) return { state: 'insufficient-data', subject, title: `Start hour: ${gap}` };
  const known = knownPart(place, history);
  const effect = effectIn(place, known, timeZone, runHours);
  const choice = choiceOf(effect, present);
  if (!choice || effect.p === null)
    return { state: 'insufficient-data', subject, title: `Start hour: only ${effect.days} days can be compared` };
  const spread = `${percent(choice.spreadPercent)} between the cheapest and the dearest start hour`;
  if (choice.spreadPercent < options.minSavingPercent || effect.p >= options.maxP)
    return { state: 'ok', subject, title: `The start hour does not matter: ${spread}` };
  if (choice.savingPercent < options.minSavingPercent)
    return {
      state: 'ok',
      subject,
      title: `It starts at a cheap hour: at most ${percent(choice.savingPercent)} to save`,
    };
  const tested = backtest(place, known, family, runHours, present);
  if (!tested?.passed)
    return { state: 'ok', subject, title: `No start hour kept its advantage. ${tested?.summary ?? ''}`.trim() };
  return finding(family, subject, { place, known, effect, choice, present, tested });
}

export const spotCheaperHour = defineRule({
  id: 'spot/cheaper-hour',
  title: 'Scheduled at a dear hour',
  severity: 'info',
  ledger: 'spot',
  needs: { families: scheduledFamilies },
  parameters,
  *evaluate({ facts, parameters: options }): Iterable<Evaluation> {
    for (const family of facts.families) yield evaluateFamily(family, options);
  },
});
