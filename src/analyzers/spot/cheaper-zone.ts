import { z } from 'zod';
import type { Backtest, Evaluation, Patch, Subject } from '../../model/finding.js';
import { DAY_MS, formatWindow, type Window } from '../../model/window.js';
import { type RankedOption, rankOptions, savingPercent, testChoice } from '../../spot/choice.js';
import { percent, usdPerHour } from '../../spot/plan.js';
import { coveredPieces, meanPrice, TIE_USD } from '../../spot/step-function.js';
import { meanEvidence, monthlySaving, seenEvidence } from '../derived/spot-choice.js';
import { type SpotGroup, spotGroups } from '../derived/spot-groups.js';
import { type SpotSeen, spotSeen } from '../derived/spot-seen.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minSavingPercent: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('how much cheaper the other zone must be, over the window and again in the backtest'),
  trainShare: z
    .number()
    .min(0.1)
    .max(0.9)
    .default(2 / 3)
    .describe('share of the window on which the backtest chooses; the rest is what it pays'),
});
type Parameters = z.infer<typeof parameters>;

const optionsOf = ({ zones }: SpotGroup) => zones.map(({ zone, steps }) => ({ name: zone, steps }));

/** What choosing the cheapest zone of the first part would have saved in the last part against staying. */
function backtest(
  group: SpotGroup,
  window: Window,
  { minSavingPercent, trainShare }: Parameters,
): Backtest | undefined {
  const tested = testChoice(optionsOf(group), group.zone, window, trainShare);
  if (!tested) return undefined;
  const { chosen, train, test, paid, stayed, hindsight, savedPercent } = tested;
  return {
    passed: savedPercent >= minSavingPercent,
    summary: `Chosen on ${formatWindow(train)}: ${chosen}. Paid from then on: ${usdPerHour(paid)} against ${usdPerHour(stayed)} in ${group.zone}, ${percent(savedPercent)} less; the best zone in hindsight cost ${usdPerHour(hindsight)}.`,
    window: test,
    samples: Math.round((test.untilMs - test.sinceMs) / DAY_MS),
    figures: {
      savedPercent,
      paidUsdPerHour: paid,
      stayedUsdPerHour: stayed,
      hindsightUsdPerHour: hindsight,
    },
  };
}

function patchesFor(best: string): Patch[] {
  return [
    {
      format: 'text',
      target: 'NodePool (Karpenter): requirement',
      content: `spec:
  template:
    spec:
      requirements:
        - key: topology.kubernetes.io/zone
          operator: In
          values: ["${best}"]
        - key: karpenter.sh/capacity-type
          operator: In
          values: ["spot"]
`,
    },
    {
      format: 'text',
      target: 'SparkApplication: executors',
      content: `spec:
  executor:
    nodeSelector:
      topology.kubernetes.io/zone: ${best}
`,
    },
  ];
}

function finding(
  group: SpotGroup,
  subject: Subject,
  means: readonly RankedOption[],
  { tested, window, seen }: { tested: Backtest; window: Window; seen: SpotSeen },
) {
  const [best] = means;
  const current = means.find(({ name }) => name === group.zone);
  if (!best || !current) return undefined;
  const ties = means.filter(({ mean }) => mean <= best.mean + TIE_USD).map(({ name }) => name);
  const saving = savingPercent(current.mean, best.mean);
  const places = means.map(({ name }) => ({ type: group.instanceType, zone: name }));
  const known = seenEvidence(seen, group.region, places, window);
  const evaluation: Evaluation = {
    state: 'finding',
    subject,
    title: `${group.instanceType} on spot is ${percent(saving)} cheaper in ${ties.join(' or ')} than in ${group.zone}`,
    evidence: [...meanEvidence(means, window, (name) => `spot price in ${name}, time-weighted mean`), ...known],
    impact: { usdPerMonth: monthlySaving(group, current, best) },
    confidence: {
      value: 0.8,
      why: `prices of all ${means.length} zones are known and the choice held in the backtest; how often a zone interrupts is known no further than what was seen here`,
    },
    recommendation: {
      summary: `Let spot nodes of type ${group.instanceType} start in ${ties.join(' or ')}.`,
      risk: 'Less choice of zones means more interruptions and waiting when capacity is short; volumes stay in their zone, and traffic between zones costs.',
      patches: patchesFor(best.name),
      backtest: tested,
    },
  };
  return evaluation;
}

function* evaluateGroup(group: SpotGroup, window: Window, options: Parameters, seen: SpotSeen): Iterable<Evaluation> {
  const subject: Subject = { kind: 'NodeGroup', cluster: group.cluster, name: group.name };
  const means = rankOptions(optionsOf(group), window);
  const [best] = means;
  const current = means.find(({ name }) => name === group.zone);
  if (!current || !best) {
    const known = group.zones.find(({ zone }) => zone === group.zone);
    const coverage = known ? (meanPrice(coveredPieces(known.steps, window), window)?.coverage ?? 0) : 0;
    const title = `Cheaper zone: spot prices of ${group.instanceType} in ${group.zone} cover ${percent(coverage * 100)} of the window, 95 % are needed`;
    yield { state: 'insufficient-data', subject, title };
    return;
  }
  if (means.length === 1) {
    yield { state: 'not-applicable', subject, title: `No other zone with prices of ${group.instanceType}` };
    return;
  }
  const saving = savingPercent(current.mean, best.mean);
  if (current.mean <= best.mean + TIE_USD) {
    yield { state: 'ok', subject, title: `No zone is cheaper than ${group.zone}` };
    return;
  }
  if (saving < options.minSavingPercent) {
    const title = `${best.name} is ${percent(saving)} cheaper: not worth a move (below ${options.minSavingPercent} %)`;
    yield { state: 'ok', subject, title };
    return;
  }
  const tested = backtest(group, window, options);
  const found = tested?.passed ? finding(group, subject, means, { tested, window, seen }) : undefined;
  if (found) yield found;
  else if (tested)
    yield {
      state: 'ok',
      subject,
      title: `${best.name} was ${percent(saving)} cheaper, but it could not be known: ${tested.summary}`,
    };
  else
    yield {
      state: 'insufficient-data',
      subject,
      title: 'Cheaper zone: too little is known of the last part of the window to test a choice',
    };
}

export const spotCheaperZone = defineRule({
  id: 'spot/cheaper-zone',
  title: 'Spot nodes in a dear zone',
  severity: 'warning',
  ledger: 'spot',
  needs: { groups: spotGroups, seen: spotSeen },
  parameters,
  *evaluate({ facts, parameters: options, window }): Iterable<Evaluation> {
    for (const group of facts.groups) yield* evaluateGroup(group, window, options, facts.seen);
  },
});
