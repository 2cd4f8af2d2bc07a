import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/model/quantity.js';
import { mayRun, type PackNode, type PackPod, packAway } from '../../src/recommend/packing.js';

const ANYWHERE: PackPod['scheduling'] = {
  nodeSelector: {},
  nodeTerms: [],
  tolerations: [],
  apartFrom: [],
  hostPorts: [],
  claims: [],
  controlled: true,
  doNotDisrupt: false,
  extended: {},
};

function node(name: string, part: Partial<PackNode> = {}): PackNode {
  return {
    ...{ name, labels: { 'topology.kubernetes.io/zone': 'a' }, taints: [], maxPods: 10, spot: false },
    ...{ cpuCores: 4, memoryBytes: 16 * GIB, extended: {}, reserve: { cpuCores: 0, memoryBytes: 0 } },
    ...part,
  };
}

function pod(
  name: string,
  on: string,
  { scheduling, ...part }: Partial<Omit<PackPod, 'scheduling'>> & { scheduling?: Partial<PackPod['scheduling']> } = {},
): PackPod {
  return {
    ...{ namespace: 'web', name, node: on, labels: { app: 'api' }, zones: [], ofNode: false, blocked: undefined },
    ...{ cpuCores: 1, memoryBytes: GIB, extended: {}, scheduling: { ...ANYWHERE, ...scheduling } },
    ...part,
  };
}

/** Names of the nodes that could go. */
function gone(nodes: readonly PackNode[], pods: readonly PackPod[], candidates = nodes.map(({ name }) => name)) {
  return packAway(nodes, pods, new Set(candidates))
    .filter(({ moves }) => moves)
    .map(({ node: name }) => name);
}

describe('packing nodes away', () => {
  it('takes the emptiest first and keeps what the others need', () => {
    const pods = [pod('a', 'n1'), pod('b', 'n2'), pod('c', 'n2'), pod('d', 'n3'), pod('e', 'n3'), pod('f', 'n3')];
    // Six cores do not fit on one node of four.
    expect(gone([node('n1'), node('n2'), node('n3')], pods)).toEqual(['n1']);
  });

  it('moves a pod once and never onto a node that goes', () => {
    const removals = packAway(
      [node('n1'), node('n2'), node('n3')],
      [pod('a', 'n1'), pod('b', 'n2'), pod('c', 'n3')],
      new Set(['n1', 'n2', 'n3']),
    );
    const left = removals.filter(({ moves }) => !moves).map((removal) => removal.node);
    expect(left).toHaveLength(1);
    expect(removals.flatMap(({ moves }) => (moves ?? []).map(({ to }) => to)).at(-1)).toBe(left[0]);
  });

  it('leaves all as it was where only some pods of a node find a place', () => {
    const pods = [pod('a', 'n1'), pod('b', 'n1', { cpuCores: 2 }), pod('c', 'n2', { cpuCores: 2 })];
    const removals = packAway([node('n1'), node('n2')], pods, new Set(['n1']));
    expect(removals).toEqual([{ node: 'n1', moves: undefined, why: 'web/a fits on no other node' }]);
  });

  it.each<[string, PackPod, Partial<PackNode>]>([
    ['memory', pod('a', 'n1', { memoryBytes: 17 * GIB }), {}],
    ['a taint', pod('a', 'n1'), { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }],
    ['a selector', pod('a', 'n1', { scheduling: { nodeSelector: { arch: 'arm64' } } }), { labels: { arch: 'amd64' } }],
    ['the zone of its volume', pod('a', 'n1', { zones: ['b'] }), {}],
    ['room for pods', pod('a', 'n1'), { maxPods: 0 }],
    ['a device', pod('a', 'n1', { extended: { 'nvidia.com/gpu': 1 } }), {}],
    ['what the window needed at most', pod('a', 'n1'), { reserve: { cpuCores: 3.5, memoryBytes: 0 } }],
    ['spot', pod('a', 'n1'), { spot: true }],
  ])('is kept back by %s', (_, own, other) => {
    expect(gone([node('n1'), node('n2', other)], [own], ['n1'])).toEqual([]);
  });

  it('is kept back by anti-affinity, whichever pod asks for it, and by a host port', () => {
    const apartFrom = [
      { selector: { matchLabels: { app: 'api' }, matchExpressions: [] }, topologyKey: 'kubernetes.io/hostname' },
    ];
    const nodes = [node('n1'), node('n2')];
    expect(gone(nodes, [pod('a', 'n1', { scheduling: { apartFrom } }), pod('b', 'n2')], ['n1'])).toEqual([]);
    expect(gone(nodes, [pod('a', 'n1'), pod('b', 'n2', { scheduling: { apartFrom } })], ['n1'])).toEqual([]);
    const hostPorts = [80];
    const ports = [pod('a', 'n1', { scheduling: { hostPorts } }), pod('b', 'n2', { scheduling: { hostPorts } })];
    expect(gone(nodes, ports, ['n1'])).toEqual([]);
    expect(gone(nodes, [pod('a', 'n1'), pod('b', 'n2')], ['n1'])).toEqual(['n1']);
  });

  it('is kept back by a pod that may not be moved, not by one that goes with the node', () => {
    const nodes = [node('n1'), node('n2')];
    expect(packAway(nodes, [pod('a', 'n1', { blocked: 'is held' })], new Set(['n1']))[0]?.why).toBe('web/a is held');
    expect(gone(nodes, [pod('a', 'n1', { ofNode: true, cpuCores: 99 })], ['n1'])).toEqual(['n1']);
  });

  it('lets spot pods move to on-demand nodes', () => {
    expect(gone([node('n1', { spot: true }), node('n2')], [pod('a', 'n1')], ['n1'])).toEqual(['n1']);
  });
});

describe('where a pod may run', () => {
  const gpu = node('g', {
    taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }],
    labels: { size: '8', arch: 'amd64' },
  });
  const toleration = (part: object) => ({
    tolerations: [{ key: 'gpu', operator: 'Equal', value: 'true', effect: 'NoSchedule', ...part }],
  });
  const all = toleration({});
  it.each<[Partial<PackPod['scheduling']>, boolean]>([
    [{}, false],
    [all, true],
    [toleration({ value: 'false' }), false],
    [toleration({ operator: 'Exists', value: null }), true],
    [toleration({ effect: 'NoExecute' }), false],
    [toleration({ effect: null }), true],
    [toleration({ key: null, operator: 'Exists', value: null, effect: null }), true],
    [{ ...all, nodeTerms: [[{ key: 'size', operator: 'Gt', values: ['7'] }]] }, true],
    [{ ...all, nodeTerms: [[{ key: 'size', operator: 'Lt', values: ['8'] }]] }, false],
    [{ ...all, nodeTerms: [[{ key: 'zone', operator: 'Exists', values: [] }], []] }, true],
    [{ ...all, nodeTerms: [[{ key: 'arch', operator: 'NotIn', values: ['amd64'] }]] }, false],
    [{ ...all, nodeTerms: [[{ key: 'metadata.name', operator: 'In', values: ['g'] }]] }, true],
  ])('%o on a tainted node: %s', (scheduling, expected) => {
    expect(mayRun(pod('a', 'n1', { scheduling }), gpu)).toBe(expected);
  });
});
