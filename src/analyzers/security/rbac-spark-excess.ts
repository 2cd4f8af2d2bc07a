import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import type { ObjectSpec } from '../../model/posture.js';
import { sparkRole } from '../../recommend/posture-patch.js';
import { evidenceOf, listText, type Posture, posture } from '../derived/posture.js';
import { bindingsOf, isBootstrap, reaches, rightsOf } from '../derived/rights.js';
import { defineRule } from '../rule.js';

/** What a driver makes and deletes (Spark 3.5 and 4.0, running-on-kubernetes: RBAC); reading logs and states of pods is part of it. */
const SPARK_RESOURCES = new Set([
  'pods',
  'pods/log',
  'pods/status',
  'services',
  'configmaps',
  'persistentvolumeclaims',
]);
const TITLE = 'Rights of a Spark driver';

interface Account {
  cluster: string;
  namespace: string;
  name: string;
  families: string[];
}

function accountsOf(facts: Posture): Account[] {
  const accounts = new Map<string, Account>();
  for (const { row, spark, there, roles } of facts.workloads) {
    const driver = roles.find(({ role }) => role === 'driver');
    if (!driver || !spark || !there) continue;
    const { cluster, namespace } = row;
    const name = driver.posture.serviceAccount;
    const key = `${cluster}/${namespace}/${name}`;
    const known = accounts.get(key) ?? { cluster, namespace, name, families: [] };
    accounts.set(key, { ...known, families: [...known.families, row.name] });
  }
  return [...accounts.values()];
}

function excessOf(rights: ObjectSpec<'Role'>['rights']): string[] {
  return rights.flatMap(({ groups, resources, verbs }) =>
    resources
      .filter((resource) => !SPARK_RESOURCES.has(resource) || !groups.some((group) => group === '' || group === '*'))
      .map((resource) => `${verbs.join(',')} ${resource}`),
  );
}

function excess(account: Account, facts: Posture): { excess: string[]; unread: string[] } {
  const found = { excess: [] as string[], unread: [] as string[] };
  for (const binding of bindingsOf(facts, account.cluster)) {
    if (isBootstrap(binding.object) || !reaches(binding, account)) continue;
    const { name, namespace, spec } = binding.object;
    const rights = rightsOf(facts, account.cluster, binding);
    const own = binding.kind === 'RoleBinding' && namespace === account.namespace;
    if (!rights) found.unread.push(`${spec.role.kind} ${spec.role.name}`);
    else if (own) found.excess.push(...excessOf(rights));
    else if (rights.length > 0)
      found.excess.push(`${spec.role.name} ${namespace ? `in ${namespace}` : 'in every namespace'} (${name})`);
  }
  return found;
}

export const rbacSparkExcess = defineRule({
  id: 'security/rbac-spark-excess',
  title: 'Spark driver with more rights than it needs',
  severity: 'warning',
  ledger: null,
  needs: { posture },
  parameters: z.object({}),
  *evaluate({ facts: { posture: facts }, window }): Iterable<Evaluation> {
    const evidence = evidenceOf(window);
    for (const account of accountsOf(facts)) {
      const { cluster, namespace, name, families } = account;
      const subject: Subject = { kind: 'ServiceAccount', cluster, namespace, name };
      const found = excess(account, facts);
      const missing = facts.notListed(cluster, 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding');
      if (found.excess.length > 0)
        yield {
          state: 'finding',
          subject,
          title: `Drivers may do more than Spark needs: ${listText(found.excess, 3)}`,
          evidence: [
            evidence('beyond Spark’s own', listText(found.excess, 10)),
            evidence('used by', listText(families)),
          ],
          confidence: { value: 0.9, why: 'its bindings say so; a job may use these rights on purpose' },
          recommendation: {
            summary: 'Bind the account to a role with what Spark needs in its own namespace, and to nothing else.',
            risk: 'A job that talks to the API server itself loses that right.',
            patches: [sparkRole({ namespace, name: `${name}-spark-driver` })],
            backtest: null,
          },
        };
      else if (missing)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: ${missing} could not be listed` };
      else if (found.unread.length > 0)
        yield { state: 'insufficient-data', subject, title: `${TITLE}: ${listText(found.unread)} does not exist` };
      else yield { state: 'ok', subject, title: 'It may do no more than Spark needs' };
    }
  },
});
