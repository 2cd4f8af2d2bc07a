import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { DAY_MS } from '../../model/window.js';
import { targetOf } from '../../recommend/posture-patch.js';
import { evidenceOf, posture } from '../derived/posture.js';
import { quotaHistory, quotaUses } from '../derived/quotas.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  share: z.number().min(0).max(1).default(0.3).describe('used share that every resource stays below'),
  days: z.number().positive().default(14).describe('for how long, up to the end of the window'),
});
/** A window counts as covered from 95 % (RULES). */
const COVERED = 0.95;

export const quotaSlack = defineRule({
  id: 'placement/quota-slack',
  title: 'Quota far above use',
  severity: 'info',
  ledger: null,
  needs: { posture, history: quotaHistory },
  parameters,
  *evaluate({ facts, parameters: { share, days }, window }): Iterable<Evaluation> {
    const span = { sinceMs: window.untilMs - days * DAY_MS, untilMs: window.untilMs };
    for (const quota of facts.posture.objects('ResourceQuota')) {
      const { cluster, namespace, name, spec } = quota;
      const subject = { kind: 'ResourceQuota', cluster, namespace, name };
      const known = facts.history.days(quota, span);
      const most = Math.max(...known.map((day) => day.share), ...quotaUses(spec).map((use) => use.share));
      if (most >= share)
        yield { state: 'ok', subject, title: `Up to ${Math.round(most * 100)} % of a resource was used` };
      else if (known.length < days * COVERED)
        yield {
          state: 'insufficient-data',
          subject,
          title: `Unused quota: read on ${known.length} of the ${days} days it takes`,
        };
      else
        yield {
          state: 'finding',
          subject,
          title: `At most ${Math.round(most * 100)} % of any resource was used in ${days} days`,
          evidence: quotaUses(spec).map((use) =>
            evidenceOf(span)(use.resource, Math.round(use.share * 100), '%', known.length),
          ),
          confidence: { value: 0.8, why: 'the quota’s own status on each day; a rare peak may need it' },
          recommendation: {
            summary: 'Halve it: what a namespace may take at most is what others cannot count on.',
            patches: [
              {
                format: 'text',
                target: targetOf(subject),
                content: `kubectl edit resourcequota --namespace ${namespace} ${name}`,
              },
            ],
            backtest: null,
          },
        };
    }
  },
});
