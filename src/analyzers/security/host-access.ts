import { podPatch } from '../../recommend/posture-patch.js';
import { listText } from '../derived/posture.js';
import { podRule } from './pod-rule.js';

export const hostAccess = podRule({
  id: 'security/host-access',
  title: 'Access to the host',
  severity: 'critical',
  why: 'the pod names it in its spec',
  judge({ row, roles }) {
    const namespaces = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) =>
      roles.some(({ posture }) => posture[name]),
    );
    const paths = roles.flatMap(({ posture }) => posture.hostPaths);
    if (namespaces.length === 0 && paths.length === 0) return { ok: 'Its pods see nothing of the host' };
    const parts = [...namespaces, ...(paths.length > 0 ? [`hostPath ${listText(paths)}`] : [])];
    const change = Object.fromEntries(namespaces.map((name) => [name, false]));
    const target = `${row.kind} ${row.namespace}/${row.name}`;
    return {
      found: `Reaches the host: ${parts.join(', ')}`,
      evidence: [
        ['namespaces of the host', listText(namespaces) || 'none'],
        ['paths of the host', listText(paths) || 'none'],
      ],
      summary: 'Leave the host to DaemonSets: use the pod network, and a PersistentVolumeClaim or emptyDir for files.',
      risk: 'Files under the host path are not copied.',
      patch:
        namespaces.length > 0
          ? podPatch(row, change)
          : {
              format: 'text',
              target,
              content: `Replace the hostPath volumes (${listText(paths)}) by claims or emptyDir.`,
            },
    };
  },
});
