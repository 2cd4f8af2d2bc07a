import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { sparkPatch } from '../../recommend/posture-patch.js';
import { evidenceOf } from '../derived/posture.js';
import { isOn, sparkFamilies } from '../derived/spark-families.js';
import { defineRule } from '../rule.js';

const KEY = 'spark.authenticate';

export const sparkAuthOff = defineRule({
  id: 'security/spark-auth-off',
  title: 'Spark without authentication',
  severity: 'warning',
  ledger: null,
  needs: { families: sparkFamilies },
  parameters: z.object({}),
  *evaluate({ facts, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const { workload, conf, from } of facts.families) {
      const { subject, row } = workload;
      if (!conf) {
        yield {
          state: 'insufficient-data',
          subject,
          title: 'Authentication: neither its spec nor an event log was read',
        };
      } else if (conf['spark.master']?.startsWith('local')) {
        yield { state: 'not-applicable', subject, title: 'Authentication: it runs in one process' };
      } else if (isOn(conf, KEY)) {
        yield { state: 'ok', subject, title: 'Its processes authenticate each other' };
      } else {
        const change = { [KEY]: 'true' };
        yield {
          state: 'finding',
          subject,
          title: `${KEY} is ${conf[KEY] ?? 'not set'}: any pod can talk to its driver and executors`,
          evidence: [evidence(KEY, conf[KEY] ?? 'not set'), evidence('read from', from)],
          confidence: { value: 0.9, why: `the ${from} says so; cluster-wide defaults may set it elsewhere` },
          recommendation: {
            summary: 'Set spark.authenticate; on Kubernetes each application then makes its own secret.',
            patches: [sparkPatch(row, { spec: { sparkConf: change }, conf: change })],
            backtest: null,
          },
        };
      }
    }
  },
});
