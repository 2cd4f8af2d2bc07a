import { z } from 'zod';
import type { Backtest, Evaluation, Patch } from '../../model/finding.js';
import { DAY_MS, formatTime, formatWindow, type Window } from '../../model/window.js';
import type { Price } from '../../pricing/price-book.js';
import type { Interruptions } from '../../spot/advisor.js';
import { rankOptions, savingPercent, splitWindow } from '../../spot/choice.js';
import { interruptionCost, RATE_MULTIPLES } from '../../spot/expected-cost.js';
import { percent, usdPerHour } from '../../spot/plan.js';
import { ratePerNodeHour, seenText } from '../../spot/seen.js';
import { type OnDemandExecutors, onDemandExecutors } from '../derived/on-demand-executors.js';
import { applicationYaml } from '../derived/spark-places.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  minSavingPercent: z
    .number()
    .min(0)
    .max(100)
    .default(20)
    .describe(
      'how much cheaper executors must be on spot, interruptions priced in, over the window and in the backtest',
    ),
  minRuns: z.int().min(1).default(3).describe('runs that must have been seen for a family to count as batch'),
  redoneNodeHours: z
    .number()
    .min(0)
    .default(0.5)
    .describe('node-hours done again for each interruption, at most half of a run'),
  trainShare: z
    .number()
    .min(0.1)
    .max(0.9)
    .default(2 / 3)
    .describe('share of the window on which the backtest chooses; the rest is what it pays'),
});
type Parameters = z.infer<typeof parameters>;

type Zones = NonNullable<OnDemandExecutors['place']>['zones'];

/** The cheapest zone in a window, USD per hour. */
function cheapest(zones: Zones, window: Window): { name: string; mean: number } | undefined {
  return rankOptions(
    zones.map(({ zone, steps }) => ({ name: zone, steps })),
    window,
  )[0];
}

function backtest(zones: Zones, onDemandUsd: number, factor: number, window: Window, parameter: Parameters) {
  const { train, test } = splitWindow(window, parameter.trainShare);
  const chosen = cheapest(zones, train);
  const paid =
    chosen &&
    cheapest(
      zones.filter(({ zone }) => zone === chosen.name),
      test,
    );
  if (!chosen || !paid) return undefined;
  const savedPercent = savingPercent(onDemandUsd, paid.mean * factor);
  const result: Backtest = {
    passed: savedPercent >= parameter.minSavingPercent,
    summary: `Chosen on ${formatWindow(train)}: ${chosen.name}. From then on spot cost ${usdPerHour(paid.mean)} there against ${usdPerHour(onDemandUsd)} on demand, ${percent(savedPercent)} less with interruptions. Price only was tested, not interruptions.`,
    window: test,
    samples: Math.round((test.untilMs - test.sinceMs) / DAY_MS),
    figures: { savedPercent, paidUsdPerHour: paid.mean, onDemandUsdPerHour: onDemandUsd },
  };
  return result;
}

function patchesFor({ family }: OnDemandExecutors): Patch[] {
  const { key } = family.onDemandLabel;
  const spot = key === 'eks.amazonaws.com/capacityType' ? 'SPOT' : 'spot';
  return [
    {
      format: 'spark-application',
      target: family.target,
      content: applicationYaml(family, [
        'sparkConf:',
        '  "spark.decommission.enabled": "true"',
        '  "spark.storage.decommission.enabled": "true"',
        'driver:',
        '  nodeSelector:',
        `    ${key}: ${family.onDemandLabel.value}`,
        'executor:',
        '  nodeSelector:',
        `    ${key}: ${spot}`,
      ]),
    },
  ];
}

interface Known {
  place: NonNullable<OnDemandExecutors['place']>;
  onDemand: Price;
  interruptions: Interruptions;
  best: { name: string; mean: number };
  /** Interruptions per node-hour there: the Spot Advisor's and what was seen. */
  perNodeHour: number;
}

