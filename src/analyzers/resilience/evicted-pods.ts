import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatTime } from '../../model/window.js';
import { targetOf } from '../../recommend/posture-patch.js';
import type { DisruptedPod } from '../../store/posture.js';
import { disruptions } from '../derived/disruptions.js';
import { counted, evidenceOf, listText, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const TITLE = 'Evictions';

/** What to do against each reason (Kubernetes: node-pressure eviction, preemption, DisruptionTarget). */
function adviceOf(pods: readonly DisruptedPod[]): string {
  const text = pods.map(({ reason, message }) => `${reason} ${message ?? ''}`).join(' ');
  if (/ephemeral-storage|DiskPressure/i.test(text)) return 'Ask for ephemeral storage, or spill and log to a volume.';
  if (/memory/i.test(text)) return 'Set the memory request to what it uses: pods above their request go first.';
  if (/preempt/i.test(text)) return 'Give it a priority class of its own, or capacity of its own.';
  return 'Let a PodDisruptionBudget pace drains, and let it end within its grace period.';
}

export const evictedPods = defineRule({
  id: 'resilience/evicted-pods',
  title: 'Evicted or preempted pods',
  severity: 'warning',
  ledger: null,
  needs: { posture, disruptions },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const { row, subject, system } of facts.posture.workloads) {
      const pods = facts.disruptions.get(row.id) ?? [];
      const reasons = new Map<string, number>();
      for (const { reason } of pods) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      const last = pods.reduce((latest, pod) => Math.max(latest, pod.atMs), 0);
      if (system) yield { state: 'not-applicable', subject, title: `${TITLE}: a part of the cluster itself` };
      else if (row.lastSeenMs < window.sinceMs)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it was not there in the window` };
      else if (pods.length > 0)
        yield {
          state: 'finding',
          subject,
          title: `${counted(pods.length, 'pod')} lost: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(', ')}`,
          evidence: [
            evidence('pods', pods.length),
            evidence('last', formatTime(last)),
            evidence(
              'in the API’s words',
              listText(pods.map(({ message }) => message ?? '').filter(Boolean), 2) || 'none',
            ),
          ],
          confidence: { value: 0.9, why: 'pods that the API still showed; more may have been removed before' },
          recommendation: {
            summary: adviceOf(pods),
            patches: [
              {
                format: 'text',
                target: targetOf(row),
                content: `kubectl describe pod --namespace ${row.namespace} ${pods[0]?.name}`,
              },
            ],
            backtest: null,
          },
        };
      else if (facts.posture.notListed(row.cluster, 'Pod'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: pods could not be listed` };
      else yield { state: 'ok', subject, title: 'No pod that the API still showed was evicted or preempted' };
    }
  },
});
