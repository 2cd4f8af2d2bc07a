import { describe, expect, it } from 'vitest';
import { NO_SCHEDULING } from '../../src/analyzers/derived/node-packing.js';
import { NO_LOAD } from '../../src/model/load.js';
import { GIB } from '../../src/model/quantity.js';
import { mayRun, type PackHour, type PackNode, type PackPod } from '../../src/recommend/pack-model.js';
import { packAway } from '../../src/recommend/packing.js';

function node(name: string, part: Partial<PackNode> = {}): PackNode {
  return {
    ...{ name, labels: { 'topology.kubernetes.io/zone': 'a' }, taints: [], maxPods: 10, spot: false },
    ...{ cpuCores: 4, memoryBytes: 16 * GIB, gpus: 0, extended: {}, hours: [] },
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
    ...{ cpuCores: 1, memoryBytes: GIB, gpus: 0, extended: {}, scheduling: { ...NO_SCHEDULING, ...scheduling } },
    ...part,
  };
}

const cores = (cpuCores: number) => ({ ...NO_LOAD, cpuCores });

/** The hours of a day, most of them empty. */
function hours(part: Readonly<Record<number, Partial<PackHour>>>): PackHour[] {
  const none = { reserve: NO_LOAD, visits: NO_LOAD, largest: NO_LOAD };
  return Array.from({ length: 24 }, (_, hour) => ({ ...none, ...part[hour] }));
}

/** A node to which pods of up to two cores come at that hour of each day. */
function visited(name: string, hour: number, cpuCores: number, part: Partial<PackNode> = {}): PackNode {
  const load = cores(cpuCores);
  return node(name, {
    hours: hours({ [hour]: { reserve: load, visits: load, largest: cores(Math.min(2, cpuCores)) } }),
    ...part,
  });
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
    ['what the window needed at most', pod('a', 'n1'), { hours: hours({ 7: { reserve: cores(3.5) } }) }],
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

describe('what comes to a node at an hour of the day', () => {
  it('keeps it where the others have no room at that hour, and says so', () => {
    const [nightly, other] = [visited('n1', 2, 4), node('n2')];
    expect(gone([nightly, other], [], ['n1'])).toEqual(['n1']);
    expect(packAway([nightly, other], [pod('a', 'n2')], new Set(['n1']))).toEqual([
      { node: 'n1', moves: undefined, why: 'what comes to it at 02:00 UTC fits on no other node' },
    ]);
  });

  it('lets it go where they are full at other hours only', () => {
    expect(gone([visited('n1', 2, 4), visited('n2', 14, 4)], [], ['n1'])).toEqual(['n1']);
    expect(gone([visited('n1', 2, 4), visited('n2', 2, 1)], [], ['n1'])).toEqual([]);
  });

  it('merges nodes that are full at different hours, if one has room at all of them', () => {
    const all = [visited('n1', 2, 4), visited('n2', 14, 4), node('n3')];
    expect(gone(all, [])).toEqual(['n1', 'n2']);
    expect(gone([visited('n1', 2, 3), visited('n2', 2, 3), node('n3')], [])).toEqual(['n1']);
  });

  it('leaves no room for pods of other nodes where it went', () => {
    const all = [visited('n1', 2, 4), node('n2', { cpuCores: 2 }), node('n3')];
    const pods = [pod('b', 'n2'), pod('c', 'n3', { memoryBytes: 0, cpuCores: 0 })];
    expect(gone(all, pods, ['n1', 'n2'])).toEqual(['n1']);
  });

  it('is shared by several nodes, but no pod of it is', () => {
    const small = (name: string, cpuCores: number) => node(name, { cpuCores });
    expect(gone([visited('n1', 2, 4), small('n2', 2), small('n3', 2)], [], ['n1'])).toEqual(['n1']);
    expect(gone([visited('n1', 2, 4), small('n2', 2.5), small('n3', 1.5)], [], ['n1'])).toEqual([]);
  });

  it('leaves all as it was where the pods of the node fit and what comes to it does not', () => {
    const all = [visited('n1', 2, 4, { cpuCores: 5 }), node('n2'), node('n3')];
    const pods = [pod('a', 'n1'), pod('c', 'n3', { cpuCores: 3.5 })];
    expect(gone(all, pods, ['n1', 'n3'])).toEqual(['n3']);
  });

  it.each<[string, Partial<PackNode>]>([
    ['a taint that its own node does not have', { taints: [{ key: 'spark', value: null, effect: 'NoSchedule' }] }],
    ['another architecture', { labels: { 'kubernetes.io/arch': 'arm64' } }],
    ['spot', { spot: true }],
  ])('does not go where there is %s', (_, part) => {
    expect(gone([visited('n1', 2, 4), node('n2', part)], [], ['n1'])).toEqual([]);
  });

  it('goes where the taints are those of its own node', () => {
    const taints = [{ key: 'spark', value: 'true', effect: 'NoSchedule' }];
    expect(gone([visited('n1', 2, 4, { taints }), node('n2', { taints })], [], ['n1'])).toEqual(['n1']);
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
