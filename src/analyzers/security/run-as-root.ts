import { podPatch } from '../../recommend/posture-patch.js';
import { listText, placeOf } from '../derived/posture.js';
import { containerChanges, podRule } from './pod-rule.js';

/** What many images use for their own user; any number above 0 does. */
const SOME_USER = 10001;

export const runAsRoot = podRule({
  id: 'security/run-as-root',
  title: 'Container runs as root',
  severity: 'warning',
  why: 'its security context names user 0',
  judge({ row, roles }) {
    const all = roles.flatMap(({ role, posture }) => posture.containers.map((container) => ({ role, ...container })));
    const root = all.filter((container) => container.runAsUser === 0);
    if (root.length > 0)
      return {
        found: `Runs as user 0: ${listText(root.map(({ role, name }) => placeOf(role, name)))}`,
        evidence: [['containers with user 0', root.length]],
        summary: 'Run it as a user of its own.',
        risk: 'Files that belong to root in the image or on a volume may not be writable: set fsGroup for volumes.',
        patch: podPatch(
          row,
          containerChanges(root, () => ({ securityContext: { runAsUser: SOME_USER, runAsNonRoot: true } })),
        ),
      };
    const open = all.filter((container) => container.runAsUser === null && container.runAsNonRoot !== true);
    if (open.length === 0) return { ok: 'No container runs as root' };
    const names = listText(open.map(({ role, name }) => placeOf(role, name)));
    return { unknown: `User of the container: the image decides (${names}); runAsNonRoot would settle it` };
  },
});
