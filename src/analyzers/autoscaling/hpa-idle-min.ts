import { z } from 'zod';
import type { Evaluation, Impact } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { type Autoscaler, autoscalers, historyOf, meanCpuPercent, shareOf } from '../derived/autoscalers.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  share: z.number().min(0).max(1).default(0.95).describe('least share of the window at the minimum'),
  useShare: z.number().min(0).max(1).default(0.5).describe('CPU use there below this share of the target'),
});
const TITLE = 'Autoscaler’s minimum';

/** What fewer replicas would free: a share of what the workload asks for and costs, as it was at the minimum. */
function impactOf(
  { workloadId }: Autoscaler,
  freedShare: number,
  { workloads, toMonth, hoursCovered }: Spend,
): Partial<Impact> {
  const own = workloadId === undefined ? undefined : workloads.get(workloadId);
  if (!own || hoursCovered === 0) return {};
  return {
    usdPerMonth: own.pricedHours > 0 && toMonth !== null ? own.usd * toMonth * freedShare : null,
    freedCpuCores: (own.cpuRequestCoreHours / hoursCovered) * freedShare,
    freedMemoryBytes: (own.memoryRequestGibHours / hoursCovered) * GIB * freedShare,
  };
}

export const hpaIdleMin = defineRule({
  id: 'autoscaling/hpa-idle-min',
  title: 'Autoscaler’s minimum above need',
  severity: 'warning',
  ledger: 'count',
  needs: { autoscalers, spend },
  parameters,
  *evaluate({ facts, parameters: { share: leastShare, useShare }, window }): Iterable<Evaluation> {
    for (const one of facts.autoscalers) {
      const { subject, spec, hours, tooLittle, cpuTargetPercent: target } = one;
      const share = shareOf(hours, (hour) => hour.atMin);
      const percent = meanCpuPercent(one, (hour) => hour.atMin > 0);
      const evidence = evidenceOf(historyOf(hours, window));
      const atMinimum = `at its minimum for ${Math.round(share * 100)} % of the time`;
      if (spec.minReplicas <= 1)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it is ${spec.minReplicas} already` };
      else if (spec.maxReplicas === spec.minReplicas)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it holds ${spec.maxReplicas} replicas on purpose` };
      else if (tooLittle) yield { state: 'insufficient-data', subject, title: `${TITLE}: ${tooLittle}` };
      else if (share < leastShare) yield { state: 'ok', subject, title: `It was ${atMinimum}` };
      else if (target === null || percent === undefined)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: it was ${atMinimum}, but use of its metric is not known`,
        };
      else if (percent >= target * useShare)
        yield { state: 'ok', subject, title: `It was ${atMinimum}, at ${Math.round(percent)} % CPU of ${target} %` };
      else {
        const minReplicas = Math.max(1, Math.ceil((spec.minReplicas * percent) / target));
        yield {
          state: 'finding',
          subject,
          title: `${spec.minReplicas} replicas at ${Math.round(percent)} % CPU, target ${target} %: ${atMinimum}`,
          evidence: [
            evidence('time at the minimum', Math.round(share * 1000) / 10, '%', hours.length),
            evidence('CPU use at the minimum, of the request', percent, '%', hours.length),
            evidence('target', target, '%'),
          ],
          impact: impactOf(one, 1 - minReplicas / spec.minReplicas, facts.spend),
          confidence: {
            value: 0.8,
            why: 'the mean over the hours at the minimum; it scales out where a peak needs more',
          },
          recommendation: {
            summary: `Let it go down to ${minReplicas} replicas.`,
            risk:
              minReplicas === 1
                ? 'With one replica a drain is an outage.'
                : 'A sudden peak waits for new replicas to start.',
            patches: [objectPatch('autoscaling/v2', subject, { spec: { minReplicas } })],
            backtest: null,
          },
        };
      }
    }
  },
});
