import { podPatch } from '../../recommend/posture-patch.js';
import { listText, placeOf } from '../derived/posture.js';
import { containerChanges, podRule } from './pod-rule.js';

export const privileged = podRule({
  id: 'security/privileged',
  title: 'Privileged container',
  severity: 'critical',
  why: 'the container asks for it in its security context',
  judge({ row, roles }) {
    const found = roles.flatMap(({ role, posture }) =>
      posture.containers.filter((container) => container.privileged).map((container) => ({ role, ...container })),
    );
    if (found.length === 0) return { ok: 'No container is privileged' };
    const names = listText(found.map(({ role, name }) => placeOf(role, name)));
    const change = { securityContext: { privileged: false, allowPrivilegeEscalation: false } };
    return {
      found: `Privileged: ${names}`,
      evidence: [['privileged containers', found.length]],
      summary: 'Run it without privileges; name single capabilities if it needs one.',
      risk: 'What it does to the host fails; move that to a DaemonSet of its own if it must be.',
      patch: podPatch(
        row,
        containerChanges(found, () => change),
      ),
    };
  },
});
