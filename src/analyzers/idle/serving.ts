import { z } from 'zod';
import type { Evaluation, Patch } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { DAY_MS, formatTime, HOUR_MS, type Window } from '../../model/window.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { counted, evidenceOf, listText, notJudged } from '../derived/posture.js';
import { type Served, served } from '../derived/served.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  days: z.number().positive().default(2).describe('without a request, up to the end of the window'),
});
const TITLE = 'Serving';
/** A window counts as covered from 95 % (RULES). */
const COVERED = 0.95;
/** `increase` extrapolates: less than half a request is none. */
const NONE = 0.5;

/** KServe and Knative scale to zero themselves; a Deployment needs something in front of it that does. */
function patchOf({ workload: { row } }: Served): Patch {
  if (row.kind === 'InferenceService')
    return objectPatch('serving.kserve.io/v1beta1', row, { spec: { predictor: { minReplicas: 0 } } });
  return {
    format: 'text',
    target: `${row.kind} ${row.namespace}/${row.name}`,
    content: `kubectl scale ${row.kind.toLowerCase()} --namespace ${row.namespace} ${row.name} --replicas 0`,
  };
}

function found(one: Served, hours: Served['hours'], days: number, spent: Spend, window: Window): Evaluation {
  const { workload, services, sources } = one;
  const { row, pods, subject } = workload;
  const own = spent.workloads.get(row.id);
  const meanOf = (total: number | undefined) =>
    total !== undefined && spent.hoursCovered > 0 ? total / spent.hoursCovered : null;
  const last = one.hours.findLast(({ requests }) => requests >= NONE);
  const evidence = evidenceOf(window);
  return {
    state: 'finding',
    subject,
    title: `No request in ${days} days, and ${counted(pods.length, 'replica')} running`,
    evidence: [
      evidence('requests', Math.round(hours.reduce((sum, { requests }) => sum + requests, 0)), '', hours.length),
      evidence('last request in the hour of', last ? formatTime(last.hourMs) : 'none was seen'),
      evidence('services', listText(services)),
      evidence('counted by', listText(sources)),
      evidence('replicas', pods.length),
    ],
    impact: {
      usdPerMonth: own && own.pricedHours > 0 && spent.toMonth !== null ? own.usd * spent.toMonth : null,
      freedCpuCores: meanOf(own?.cpuRequestCoreHours),
      freedMemoryBytes: meanOf(own && own.memoryRequestGibHours * GIB),
    },
    confidence: { value: 0.8, why: 'requests were counted; what reaches its pods by another way is not seen' },
    recommendation: {
      summary: 'Scale it to zero: KServe and Knative do so themselves, KEDA’s HTTP add-on for a Deployment.',
      risk: 'The first request waits until a pod has started and its model is loaded.',
      patches: [patchOf(one)],
      backtest: null,
    },
  };
}

export const idleServing = defineRule({
  id: 'idle/serving',
  title: 'Service without requests',
  severity: 'warning',
  ledger: 'idle',
  needs: { served, spend },
  parameters,
  *evaluate({ facts, parameters: { days }, window }): Iterable<Evaluation> {
    const span = { sinceMs: window.untilMs - days * DAY_MS, untilMs: window.untilMs };
    const needed = ((days * DAY_MS) / HOUR_MS) * COVERED;
    for (const one of facts.served) {
      const { workload } = one;
      const { subject, pods } = workload;
      const not = notJudged(workload, TITLE);
      const hours = one.hours.filter(({ hourMs }) => hourMs >= span.sinceMs && hourMs < span.untilMs);
      if (not) yield not;
      else if (pods.length === 0) yield { state: 'not-applicable', subject, title: `${TITLE}: no replica runs` };
      else if (hours.some(({ requests }) => requests >= NONE)) yield { state: 'ok', subject, title: 'It is asked' };
      else if (one.hours.length === 0)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: nobody counts its requests (Istio, ingress-nginx or Knative metrics)`,
        };
      else if (hours.length < needed)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: its requests are known for ${hours.length} of the last ${days * 24} hours`,
        };
      else yield found(one, hours, days, facts.spend, span);
    }
  },
});
