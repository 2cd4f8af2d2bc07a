import { z } from 'zod';
import type { Evaluation, Patch } from '../../model/finding.js';
import { selects } from '../../model/posture.js';
import { objectPatch, targetOf } from '../../recommend/posture-patch.js';
import { evidenceOf, notJudged, type Posture, posture, type WorkloadPosture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const TITLE = 'One replica';
const KINDS = new Set(['Deployment', 'StatefulSet']);

function serviceOf({ row, roles }: WorkloadPosture, facts: Posture): string | undefined {
  const labels = roles[0]?.posture.labels ?? {};
  return facts
    .objects('Service')
    .filter(({ cluster, namespace }) => cluster === row.cluster && namespace === row.namespace)
    .find(
      ({ spec }) =>
        Object.keys(spec.selector).length > 0 && selects({ matchLabels: spec.selector, matchExpressions: [] }, labels),
    )?.name;
}

/** A Deployment's replicas share a volume that most disks let one node mount: it cannot simply have two. */
function patchOf({ row }: WorkloadPosture, holdsVolume: boolean): Patch {
  if (row.kind === 'Deployment' && holdsVolume)
    return {
      format: 'text',
      target: targetOf(row),
      content: 'Make it a StatefulSet whose replicas replicate their data, or keep the data in a service that does.',
    };
  return objectPatch('apps/v1', row, { spec: { replicas: 2 } });
}

export const singleReplica = defineRule({
  id: 'resilience/single-replica',
  title: 'Service with a single replica',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters: z.object({}),
  *evaluate({ facts: { posture: facts }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const workload of facts.workloads) {
      const { subject, row, roles } = workload;
      if (!KINDS.has(row.kind)) continue;
      const not = notJudged(workload, TITLE);
      const service = serviceOf(workload, facts);
      const holdsVolume = roles.some(({ posture: own }) => own.holdsVolume);
      if (not) yield not;
      else if (row.replicas === null || roles.length === 0)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: its replicas or its template were not read` };
      else if (row.replicas === 0) yield { state: 'not-applicable', subject, title: `${TITLE}: it is scaled to zero` };
      else if (row.replicas > 1) yield { state: 'ok', subject, title: `It has ${row.replicas} replicas` };
      else if (service || holdsVolume)
        yield {
          state: 'finding',
          subject,
          title: `One replica, ${[service && `serving ${service}`, holdsVolume && 'holding a volume'].filter(Boolean).join(' and ')}`,
          evidence: [
            evidence('replicas', 1),
            evidence('service', service ?? 'none'),
            evidence('volume', holdsVolume ? 'yes' : 'no'),
          ],
          confidence: { value: 0.9, why: 'its spec, and the selectors of its namespace’s services' },
          recommendation: {
            summary: 'Run two, so that a drain, an eviction or a crash is no outage.',
            risk: 'A program that keeps state in memory or locks its files must be able to run twice.',
            patches: [patchOf(workload, holdsVolume)],
            backtest: null,
          },
        };
      else if (facts.notListed(row.cluster, 'Service'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: services could not be listed` };
      else yield { state: 'not-applicable', subject, title: `${TITLE}: it serves nobody and holds no volume` };
    }
  },
});
