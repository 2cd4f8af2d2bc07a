import { stringify } from 'yaml';
import { z } from 'zod';
import type { Backtest, Evaluation, Impact } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { HOUR_MS, type Window } from '../../model/window.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { cheapestTarget, type DemandHour, simulateTarget } from '../../recommend/hpa-simulation.js';
import { targetOf } from '../../recommend/posture-patch.js';
import { type Autoscaler, autoscalers, historyOf } from '../derived/autoscalers.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  leastSaving: z.number().min(0).max(1).default(0.1).describe('share of the replicas that another target must save'),
  highest: z.number().min(1).max(100).default(90).describe('highest target that is tried, in per cent'),
  trainShare: z
    .number()
    .min(0.1)
    .max(0.9)
    .default(2 / 3)
    .describe('share of the window on which the target is chosen; the rest is what it is tested on'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Autoscaler’s target';
const EPSILON = 1e-9;
/** Targets are tried in steps of this many per cent. */
const STEP = 5;
/** The simulation says something where it explains the replicas that there were, within this share. */
const EXPLAINED = 0.25;

function demandOf({ hours, cpuPercentByHour }: Autoscaler): DemandHour[] {
  return hours.flatMap(({ hourMs, samples, replicasSum }) => {
    const percent = cpuPercentByHour.get(hourMs);
    if (!percent || samples === 0) return [];
    const replicas = replicasSum / samples;
    return [{ hourMs, mean: (percent.percent / 100) * replicas, peak: (percent.peakPercent / 100) * replicas }];
  });
}

function recordedReplicas({ hours }: Autoscaler): number {
  const samples = hours.reduce((sum, hour) => sum + hour.samples, 0);
  return samples > 0 ? hours.reduce((sum, hour) => sum + hour.replicasSum, 0) / samples : 0;
}

function backtest(
  demand: readonly DemandHour[],
  one: Autoscaler,
  present: number,
  targets: readonly number[],
  { trainShare, leastSaving }: Settings,
): Backtest {
  const cut = Math.floor(demand.length * trainShare);
  const [train, test] = [demand.slice(0, cut), demand.slice(cut)];
  const { target } = cheapestTarget(train, present, targets, one.spec);
  const [before, after] = [simulateTarget(test, present, one.spec), simulateTarget(test, target, one.spec)];
  const saved = before.replicas > 0 ? 1 - after.replicas / before.replicas : 0;
  const sinceMs = test[0]?.hourMs ?? 0;
  return {
    passed: saved >= leastSaving - EPSILON && after.hoursOver <= before.hoursOver,
    summary: `Chosen on the first ${cut} h: ${target} %. On the ${test.length} h after them ${after.replicas.toFixed(1)} replicas instead of ${before.replicas.toFixed(1)}, with ${after.hoursOver} h over the request instead of ${before.hoursOver}.`,
    window: { sinceMs, untilMs: (test.at(-1)?.hourMs ?? sinceMs) + HOUR_MS },
    samples: test.length,
    figures: { savedPercent: saved * 100, hoursOverBefore: before.hoursOver, hoursOverAfter: after.hoursOver },
  };
}

function impactOf({ workloadId }: Autoscaler, saved: number, { workloads, toMonth, hoursCovered }: Spend) {
  const own = workloadId === undefined ? undefined : workloads.get(workloadId);
  if (!own || hoursCovered === 0) return {};
  const impact: Partial<Impact> = {
    usdPerMonth: own.pricedHours > 0 && toMonth !== null ? own.usd * toMonth * saved : null,
    freedCpuCores: (own.cpuRequestCoreHours / hoursCovered) * saved,
    freedMemoryBytes: (own.memoryRequestGibHours / hoursCovered) * GIB * saved,
  };
  return impact;
}

/** The list of metrics is replaced as a whole by a patch, so only an autoscaler with this one metric gets here. */
function patchOf({ subject }: Autoscaler, target: number) {
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
  };
  const content = stringify({
    apiVersion: 'autoscaling/v2',
    kind: subject.kind,
    metadata: { name: subject.name, namespace: subject.namespace },
    spec: { metrics: [metric] },
  });
  return { format: 'kubernetes' as const, target: targetOf(subject), content };
}

function judge(one: Autoscaler, settings: Settings, spent: Spend, window: Window): Evaluation {
  const { subject, spec, cpuTargetPercent: present, tooLittle } = one;
  const lack = (title: string): Evaluation => ({
    state: 'insufficient-data',
    subject,
    title: `${TITLE}: ${title}`,
  });
  if (spec.maxReplicas === spec.minReplicas)
    return { state: 'not-applicable', subject, title: `${TITLE}: it holds ${spec.maxReplicas} replicas on purpose` };
  if (present === null)
    return { state: 'not-applicable', subject, title: `${TITLE}: it does not scale on the pods’ CPU alone` };
  if (tooLittle) return lack(tooLittle);
  const demand = demandOf(one);
  if (demand.length < one.hours.length / 2) return lack('CPU use of its pods is known for less than half of the time');
  const now = simulateTarget(demand, present, spec);
  const recorded = recordedReplicas(one);
  if (Math.abs(now.replicas - recorded) > EXPLAINED * recorded)
    return lack(
      `its target explains ${now.replicas.toFixed(1)} replicas, but ${recorded.toFixed(1)} were there: something else scales it`,
    );
  const steps = Math.floor((settings.highest - present) / STEP);
  const targets = Array.from({ length: Math.max(0, steps) }, (_, i) => present + (i + 1) * STEP);
  const { target, simulated } = cheapestTarget(demand, present, targets, spec);
  const saved = now.replicas > 0 ? 1 - simulated.replicas / now.replicas : 0;
  if (target === present || saved < settings.leastSaving - EPSILON)
    return { state: 'ok', subject, title: `No higher target up to ${settings.highest} % saves more replicas` };
  const tested = backtest(demand, one, present, targets, settings);
  if (!tested.passed)
    return { state: 'ok', subject, title: `A target of ${target} % failed its backtest: ${tested.summary}` };
  const evidence = evidenceOf(historyOf(one.hours, window));
  return {
    state: 'finding',
    subject,
    title: `A target of ${target} % instead of ${present} % runs ${Math.round(saved * 100)} % fewer replicas, with no more time over the request`,
    evidence: [
      evidence('target', present, '%'),
      evidence('replicas, mean', recorded, '', one.hours.length),
      evidence('replicas at the present target, simulated', now.replicas, '', demand.length),
      evidence(`replicas at ${target} %, simulated`, simulated.replicas, '', demand.length),
      evidence('hours with a peak over the request, before', now.hoursOver, 'h', demand.length),
      evidence('hours with a peak over the request, after', simulated.hoursOver, 'h', demand.length),
    ],
    impact: impactOf(one, saved, spent),
    confidence: { value: 0.65, why: 'simulated hour by hour: rushes within an hour are seen by their peak only' },
    recommendation: {
      summary: `Scale at ${target} % of the CPU request.`,
      risk: 'Less is free when a rush comes, until new replicas are up. Watch latency for a day.',
      patches: [patchOf(one, target)],
      backtest: tested,
    },
  };
}

export const hpaThreshold = defineRule({
  id: 'autoscaling/hpa-threshold',
  title: 'Autoscaler that scales too early',
  severity: 'info',
  ledger: 'count',
  needs: { autoscalers, spend },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const one of facts.autoscalers) yield judge(one, settings, facts.spend, window);
  },
});
