import { expect, it } from 'vitest';
import { nodeHold, podScheduling } from '../../../src/collectors/kubernetes/scheduling.js';
import { Node, Pod } from '../../../src/collectors/kubernetes/schema.js';

const CONTAINER = { name: 'app' };

function schedulingOf(metadata: object, spec: object) {
  return podScheduling(Pod.parse({ metadata: { name: 'p', ...metadata }, spec: { containers: [CONTAINER], ...spec } }));
}

it('keeps what keeps a pod off nodes', () => {
  const expressions = [{ key: 'zone', operator: 'In', values: ['a'] }];
  const selector = { matchLabels: { app: 'api' } };
  const spec = {
    nodeSelector: { arch: 'arm64' },
    tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }, { operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] },
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: selector, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
    containers: [
      { ...CONTAINER, ports: [{ hostPort: 80 }, {}], resources: { limits: { 'nvidia.com/gpu': '2', cpu: '1' } } },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-0' } }],
  };
  expect(schedulingOf({ ownerReferences: [{ kind: 'ReplicaSet', name: 'r', controller: true }] }, spec)).toEqual({
    nodeSelector: { arch: 'arm64' },
    nodeTerms: [expressions],
    tolerations: [
      { key: 'gpu', operator: 'Exists', value: null, effect: 'NoSchedule' },
      { key: null, operator: 'Exists', value: null, effect: null },
    ],
    apartFrom: [{ selector: { ...selector, matchExpressions: [] }, topologyKey: 'kubernetes.io/hostname' }],
    hostPorts: [80],
    claims: ['data-0'],
    controlled: true,
    doNotDisrupt: false,
    extended: { 'nvidia.com/gpu': 2 },
  });
});

it.each([
  [{ 'karpenter.sh/do-not-disrupt': 'true' }, true],
  [{ 'karpenter.sh/do-not-evict': 'true' }, true],
  [{ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }, true],
  [{ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }, false],
  [{}, false],
])('a pod annotated %o is to be left alone: %s', (annotations, expected) => {
  expect(schedulingOf({ annotations }, {}).doNotDisrupt).toBe(expected);
});

it('keeps how many pods a node holds, its devices, and that it is to be left alone', () => {
  const node = Node.parse({
    metadata: { name: 'n', annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' } },
    status: {
      allocatable: { cpu: '8', memory: '32Gi', pods: '58', 'nvidia.com/gpu': '1', 'ephemeral-storage': '9Gi' },
    },
  });
  expect(nodeHold(node)).toEqual({ doNotDisrupt: true, maxPods: 58, extended: { 'nvidia.com/gpu': 1 } });
});
