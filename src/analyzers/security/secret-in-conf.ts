import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { targetOf } from '../../recommend/posture-patch.js';
import { evidenceOf, listText } from '../derived/posture.js';
import { sparkFamilies } from '../derived/spark-families.js';
import { defineRule } from '../rule.js';

function contentOf(name: string): string {
  return [
    `kubectl create secret generic ${name}-secrets --from-literal=KEY=<new value>`,
    `spark.kubernetes.driver.secretKeyRef.KEY=${name}-secrets:KEY`,
    `spark.kubernetes.executor.secretKeyRef.KEY=${name}-secrets:KEY`,
    'For S3 use a role of the service account (IRSA, Pod Identity) instead of keys.',
  ].join('\n');
}

export const secretInConf = defineRule({
  id: 'security/secret-in-conf',
  title: 'Secret in a Spark application’s settings',
  severity: 'critical',
  ledger: null,
  needs: { families: sparkFamilies },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const { workload, secrets } of facts.families) {
      const { subject, row } = workload;
      if (secrets === null) {
        yield { state: 'insufficient-data', subject, title: 'Secrets in settings: its spec was not read' };
      } else if (secrets.length === 0) {
        yield { state: 'ok', subject, title: 'Its settings hold no literal secret' };
      } else {
        yield {
          state: 'finding',
          subject,
          title: `Literal secret in ${listText(secrets, 3)}`,
          evidence: [evidence('where', listText(secrets, 10))],
          confidence: {
            value: 0.95,
            why: 'the name says secret and it holds a literal, which is never stored or printed',
          },
          recommendation: {
            summary: 'Rotate it, and let pods read the new one from a Secret or use a role instead.',
            risk: 'Whoever could read the object knows the old value; event logs and driver logs may hold it too.',
            patches: [{ format: 'text', target: targetOf(row), content: contentOf(row.name) }],
            backtest: null,
          },
        };
      }
    }
  },
});
