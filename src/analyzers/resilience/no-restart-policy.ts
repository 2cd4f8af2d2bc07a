import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { sparkPatch } from '../../recommend/posture-patch.js';
import { evidenceOf } from '../derived/posture.js';
import { sparkFamilies } from '../derived/spark-families.js';
import { defineRule } from '../rule.js';

const TITLE = 'Restart policy';
/** Kubeflow's operator: so often, and so long between (s). */
const ON_FAILURE = {
  type: 'OnFailure',
  onFailureRetries: 3,
  onFailureRetryInterval: 30,
  onSubmissionFailureRetries: 3,
};

export const noRestartPolicy = defineRule({
  id: 'resilience/no-restart-policy',
  title: 'Spark application that is never restarted',
  severity: 'warning',
  ledger: null,
  needs: { families: sparkFamilies },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const { workload, restartPolicy, scheduled, streaming } of facts.families) {
      const { subject, row } = workload;
      const why = scheduled ? 'a schedule runs it' : streaming;
      if (row.apiVersion === 'spark.apache.org/v1' || restartPolicy === null) {
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: its spec was not read, or has none of this kind`,
        };
      } else if (!why) {
        yield { state: 'not-applicable', subject, title: `${TITLE}: neither a schedule nor a stream` };
      } else if (restartPolicy !== 'Never') {
        yield { state: 'ok', subject, title: `Its restart policy is ${restartPolicy}` };
      } else {
        const policy = streaming && !scheduled ? { type: 'Always' } : ON_FAILURE;
        yield {
          state: 'finding',
          subject,
          title: `Restart policy Never, and ${why}: a lost driver ends it`,
          evidence: [evidence('restartPolicy', restartPolicy), evidence('why it matters', why)],
          confidence: { value: scheduled ? 0.9 : 0.7, why: 'its spec; a scheduler outside may restart it' },
          recommendation: {
            summary: 'Let the operator run it again when its driver fails.',
            risk: 'A job that is not idempotent writes twice: check what it does when it is run again.',
            patches: [sparkPatch(row, { spec: { restartPolicy: policy }, conf: {} })],
            backtest: null,
          },
        };
      }
    }
  },
});
