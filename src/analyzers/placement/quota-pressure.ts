import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { formatCpuQuantity, formatMemoryQuantity } from '../../model/quantity.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { evidenceOf, posture } from '../derived/posture.js';
import { quotaUses } from '../derived/quotas.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  share: z.number().min(0).max(1).default(0.9).describe('used share of any resource from which it presses'),
});
/** Room after a raise: used is then this share of hard. */
const TARGET_SHARE = 0.75;

function quantityText(resource: string, value: number): string {
  if (/cpu$/.test(resource)) return formatCpuQuantity(value);
  if (/(memory|storage)$/.test(resource)) return formatMemoryQuantity(value);
  return String(Math.ceil(value));
}

export const quotaPressure = defineRule({
  id: 'placement/quota-pressure',
  title: 'Quota nearly used up',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters,
  *evaluate({ facts: { posture: facts }, parameters: { share }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const quota of facts.objects('ResourceQuota')) {
      const { cluster, namespace, name } = quota;
      const subject = { kind: 'ResourceQuota', cluster, namespace, name };
      const uses = quotaUses(quota.spec);
      const tight = uses.filter((use) => use.share >= share).sort((a, b) => b.share - a.share);
      if (uses.length === 0) yield { state: 'insufficient-data', subject, title: 'Quota: its use is not known yet' };
      else if (tight.length === 0)
        yield {
          state: 'ok',
          subject,
          title: `At most ${Math.round(Math.max(...uses.map((use) => use.share)) * 100)} % of any resource is used`,
        };
      else
        yield {
          state: 'finding',
          subject,
          severity: tight.some((use) => use.share >= 1) ? 'critical' : 'warning',
          title: tight.map((use) => `${Math.round(use.share * 100)} % of ${use.resource} is used`).join(', '),
          evidence: tight.map((use) =>
            evidence(
              use.resource,
              `${quantityText(use.resource, use.used)} of ${quantityText(use.resource, use.hard)}`,
            ),
          ),
          confidence: { value: 0.95, why: 'the quota’s own status' },
          recommendation: {
            summary: 'Lower requests that are too large first; else raise the quota before pods are refused.',
            risk: 'A higher quota lets the namespace cost more.',
            patches: [
              objectPatch('v1', subject, {
                spec: {
                  hard: Object.fromEntries(
                    tight.map(({ resource, used }) => [resource, quantityText(resource, used / TARGET_SHARE)]),
                  ),
                },
              }),
            ],
            backtest: null,
          },
        };
    }
  },
});
