import type { ListedKind, PodScheduling } from '../../../src/model/posture.js';
import { GIB } from '../../../src/model/quantity.js';
import { DAY_MS } from '../../../src/model/window.js';
import type { NodeRecord } from '../../../src/store/kubernetes.js';
import { noteListed, putObject } from '../../../src/store/posture-write.js';
import { Fleet, type TestPod } from '../../support/fleet.js';

const UNTIL = Date.parse('2021-05-31T00:00:00Z');
export const WINDOW = { sinceMs: UNTIL - 4 * DAY_MS, untilMs: UNTIL };
export const HOURS = 96;

interface OnNode {
  /** Of 8 cores; the memory of 32 GiB is asked for in the same share. */
  cores: number;
  /** By hour; by default as much as it asks for. */
  use?: (hour: number) => number | undefined;
  kind?: string;
  scheduling?: Partial<PodScheduling>;
  role?: TestPod['role'];
  gpus?: number;
  /** It ran and is not there any more. */
  ended?: boolean;
}

/** A cluster whose pods each belong to a workload of their own, `<node>-<n>`. */
export function cluster(
  nodes: Record<string, { pods?: readonly OnNode[]; node?: Partial<NodeRecord> }>,
  forbidden: readonly ListedKind[] = [],
): Fleet {
  const fleet = new Fleet(WINDOW).prices();
  const here = { cluster: 'test', labels: {}, createdMs: null, nowMs: UNTIL };
  for (const kind of ['Pod', 'Node', 'PodDisruptionBudget', 'PersistentVolumeClaim'] as const)
    noteListed(fleet.db, { cluster: 'test', kind, whole: !forbidden.includes(kind), listedMs: UNTIL });
  for (const [name, { pods = [], node = {} }] of Object.entries(nodes)) {
    fleet.node(name, node);
    const extended: Record<string, number> = node.gpuCount ? { 'nvidia.com/gpu': node.gpuCount } : {};
    putObject(fleet.db, {
      ...{ ...here, kind: 'Node' as const, namespace: '', name },
      spec: { doNotDisrupt: false, maxPods: 50, extended },
    });
    for (const [i, pod] of pods.entries()) {
      const { cores, use = () => cores, kind = 'Deployment', scheduling = {}, role, gpus, ended } = pod;
      const own = `${name}-${i}`;
      fleet.workload({
        kind,
        name: own,
        pods: [
          {
            ...{ name: own, node: name, phase: ended ? 'Succeeded' : 'Running' },
            ...(role ? { role } : {}),
            containers: [
              {
                cpuRequestCores: cores,
                memoryRequestBytes: Math.round(cores * 4 * GIB),
                gpuRequest: gpus ?? null,
                use: (hour) => {
                  const cpuCores = use(hour);
                  return cpuCores === undefined ? undefined : { cpuCores, memoryBytes: GIB / 4 };
                },
              },
            ],
          },
        ],
      });
      putObject(fleet.db, {
        ...{ ...here, kind: 'Pod' as const, namespace: 'web', name: own },
        spec: {
          ...{ nodeSelector: {}, nodeTerms: [], tolerations: [], apartFrom: [], hostPorts: [], claims: [] },
          ...{ controlled: true, doNotDisrupt: false, extended: gpus ? { 'nvidia.com/gpu': gpus } : {} },
          ...scheduling,
        },
      });
    }
  }
  return fleet;
}
