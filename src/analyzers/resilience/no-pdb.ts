import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { selects } from '../../model/posture.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { stableLabels } from '../derived/labels.js';
import { evidenceOf, notJudged, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  replicas: z.int().min(2).default(2).describe('replicas from which a workload is judged'),
});
const TITLE = 'Disruption budget';
const KINDS = new Set(['Deployment', 'StatefulSet']);

export const noPdb = defineRule({
  id: 'resilience/no-pdb',
  title: 'No PodDisruptionBudget',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters,
  *evaluate({ facts: { posture: facts }, parameters: { replicas }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const workload of facts.workloads) {
      const { subject, row, roles } = workload;
      if (!KINDS.has(row.kind)) continue;
      const labels = roles[0]?.posture.labels;
      const budget =
        labels &&
        facts
          .objects('PodDisruptionBudget')
          .filter(({ cluster, namespace }) => cluster === row.cluster && namespace === row.namespace)
          .find(({ spec }) => spec.selector !== null && selects(spec.selector, labels));
      const not = notJudged(workload, TITLE);
      if (not) yield not;
      else if (row.replicas === null || !labels)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: its replicas or labels were not read` };
      else if (row.replicas < replicas)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it has ${row.replicas} replicas` };
      else if (budget) yield { state: 'ok', subject, title: `${budget.name} protects it` };
      else if (facts.notListed(row.cluster, 'PodDisruptionBudget'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: budgets could not be listed` };
      else
        yield {
          state: 'finding',
          subject,
          title: `No PodDisruptionBudget selects its ${row.replicas} replicas: a drain may take all at once`,
          evidence: [evidence('replicas', row.replicas)],
          confidence: { value: 0.95, why: 'every budget of its namespace was compared with its pods’ labels' },
          recommendation: {
            summary: 'Let a drain take one replica at a time.',
            risk: 'A pod that never becomes ready then blocks the drain of its node.',
            patches: [
              objectPatch(
                'policy/v1',
                { kind: 'PodDisruptionBudget', namespace: row.namespace, name: row.name },
                { spec: { maxUnavailable: 1, selector: { matchLabels: stableLabels(labels) } } },
              ),
            ],
            backtest: null,
          },
        };
    }
  },
});
