import { z } from 'zod';
import type { Evaluation, Patch, Subject } from '../../model/finding.js';
import type { Window } from '../../model/window.js';
import type { Interruptions } from '../../spot/advisor.js';
import { type SeenSpot, seenMonthlyPercent, seenText } from '../../spot/seen.js';
import { type SpotRisk, spotRisks } from '../derived/spot-risks.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  interruptionPercent: z
    .number()
    .positive()
    .default(15)
    .describe(
      'share of instances taken back in a month, as seen here or by the Spot Advisor, from which on a type is scarce',
    ),
  minBucketsBetter: z
    .int()
    .min(1)
    .max(4)
    .default(2)
    .describe('how many of the five buckets of the Spot Advisor another type must be better'),
});

type Parameters = z.infer<typeof parameters>;

interface Better {
  /** Types of the same shape that are taken back less, by the Spot Advisor. */
  types: string[];
  /** Zones in which the same type was taken back less, as seen here. */
  zones: string[];
}

/** How much of it is taken back in a month, in per cent: as seen here where that says enough, else by the Advisor. */
interface Verdict {
  scarce: boolean;
  measured: boolean;
  text: string;
}

function verdictOf({ seen, interruptions }: SpotRisk, { interruptionPercent }: Parameters): Verdict | undefined {
  const range = seen ? seenMonthlyPercent(seen) : null;
  if (seen && range) {
    const [low, high] = range;
    const interval = `${seenText(seen)}, ${low.toFixed(0)} to ${high.toFixed(0)} % a month`;
    if (low >= interruptionPercent) return { scarce: true, measured: true, text: interval };
    if (high < interruptionPercent) return { scarce: false, measured: true, text: interval };
  }
  if (!interruptions) return undefined;
  const { label, fromPercent, asOf } = interruptions;
  const here = seen ? ` (${seenText(seen)}: too little to say)` : '';
  return {
    scarce: fromPercent >= interruptionPercent,
    measured: false,
    text: `${label} of its kind were taken back in a month (${asOf})${here}`,
  };
}

function betterOf(risk: SpotRisk, { interruptionPercent, minBucketsBetter }: Parameters): Better {
  const bucket = risk.interruptions?.bucket;
  const types =
    bucket === undefined
      ? risk.alternatives.filter(({ interruptions }) => interruptions.fromPercent < interruptionPercent)
      : risk.alternatives.filter(({ interruptions }) => interruptions.bucket <= bucket - minBucketsBetter);
  const [best] = types;
  const ownLow = risk.seen ? (seenMonthlyPercent(risk.seen)?.[0] ?? 0) : 0;
  return {
    types: types
      .filter(({ interruptions }) => interruptions.bucket === best?.interruptions.bucket)
      .slice(0, 5)
      .map(({ instanceType }) => instanceType),
    zones: risk.otherZones
      .filter(({ seen }) => (seenMonthlyPercent(seen)?.[1] ?? Number.POSITIVE_INFINITY) < ownLow)
      .map(({ zone }) => zone),
  };
}

function patchFor(key: string, values: readonly string[]): Patch {
  return {
    format: 'text',
    target: 'NodePool (Karpenter): requirement',
    content: `spec:
  template:
    spec:
      requirements:
        - key: ${key}
          operator: In
          values: [${values.map((value) => `"${value}"`).join(', ')}]
`,
  };
}

function finding(risk: SpotRisk, subject: Subject, verdict: Verdict, better: Better, window: Window): Evaluation {
  const { group, interruptions, seen, otherZones, alternatives } = risk;
  const { instanceType, region, zone } = group;
  const evidence = (metric: string, value: string, samples = 1) => ({ metric, value, unit: '', window, samples });
  const ofAdvisor = (type: string, told: Interruptions | undefined) =>
    told ? [evidence(`${type} taken back in a month (Spot Advisor of ${told.asOf})`, told.label)] : [];
  const ofZone = (name: string, there: SeenSpot | undefined) =>
    there ? [evidence(`${instanceType} in ${name}`, seenText(there), Math.round(there.runningHours))] : [];
  const [type = ''] = better.types;
  const label = alternatives.find((other) => other.instanceType === type)?.interruptions.label;
  const title = verdict.measured
    ? `${instanceType} is often taken back in ${zone}: ${verdict.text}`
    : `${interruptions?.label} of ${instanceType} are taken back in a month, of ${type} ${label}`;
  const choices = [...better.types, ...better.zones.map((name) => `${instanceType} in ${name}`)];
  return {
    state: 'finding',
    subject,
    title,
    evidence: [
      ...ofZone(zone, seen),
      ...ofAdvisor(instanceType, interruptions),
      ...better.zones.flatMap((name) => ofZone(name, otherZones.find((other) => other.zone === name)?.seen)),
      ...better.types.flatMap((name) =>
        ofAdvisor(name, alternatives.find((other) => other.instanceType === name)?.interruptions),
      ),
    ],
    confidence: verdict.measured
      ? { value: 0.8, why: 'measured on spot machines of this account; the lower end of its 95 % interval counts' }
      : {
          value: 0.5,
          why: `a month of all customers in ${region}, as of ${interruptions?.asOf}; a rough guide, not measured in this account`,
        },
    recommendation: {
      summary: `Let spot nodes also start as ${choices.join(', ')}.`,
      risk: 'Their price may be higher; see spot/cheaper-type.',
      patches: [
        ...(better.types.length > 0
          ? [patchFor('node.kubernetes.io/instance-type', [...better.types, instanceType])]
          : []),
        ...(better.zones.length > 0 ? [patchFor('topology.kubernetes.io/zone', [...better.zones, zone])] : []),
      ],
      backtest: null,
    },
  };
}

function evaluateGroup(risk: SpotRisk, parameter: Parameters, window: Window): Evaluation {
  const { group, alternatives } = risk;
  const { instanceType, region } = group;
  const subject: Subject = { kind: 'NodeGroup', cluster: group.cluster, name: group.name };
  const verdict = verdictOf(risk, parameter);
  if (!verdict)
    return {
      state: 'insufficient-data',
      subject,
      title: `Scarce: the Spot Advisor says nothing of ${instanceType} in ${region ?? 'an unknown region'}`,
    };
  const { text } = verdict;
  if (!verdict.scarce) return { state: 'ok', subject, title: text };
  const better = betterOf(risk, parameter);
  if (better.types.length + better.zones.length > 0) return finding(risk, subject, verdict, better, window);
  return alternatives.length === 0
    ? { state: 'not-applicable', subject, title: `Scarce (${text}), but no other type is like ${instanceType}` }
    : { state: 'ok', subject, title: `${text}, and types like it fare no better` };
}

export const spotScarce = defineRule({
  id: 'spot/scarce',
  title: 'Spot type that is often taken back',
  severity: 'info',
  ledger: null,
  needs: { risks: spotRisks },
  parameters,
  *evaluate({ facts, parameters: parameter, window }): Iterable<Evaluation> {
    for (const risk of facts.risks) yield evaluateGroup(risk, parameter, window);
  },
});
