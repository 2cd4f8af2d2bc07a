import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { counted, evidenceOf, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  nodes: z
    .int()
    .positive()
    .default(3)
    .describe('least control-plane nodes: etcd keeps its quorum when one of three is lost'),
});
const TITLE = 'Control plane';
const ROLES = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

export const controlPlane = defineRule({
  id: 'resilience/control-plane',
  title: 'Control plane without a quorum to spare',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters,
  *evaluate({ facts: { posture: facts }, parameters: { nodes: least }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const clusters = new Set([
      ...facts.workloads.map(({ row }) => row.cluster),
      ...facts.nodes.map(({ cluster }) => cluster),
    ]);
    for (const cluster of clusters) {
      const subject = { kind: 'Cluster', cluster, name: cluster };
      const own = facts.nodes.filter((node) => node.cluster === cluster && ROLES.some((role) => role in node.labels));
      if (facts.notListed(cluster, 'Node'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: nodes could not be listed` };
      else if (own.length === 0)
        yield { state: 'not-applicable', subject, title: `${TITLE}: it is not visible, as with a managed one` };
      else if (own.length >= least) yield { state: 'ok', subject, title: `${own.length} control-plane nodes` };
      else
        yield {
          state: 'finding',
          subject,
          title: `${counted(own.length, 'control-plane node')}: with one lost, the cluster cannot be changed any more`,
          evidence: [evidence('control-plane nodes', own.length)],
          confidence: { value: 0.9, why: 'nodes with the label of the control plane; etcd may run elsewhere' },
          recommendation: {
            summary: `Add control-plane nodes up to ${least}, in different zones.`,
            patches: [
              { format: 'text', target: `Cluster ${cluster}`, content: 'kubeadm join <endpoint> --control-plane' },
            ],
            backtest: null,
          },
        };
    }
  },
});
