import { z } from 'zod';
import type { Evaluation } from '../../model/finding.js';
import { SYSTEM_NAMESPACES, selects } from '../../model/posture.js';
import { objectPatch } from '../../recommend/posture-patch.js';
import { counted, evidenceOf, posture } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const TITLE = 'Network policy';

/** Lets a namespace's pods talk to each other and nobody else to them: a start that is then opened where needed. */
function sameNamespace(namespace: string) {
  const spec = { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] };
  const key = { kind: 'NetworkPolicy', namespace, name: 'allow-same-namespace' };
  return objectPatch('networking.k8s.io/v1', key, { spec });
}

export const noNetworkPolicy = defineRule({
  id: 'security/no-network-policy',
  title: 'Namespace without a network policy',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters: z.object({}),
  *evaluate({ facts: { posture: facts }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    const here = (one: { cluster: string; namespace: string }, subject: { cluster: string; name: string }) =>
      one.cluster === subject.cluster && one.namespace === subject.name;
    const withPods = new Map(
      facts.pods.map(({ cluster, namespace }) => [`${cluster}/${namespace}`, { cluster, name: namespace }]),
    );
    const named = facts.objects('Namespace').map(({ cluster, name }) => ({ cluster, name }));
    const all = new Map([...withPods, ...named.map((one) => [`${one.cluster}/${one.name}`, one] as const)]);
    for (const { cluster, name } of all.values()) {
      const subject = { kind: 'Namespace', cluster, name };
      const pods = facts.pods.filter((pod) => here(pod, subject));
      const policies = facts.objects('NetworkPolicy').filter((policy) => here(policy, subject));
      const selected = pods.filter((pod) => policies.some(({ spec }) => selects(spec.selector, pod.labels)));
      const missing = facts.notListed(cluster, 'NetworkPolicy', 'Pod');
      if (SYSTEM_NAMESPACES.has(name)) yield { state: 'not-applicable', subject, title: `${TITLE}: the cluster’s own` };
      else if (selected.length > 0)
        yield {
          state: 'ok',
          subject,
          title: `A network policy selects ${selected.length} of ${counted(pods.length, 'pod')}`,
        };
      else if (missing)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: ${missing} could not be listed` };
      else if (pods.length === 0) yield { state: 'not-applicable', subject, title: `${TITLE}: it has no pods` };
      else
        yield {
          state: 'finding',
          subject,
          title: `No network policy selects any of its ${counted(pods.length, 'pod')}`,
          evidence: [evidence('pods', pods.length), evidence('network policies', policies.length)],
          confidence: { value: 0.9, why: 'policies of the network plugin’s own kinds are not read' },
          recommendation: {
            summary:
              'Begin with a policy that lets the namespace’s pods talk to each other, then open what else is needed.',
            risk: 'Traffic from other namespaces (ingress controllers, scrapers, operators) stops until it is allowed.',
            patches: [sameNamespace(name)],
            backtest: null,
          },
        };
    }
  },
});
