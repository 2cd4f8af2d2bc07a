import { podPatch } from '../../recommend/posture-patch.js';
import { listText, placeOf } from '../derived/posture.js';
import { containerChanges, podRule } from './pod-rule.js';

export const secretInEnv = podRule({
  id: 'security/secret-in-env',
  title: 'Secret in an environment variable',
  severity: 'critical',
  why: 'the name of the variable says secret and it holds a literal',
  judge({ row, roles }) {
    const found = roles.flatMap(({ role, posture }) =>
      posture.containers
        .filter(({ secretEnv }) => secretEnv.length > 0)
        .map(({ name, init, secretEnv }) => ({ role, name, init, secretEnv })),
    );
    if (found.length === 0) return { ok: 'No variable holds a literal secret' };
    const names = found.flatMap(({ secretEnv }) => secretEnv);
    // An empty value is no value to the API server, which refuses both at once otherwise.
    const env = (variables: readonly string[]) =>
      variables.map((name) => ({
        name,
        value: '',
        valueFrom: { secretKeyRef: { name: `${row.name}-secrets`, key: name } },
      }));
    return {
      found: `Literal secret in the environment: ${listText(names)}`,
      evidence: [
        ['variables', listText(names)],
        ['containers', listText(found.map(({ role, name }) => placeOf(role, name)))],
      ],
      summary: `Rotate it, put the new one into the Secret ${row.name}-secrets, and name that instead of the value.`,
      risk: 'Whoever could read the object knows the old value; it stays in revisions and in etcd.',
      patch: podPatch(
        row,
        containerChanges(found, ({ secretEnv }) => ({ env: env(secretEnv) })),
      ),
    };
  },
});