function finding(one: OnDemandExecutors, known: Known, tested: Backtest, window: Window, parameter: Parameters) {
  const { family, runHours, width, usdPerMonth, onDemandShare } = one;
  const { place, onDemand, interruptions, best } = known;
  const seen = one.seenIn(best.name);
  const savingAt = (multiple: number) => {
    const perNodeHour = known.perNodeHour * multiple;
    const run = { nodes: width, hours: runHours, perNodeHour, redoneNodeHours: parameter.redoneNodeHours };
    return { ...interruptionCost(run), saving: savingPercent(onDemand.usd, best.mean * interruptionCost(run).factor) };
  };
  const { saving, expected, anyChance } = savingAt(1);
  const evidence = (metric: string, value: number | string, unit: string) => ({
    metric,
    value,
    unit,
    window,
    samples: family.runs,
  });
  const evaluation: Evaluation = {
    state: 'finding',
    subject: family.subject,
    title: `Its executors on on-demand ${place.instanceType} would cost ${percent(saving)} less on spot in ${best.name}`,
    evidence: [
      evidence('executor time on on-demand nodes', (onDemandShare ?? 0) * 100, '%'),
      evidence(`spot price in ${best.name}, time-weighted mean`, best.mean, 'USD/hour'),
      evidence(`on-demand price (${onDemand.source}, ${formatTime(onDemand.asOfMs)})`, onDemand.usd, 'USD/hour'),
      evidence(`taken back in a month (Spot Advisor of ${interruptions.asOf})`, interruptions.label, ''),
      ...(seen ? [evidence(`${place.instanceType} on spot in ${best.name}`, seenText(seen), '')] : []),
      evidence('interruptions expected in a run', expected, ''),
      evidence('chance that a run loses a node', anyChance * 100, '%'),
      ...RATE_MULTIPLES.map((multiple) =>
        evidence(`saving with ${multiple} × these interruptions`, savingAt(multiple).saving, '%'),
      ),
    ],
    impact: { usdPerMonth: usdPerMonth === null ? null : (usdPerMonth * saving) / 100 },
    confidence: {
      value: 0.6,
      why: seen
        ? `prices are known and held in the backtest; how often nodes are taken back is a monthly figure of all customers with what was ${seenText(seen)}`
        : 'prices are known and held in the backtest; how often nodes are taken back is a monthly figure of all customers',
    },
    recommendation: {
      summary: 'Run its executors on spot with decommissioning, and keep the driver on on-demand.',
      risk: 'Runs take longer when nodes are taken back, and wait when there is no spot capacity.',
      patches: patchesFor(one),
      backtest: tested,
    },
  };
  return evaluation;
}

/** Why work that is lost would not be done again, or what is missing to say so; undefined: it would. */
function notRetriable(
  { family }: OnDemandExecutors,
  minRuns: number,
): (Pick<Evaluation, 'title'> & { lack: boolean }) | undefined {
  if (family.scheduled || family.runs >= minRuns) return undefined;
  if (family.restartPolicy === null)
    return { lack: true, title: `its object was not read, and ${family.runs} of ${minRuns} runs were seen` };
  if (family.restartPolicy === 'Never')
    return { lack: false, title: 'it runs once and is not started again (restartPolicy Never)' };
  return undefined;
}

function evaluateFamily(one: OnDemandExecutors, window: Window, parameter: Parameters): Evaluation {
  const { family, onDemandShare, place, onDemand, interruptions, width, runHours } = one;
  const { subject } = family;
  const say = (state: 'ok' | 'insufficient-data' | 'not-applicable', title: string): Evaluation => ({
    state,
    subject,
    title: `Spot candidate: ${title}`,
  });
  if (onDemandShare === null) return say('insufficient-data', 'the nodes that its executors ran on are not known');
  if (onDemandShare === 0) return say('not-applicable', 'its executors run on spot nodes already');
  const not = notRetriable(one, parameter.minRuns);
  if (not) return say(not.lack ? 'insufficient-data' : 'not-applicable', not.title);
  if (!place || !onDemand) return say('insufficient-data', 'the on-demand price of its nodes is not known');
  if (!interruptions) return say('insufficient-data', `how often ${place.instanceType} is taken back is not known`);
  const best = cheapest(place.zones, window);
  if (!best) return say('insufficient-data', `spot prices of ${place.instanceType} cover less than 95 % of the window`);
  const perNodeHour = ratePerNodeHour(one.seenIn(best.name), interruptions) ?? interruptions.perNodeHour;
  const { factor } = interruptionCost({
    nodes: width,
    hours: runHours,
    perNodeHour,
    redoneNodeHours: parameter.redoneNodeHours,
  });
  const saving = savingPercent(onDemand.usd, best.mean * factor);
  if (saving < parameter.minSavingPercent)
    return say('ok', `spot would save ${percent(saving)} (below ${parameter.minSavingPercent} %)`);
  const tested = backtest(place.zones, onDemand.usd, factor, window, parameter);
  if (!tested) return say('insufficient-data', 'too little is known of the last part of the window to test a choice');
  if (!tested.passed)
    return say('ok', `spot would have saved ${percent(saving)}, but it could not be known. ${tested.summary}`);
  return finding(one, { place, onDemand, interruptions, best, perNodeHour }, tested, window, parameter);
}

export const spotCandidate = defineRule({
  id: 'spot/candidate',
  title: 'Batch work on on-demand nodes that could run on spot',
  severity: 'info',
  ledger: 'spot',
  needs: { families: onDemandExecutors },
  parameters,
  *evaluate({ facts, parameters: parameter, window }): Iterable<Evaluation> {
    for (const one of facts.families) yield evaluateFamily(one, window, parameter);
  },
});
