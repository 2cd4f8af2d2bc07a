import { z } from 'zod';
import type { Backtest, Evaluation, Patch, Subject } from '../../model/finding.js';
import { DAY_MS, formatWindow, type Window } from '../../model/window.js';
import { type PriceOption, type RankedOption, rankOptions, savingPercent, testChoice } from '../../spot/choice.js';
import { percent, usdPerHour } from '../../spot/plan.js';
import { relativeWork } from '../../spot/shape.js';
import { meanEvidence, monthlySaving, seenEvidence } from '../derived/spot-choice.js';
import { type SpotSeen, spotSeen } from '../derived/spot-seen.js';
import { type TypeOptions, typeOptions } from '../derived/type-options.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minSavingPercent: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('how much cheaper the same work must be, over the window and again in the backtest'),
  trainShare: z
    .number()
    .min(0.1)
    .max(0.9)
    .default(2 / 3)
    .describe('share of the window on which the backtest chooses; the rest is what it pays'),
  amdWork: z
    .number()
    .min(0.1)
    .max(1)
    .default(0.9)
    .describe('work that an AMD core is taken to do in the place of another, relative to it'),
});
type Parameters = z.infer<typeof parameters>;

function optionsOf({ group, priced }: TypeOptions, amdWork: number): PriceOption[] {
  return priced.map(({ instanceType, steps }) => ({
    name: instanceType,
    steps,
    work: relativeWork(group.instanceType, instanceType, amdWork),
  }));
}

function backtest(options: readonly PriceOption[], current: string, window: Window, parameter: Parameters) {
  const tested = testChoice(options, current, window, parameter.trainShare);
  if (!tested) return undefined;
  const { chosen, train, test, paid, stayed, hindsight, savedPercent } = tested;
  const result: Backtest = {
    passed: savedPercent >= parameter.minSavingPercent,
    summary: `Chosen on ${formatWindow(train)}: ${chosen}. Paid from then on for the same work: ${usdPerHour(paid)} against ${usdPerHour(stayed)} on ${current}, ${percent(savedPercent)} less; the best type in hindsight cost ${usdPerHour(hindsight)}.`,
    window: test,
    samples: Math.round((test.untilMs - test.sinceMs) / DAY_MS),
    figures: { savedPercent, paidUsdPerHour: paid, stayedUsdPerHour: stayed, hindsightUsdPerHour: hindsight },
  };
  return result;
}

/** Both types stay allowed: more choice is fewer interruptions, and the cheaper one is taken first. */
function patchFor(types: readonly string[]): Patch {
  return {
    format: 'text',
    target: 'NodePool (Karpenter): requirement',
    content: `spec:
  template:
    spec:
      requirements:
        - key: node.kubernetes.io/instance-type
          operator: In
          values: [${types.map((type) => `"${type}"`).join(', ')}]
`,
  };
}

interface Chosen {
  best: RankedOption;
  current: RankedOption;
  tested: Backtest;
  window: Window;
  seen: SpotSeen;
}

function finding(
  { group }: TypeOptions,
  subject: Subject,
  means: readonly RankedOption[],
  { best, current, tested, window, seen }: Chosen,
): Evaluation {
  const { instanceType, zone } = group;
  const saving = savingPercent(current.mean, best.mean);
  const places = means.map(({ name }) => ({ type: name, zone }));
  const better = means.filter(({ mean }) => mean < current.mean).map(({ name }) => name);
  return {
    state: 'finding',
    subject,
    title: `The same work is ${percent(saving)} cheaper on ${best.name} than on ${instanceType} in ${zone}`,
    evidence: [
      ...meanEvidence(means, window, (name) => `spot price of ${name} for the same work, time-weighted mean`),
      ...seenEvidence(seen, group.region, places, window),
    ],
    impact: { usdPerMonth: monthlySaving(group, current, best) },
    confidence: {
      value: 0.6,
      why: 'cores, memory and architecture are the same and the choice held in the backtest; how fast the work runs on it was not measured',
    },
    recommendation: {
      summary: `Let spot nodes start as ${best.name}, and keep ${instanceType} as a second choice.`,
      risk: 'A core of another maker or generation is faster or slower, which only a run shows; local disks and network differ.',
      patches: [patchFor([...better, instanceType])],
      backtest: tested,
    },
  };
}

function evaluateGroup(types: TypeOptions, window: Window, parameter: Parameters, seen: SpotSeen): Evaluation {
  const { group, shapeKnown, alike, priced } = types;
  const { instanceType, zone } = group;
  const subject: Subject = { kind: 'NodeGroup', cluster: group.cluster, name: group.name };
  const lack = (title: string): Evaluation => ({
    state: 'insufficient-data',
    subject,
    title: `Cheaper type: ${title}`,
  });
  if (!shapeKnown) return lack(`the cores and memory of ${instanceType} are not known`);
  if (alike.length === 0) return { state: 'not-applicable', subject, title: `No other type is like ${instanceType}` };
  const options = optionsOf(types, parameter.amdWork);
  const means = rankOptions(options, window);
  const [best] = means;
  const current = means.find(({ name }) => name === instanceType);
  if (!best || !current) return lack(`spot prices of ${instanceType} in ${zone} cover less than 95 % of the window`);
  if (means.length === 1) {
    const known = priced.length > 1 ? 'cover less than 95 % of the window' : 'were not read (aws.instanceTypes)';
    return lack(`spot prices in ${zone} of types like it (${alike.slice(0, 3).join(', ')}) ${known}`);
  }
  const saving = savingPercent(current.mean, best.mean);
  if (best.name === instanceType || saving <= 0)
    return { state: 'ok', subject, title: `No type like it is cheaper than ${instanceType} in ${zone}` };
  if (saving < parameter.minSavingPercent)
    return {
      state: 'ok',
      subject,
      title: `${best.name} is ${percent(saving)} cheaper: not worth a change (below ${parameter.minSavingPercent} %)`,
    };
  const tested = backtest(options, instanceType, window, parameter);
  if (!tested) return lack('too little is known of the last part of the window to test a choice');
  if (!tested.passed)
    return {
      state: 'ok',
      subject,
      title: `${best.name} was ${percent(saving)} cheaper, but it could not be known: ${tested.summary}`,
    };
  return finding(types, subject, means, { best, current, tested, window, seen });
}

export const spotCheaperType = defineRule({
  id: 'spot/cheaper-type',
  title: 'Spot nodes of a dear type',
  severity: 'warning',
  ledger: 'type',
  needs: { groups: typeOptions, seen: spotSeen },
  parameters,
  *evaluate({ facts, parameters: parameter, window }): Iterable<Evaluation> {
    for (const group of facts.groups) yield evaluateGroup(group, window, parameter, facts.seen);
  },
});
