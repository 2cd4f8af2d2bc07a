import { z } from 'zod';
import type { Evaluation, OtherBody, Subject } from '../../model/finding.js';
import { SYSTEM_NAMESPACES } from '../../model/posture.js';
import type { StoredObject } from '../../store/posture.js';
import { evidenceOf, listText, type Posture, posture } from '../derived/posture.js';
import { bindingsOf, binds, isBootstrap } from '../derived/rights.js';
import { defineRule } from '../rule.js';

type Kind = 'Role' | 'ClusterRole';
const TITLE = 'Wildcard rights';

function isWild({ spec }: StoredObject<Kind>): boolean {
  return spec.rights.some(({ resources, verbs }) => resources.includes('*') && verbs.includes('*'));
}

function subjectText({ kind, namespace, name }: { kind: string; namespace: string | null; name: string }): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

function contentOf(kind: Kind, name: string, namespace: string): string {
  const where = kind === 'Role' ? `--namespace ${namespace} ` : '';
  return [
    `kubectl describe ${kind.toLowerCase()} ${where}${name}`,
    'kubectl auth can-i --list --as <subject>',
    `kubectl create ${kind.toLowerCase()} ${where}${name}-narrow --verb=get,list,watch --resource=<what it uses>`,
  ].join('\n');
}

type Verdict = Omit<OtherBody, 'subject'> | { holders: string[]; bindings: number };

function judge(kind: Kind, role: StoredObject<Kind>, facts: Posture): Verdict {
  if (isBootstrap(role) || SYSTEM_NAMESPACES.has(role.namespace))
    return { state: 'not-applicable', title: `${TITLE}: the cluster’s own role` };
  if (!isWild(role)) return { state: 'ok', title: 'No rule allows every verb on every resource' };
  const bindings = bindingsOf(facts, role.cluster).filter((binding) => binds(binding, { ...role, kind }));
  const holders = bindings.flatMap(({ object }) => object.spec.subjects.map(subjectText));
  if (holders.length > 0) return { holders, bindings: bindings.length };
  const missing = facts.notListed(role.cluster, 'RoleBinding', 'ClusterRoleBinding');
  if (missing) return { state: 'insufficient-data', title: `${TITLE}: ${missing} could not be listed` };
  return { state: 'ok', title: 'It allows everything, but nobody is bound to it' };
}

export const rbacWildcard = defineRule({
  id: 'security/rbac-wildcard',
  title: 'Role that allows everything',
  severity: 'critical',
  ledger: null,
  needs: { posture },
  parameters: z.object({}),
  *evaluate({ facts: { posture: facts }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const kind of ['Role', 'ClusterRole'] as const)
      for (const role of facts.objects(kind)) {
        const { cluster, namespace, name } = role;
        const subject: Subject = { kind, cluster, ...(namespace ? { namespace } : {}), name };
        const verdict = judge(kind, role, facts);
        if ('state' in verdict) {
          yield { ...verdict, subject };
          continue;
        }
        const { holders, bindings } = verdict;
        yield {
          state: 'finding',
          subject,
          title: `Every verb on every resource, for ${listText(holders, 3)}`,
          evidence: [evidence('bound to', listText(holders)), evidence('bindings', bindings)],
          confidence: { value: 0.95, why: 'a rule of it has * in verbs and in resources' },
          recommendation: {
            summary: 'Name the verbs and resources that its holders use, and bind that instead.',
            risk: 'What is forgotten is refused: compare with the audit log first.',
            patches: [{ format: 'text', target: `${kind} ${name}`, content: contentOf(kind, name, namespace) }],
            backtest: null,
          },
        };
      }
  },
});
