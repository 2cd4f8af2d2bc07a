import { z } from 'zod';
import type { Evaluation, Evidence, Subject } from '../../model/finding.js';
import { DAY_MS, type Window } from '../../model/window.js';
import { percent } from '../../spot/plan.js';
import { ENOUGH_COVERAGE } from '../../spot/zone-prices.js';
import { type SpotRisk, spotRisks } from '../derived/spot-risks.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  nearOnDemandPercent: z
    .number()
    .positive()
    .default(80)
    .describe('mean spot price, in per cent of on-demand, from which on spot hardly saves'),
  minChangesPerDay: z.number().positive().default(2).describe('changes of the price a day that count as often'),
  minPeakPercent: z
    .number()
    .min(0)
    .default(25)
    .describe('how far the p95 of the price must lie above its median for its changes to matter'),
  interruptionPercent: z
    .number()
    .positive()
    .default(20)
    .describe('share of instances taken back in a month, by the Spot Advisor, from which on it is a risk'),
});
type Parameters = z.infer<typeof parameters>;

/** What of it is uncertain, each in a few words. */
function reasonsOf({ prices, onDemand, interruptions }: SpotRisk, parameter: Parameters): string[] {
  const reasons: string[] = [];
  const share = prices && onDemand ? (prices.mean / onDemand.usd) * 100 : undefined;
  if (share !== undefined && share >= parameter.nearOnDemandPercent)
    reasons.push(`spot costs ${percent(share)} of on-demand`);
  const peak = prices && prices.median > 0 ? (prices.p95 / prices.median - 1) * 100 : 0;
  if (prices && prices.changesPerDay >= parameter.minChangesPerDay && peak >= parameter.minPeakPercent)
    reasons.push(
      `its price changes ${prices.changesPerDay.toFixed(1)} times a day, with peaks ${percent(peak)} above the median`,
    );
  if (interruptions && interruptions.fromPercent >= parameter.interruptionPercent)
    reasons.push(`${interruptions.label} of its kind were taken back in a month`);
  return reasons;
}

function evidenceOf({ prices, onDemand, interruptions }: SpotRisk, window: Window): Evidence[] {
  const samples = Math.round((window.untilMs - window.sinceMs) / DAY_MS);
  const one = (metric: string, value: number | string | null, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples,
  });
  return [
    one('spot price, time-weighted mean', prices?.mean ?? null, 'USD/hour'),
    one(`on-demand price${onDemand ? ` (${onDemand.source})` : ''}`, onDemand?.usd ?? null, 'USD/hour'),
    one('price changes', prices?.changesPerDay ?? null, 'per day'),
    one('p95 of the price', prices?.p95 ?? null, 'USD/hour'),
    one(
      `interrupted in a month${interruptions ? ` (Spot Advisor of ${interruptions.asOf})` : ''}`,
      interruptions?.label ?? null,
      '',
    ),
  ];
}

function evaluateGroup(risk: SpotRisk, window: Window, parameter: Parameters): Evaluation {
  const { group, prices, interruptions } = risk;
  const subject: Subject = { kind: 'NodeGroup', cluster: group.cluster, name: group.name };
  const reasons = reasonsOf(risk, parameter);
  if (reasons.length === 0) {
    if (!prices || prices.coverage < ENOUGH_COVERAGE)
      return {
        state: 'insufficient-data',
        subject,
        title: `Volatile: spot prices in ${group.zone} cover ${percent((prices?.coverage ?? 0) * 100)} of the window, 95 % are needed`,
      };
    const advisor = interruptions ? '' : '; how often it is taken back is not known';
    return { state: 'ok', subject, title: `Its price is steady and well below on-demand${advisor}` };
  }
  return {
    state: 'finding',
    subject,
    title: `${group.instanceType} in ${group.zone} is uncertain: ${reasons.join('; ')}`,
    evidence: evidenceOf(risk, window),
    confidence: {
      value: 0.7,
      why: interruptions
        ? `interruptions are of all customers in the region, as of ${interruptions.asOf}; prices are of the window`
        : 'prices are of the window; how often it is taken back is not known',
    },
    recommendation: {
      summary: 'Allow more types and zones for spot nodes, and keep what must not be interrupted off this group.',
      risk: 'Other types run the same work faster or slower; executors in several zones pay for traffic between them.',
      patches: [],
      backtest: null,
    },
  };
}

export const spotVolatile = defineRule({
  id: 'spot/volatile',
  title: 'Spot capacity that is uncertain',
  severity: 'info',
  ledger: null,
  needs: { risks: spotRisks },
  parameters,
  *evaluate({ facts, parameters: parameter, window }): Iterable<Evaluation> {
    for (const risk of facts.risks) yield evaluateGroup(risk, window, parameter);
  },
});
