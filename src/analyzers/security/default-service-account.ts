import { driverAccount, executorAccount, podPatch, sparkPatch } from '../../recommend/posture-patch.js';
import { podRule } from './pod-rule.js';

export const defaultServiceAccount = podRule({
  id: 'security/default-service-account',
  title: 'Default service account with a token',
  severity: 'info',
  why: 'the pod names no other account, and neither it nor the account refuses the token',
  judge({ row, roles, spark }, facts) {
    const isDefault = roles.filter(({ posture }) => posture.serviceAccount === 'default');
    if (isDefault.length === 0) return { ok: 'It has a service account of its own' };
    const account = facts
      .objects('ServiceAccount')
      .find(
        ({ cluster, namespace, name }) => cluster === row.cluster && namespace === row.namespace && name === 'default',
      );
    const undecided = isDefault.filter(({ posture }) => posture.automount === null);
    if (undecided.length > 0 && !account && facts.notListed(row.cluster, 'ServiceAccount'))
      return { unknown: 'Token of the default account: service accounts could not be listed' };
    const mounted = isDefault.filter(({ posture }) => posture.automount ?? account?.spec.automount ?? true);
    if (mounted.length === 0) return { ok: 'The default account’s token is not mounted' };
    const roleNames = mounted.map(({ role }) => role).filter((role) => role !== '');
    const accountOf = (role: string) => ({
      namespace: row.namespace,
      name: `${row.name}-spark${role === 'executor' ? '-executor' : ''}`,
    });
    return {
      found: `Uses the default service account with its token${roleNames.length > 0 ? ` (${roleNames.join(', ')})` : ''}`,
      evidence: [['service account', 'default']],
      summary: spark
        ? 'Give the driver a service account of its own with the rights that Spark needs, and executors one with none.'
        : 'Do not mount the token, or give it a service account of its own if it talks to the API server.',
      risk: 'A program that talks to the API server loses that right: check before.',
      patch: spark
        ? sparkPatch(row, {
            spec: Object.fromEntries(roleNames.map((role) => [role, { serviceAccount: accountOf(role).name }])),
            conf: Object.fromEntries(
              roleNames.map((role) => [
                `spark.kubernetes.authenticate.${role}.serviceAccountName`,
                accountOf(role).name,
              ]),
            ),
          })
        : podPatch(row, { automountServiceAccountToken: false }),
      needed: spark
        ? roleNames.flatMap((role) =>
            role === 'executor' ? executorAccount(accountOf(role)) : driverAccount(accountOf(role)),
          )
        : [],
    };
  },
});
