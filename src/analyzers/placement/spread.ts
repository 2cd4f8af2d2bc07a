import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { podPatch } from '../../recommend/posture-patch.js';
import { stableLabels } from '../derived/labels.js';
import { evidenceOf, notJudged, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  replicas: z.int().min(2).default(2).describe('replicas from which a workload is judged'),
});
const TITLE = 'Spread over nodes';
/** Services: what keeps replicas for others. DaemonSets have one pod per node; batch work does not serve. */
const SERVICES = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout', 'InferenceService']);

function constraint(labels: Readonly<Record<string, string>>) {
  const spread = (topologyKey: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: stableLabels(labels) },
  });
  return { topologySpreadConstraints: [spread('kubernetes.io/hostname'), spread('topology.kubernetes.io/zone')] };
}

export const spread = defineRule({
  id: 'placement/spread',
  title: 'All replicas on one node',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters,
  *evaluate({ facts: { posture: facts }, parameters: { replicas }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const workload of facts.workloads) {
      const { subject, row, pods, roles } = workload;
      const not = notJudged(workload, TITLE);
      const nodes = pods.map(({ node }) => node).filter((node) => node !== null);
      const [node] = nodes;
      const isService = SERVICES.has(row.kind);
      const wanted = Math.max(row.replicas ?? 0, pods.length);
      if (not) yield not;
      else if (!isService)
        yield { state: 'not-applicable', subject, title: `${TITLE}: a ${row.kind} keeps no replicas for others` };
      else if (facts.notListed(row.cluster, 'Pod') && pods.length === 0)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: pods could not be listed` };
      else if (wanted < replicas)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it has ${wanted} replicas` };
      else if (nodes.length < replicas)
        yield {
          state: 'insufficient-data',
          subject,
          title: `${TITLE}: only ${nodes.length} of its ${wanted} replicas have a node`,
        };
      else if (new Set(nodes).size > 1)
        yield { state: 'ok', subject, title: `Its ${nodes.length} replicas are on ${new Set(nodes).size} nodes` };
      else if (facts.nodes.filter(({ cluster }) => cluster === row.cluster).length === 1)
        yield { state: 'not-applicable', subject, title: `${TITLE}: the cluster has one node` };
      else
        yield {
          state: 'finding',
          subject,
          title: `All ${nodes.length} replicas are on node ${node}`,
          evidence: [evidence('replicas', nodes.length), evidence('node', node ?? '')],
          confidence: { value: 0.95, why: 'where its pods are now' },
          recommendation: {
            summary: 'Spread the replicas over nodes and zones.',
            risk: 'The constraint holds for new pods: restart the workload to move the ones that run.',
            patches: [podPatch(row, constraint(roles[0]?.posture.labels ?? {}))],
            backtest: null,
          },
        };
    }
  },
});
