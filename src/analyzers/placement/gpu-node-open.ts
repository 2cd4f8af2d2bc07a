import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { SYSTEM_NAMESPACES } from '../../model/posture.js';
import type { LiveNode } from '../../store/posture.js';
import { counted, evidenceOf, listText, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const TITLE = 'GPU node kept for GPU work';

/** A taint of a node's passing state (not ready, cordoned, starting) keeps nobody off for good. */
function keepsOff({ taints }: LiveNode): boolean {
  const passing =
    /^(node\.kubernetes\.io|node\.cloudprovider\.kubernetes\.io)\/|^(karpenter\.sh\/(unregistered|disrupted|disruption)|ToBeDeletedByClusterAutoscaler|DeletionCandidateOfClusterAutoscaler)/;
  return taints.some(({ key, effect }) => effect !== 'PreferNoSchedule' && !passing.test(key));
}

export const gpuNodeOpen = defineRule({
  id: 'placement/gpu-node-open',
  title: 'GPU node open to CPU work',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters: z.object({}),
  *evaluate({ facts: { posture: facts }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const ofNode = new Set(
      facts.workloads.filter(({ row }) => row.kind === 'DaemonSet' || row.kind === 'Node').map(({ row }) => row.id),
    );
    for (const node of facts.nodes) {
      const subject = { kind: 'Node', cluster: node.cluster, name: node.name };
      const guests = facts.pods.filter(
        (pod) =>
          pod.cluster === node.cluster &&
          pod.node === node.name &&
          pod.gpus === 0 &&
          !ofNode.has(pod.workloadId) &&
          !SYSTEM_NAMESPACES.has(pod.namespace),
      );
      if (node.gpus === 0) yield { state: 'not-applicable', subject, title: `${TITLE}: it has no GPU` };
      else if (keepsOff(node)) yield { state: 'ok', subject, title: 'A taint keeps CPU work off' };
      else if (guests.length > 0)
        yield {
          state: 'finding',
          subject,
          title: `No taint keeps CPU work off its ${counted(node.gpus, 'GPU')}: it holds ${counted(guests.length, 'CPU pod')}`,
          evidence: [
            evidence('GPUs', node.gpus),
            evidence('pods without a GPU', guests.length),
            evidence(
              'such as',
              listText(
                guests.map(({ namespace, name }) => `${namespace}/${name}`),
                3,
              ),
            ),
          ],
          confidence: { value: 0.95, why: 'its taints and its pods as they are now' },
          recommendation: {
            summary: 'Taint the node group, and let GPU pods tolerate it.',
            risk: 'Pods that run stay; GPU pods without the toleration cannot start any more.',
            patches: [
              {
                format: 'text',
                target: `Node ${node.name}`,
                content: `kubectl taint nodes ${node.name} nvidia.com/gpu=present:NoSchedule`,
              },
            ],
            backtest: null,
          },
        };
      else if (facts.notListed(node.cluster, 'Pod'))
        yield { state: 'insufficient-data', subject, title: `${TITLE}: pods could not be listed` };
      else yield { state: 'ok', subject, title: 'It has no taint, but no CPU pod is on it' };
    }
  },
});
