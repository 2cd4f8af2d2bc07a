import { z } from 'zod';
import type { Evaluation, Subject } from '../../model/finding.js';
import { GIB } from '../../model/quantity.js';
import { HOURS_PER_MONTH, type Window } from '../../model/window.js';
import { plainSiblings } from '../../spot/shape.js';
import type { InstanceType } from '../../store/prices.js';
import { type NodeGroup, type NodeGroups, nodeGroups } from '../derived/node-groups.js';
import { LEAST_NODE_HOURS } from '../derived/node-packing.js';
import { evidenceOf } from '../derived/posture.js';
import { defineRule } from '../rule.js';

const parameters = z.object({
  fullShare: z
    .number()
    .positive()
    .max(1)
    .default(0.8)
    .describe('an hour counts as full where this share of CPU or of memory is requested'),
  stranded: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('share of the other resource that full hours leave unused, mean over all hours, above which it fires'),
  leastSaving: z.number().min(0).max(1).default(0.1).describe('share of the price that another shape must save'),
});
type Settings = z.infer<typeof parameters>;
const TITLE = 'Node shape';

interface Fill {
  hours: number;
  cpu: number;
  memory: number;
  /** Of the allocatable of the resource that is left over, mean over all node-hours. */
  stranded: number;
}

/**
 * In an hour in which one resource is nearly all promised, what the other has more of than the pods' own mix asks for
 * cannot be filled: the difference of both shares.
 */
function fillOf({ spent }: NodeGroup, { fullShare }: Settings): Fill {
  const pairs = spent.flatMap(({ fullness }) =>
    fullness.cpuShares.map((cpu, i) => [Math.min(1, cpu), Math.min(1, fullness.memoryShares[i] ?? 0)] as const),
  );
  const mean = (figure: (cpu: number, memory: number) => number) =>
    pairs.length > 0 ? pairs.reduce((sum, [cpu, memory]) => sum + figure(cpu, memory), 0) / pairs.length : 0;
  return {
    hours: pairs.length,
    cpu: mean((cpu) => cpu),
    memory: mean((_, memory) => memory),
    stranded: mean((cpu, memory) => (Math.max(cpu, memory) >= fullShare ? Math.abs(cpu - memory) : 0)),
  };
}

interface Option {
  type: InstanceType;
  /** Nodes for the same requests, and their USD per hour together. */
  nodes: number;
  usdPerHour: number | undefined;
}

/** How many nodes of a type the group's requests take, at the fill that the group's fuller resource has now. */
function optionFor(group: NodeGroup, fill: Fill, type: InstanceType, facts: NodeGroups): Option | undefined {
  const { node, rooms } = group;
  const own = facts.types.find(({ name }) => name === node.instanceType);
  if (!own || !facts.isOffered(group, type.name)) return undefined;
  const pods = rooms.flatMap((room) => room.pods);
  const largest = {
    cpu: Math.max(0, ...pods.map(({ cpuCores }) => cpuCores)),
    memory: Math.max(0, ...pods.map(({ memoryBytes }) => memoryBytes)),
  };
  // What a node keeps for itself is taken to be the same amount on another shape.
  const keptCpu = Math.max(0, own.vcpu - (node.cpuAllocatableCores ?? own.vcpu));
  const keptMemory = Math.max(0, own.memoryBytes - (node.memoryAllocatableBytes ?? own.memoryBytes));
  const [cpu, memory] = [type.vcpu - keptCpu, type.memoryBytes - keptMemory];
  if (largest.cpu > cpu || largest.memory > memory) return undefined;
  const most = Math.max(fill.cpu, fill.memory);
  const asked = {
    cpu: fill.cpu * (node.cpuAllocatableCores ?? own.vcpu) * rooms.length,
    memory: fill.memory * (node.memoryAllocatableBytes ?? own.memoryBytes) * rooms.length,
  };
  const nodes = Math.max(1, Math.ceil(Math.max(asked.cpu / cpu, asked.memory / memory) / most - 1e-9));
  const usd = facts.usdPerHour(group, type.name);
  return { type, nodes, usdPerHour: usd === undefined ? undefined : usd * nodes };
}

/** One node stands for its group, so that what is wrong is found where people look for it. */
function subjectOf({ cluster, name, rooms, node }: NodeGroup): Subject {
  return { kind: 'Node', cluster, name: rooms[0]?.live.name ?? node.name, nodeGroup: name };
}

function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}

function findingOf(group: NodeGroup, fill: Fill, best: Option, nowUsd: number | undefined, window: Window): Evaluation {
  const { node, rooms } = group;
  const left = fill.cpu > fill.memory ? 'memory' : 'CPU';
  const saved =
    nowUsd === undefined || best.usdPerHour === undefined ? null : (nowUsd - best.usdPerHour) * HOURS_PER_MONTH;
  const evidence = evidenceOf(window);
  const text = `${best.nodes} × ${best.type.name}`;
  return {
    state: 'finding',
    subject: subjectOf(group),
    title: `${percent(fill.stranded)} % of the ${left} of ${rooms.length} × ${node.instanceType} cannot be filled: ${text} would hold the same`,
    evidence: [
      evidence('CPU requested, mean', percent(fill.cpu), '%', fill.hours),
      evidence('memory requested, mean', percent(fill.memory), '%', fill.hours),
      evidence(`${left} stranded, mean`, percent(fill.stranded), '%', fill.hours),
      evidence('node group', group.name),
      evidence(`${best.type.name}`, `${best.type.vcpu} vCPU, ${Math.round(best.type.memoryBytes / GIB)} GiB`),
      evidence('price now', nowUsd ?? null, 'USD/hour'),
      evidence('price of the better shape', best.usdPerHour ?? null, 'USD/hour'),
    ],
    impact: { usdPerMonth: saved },
    confidence: { value: 0.65, why: 'means of requests; how pods of these sizes fit together was not tried out' },
    recommendation: {
      summary: `Let the group run ${text}, or let Karpenter choose among shapes.`,
      risk: 'Fewer or smaller nodes: what one loss takes down, and the limits of pods, volumes and network of a node, change.',
      patches: [
        {
          format: 'text',
          target: 'NodePool (Karpenter): requirement',
          content: `spec:\n  template:\n    spec:\n      requirements:\n        - key: node.kubernetes.io/instance-type\n          operator: In\n          values: ["${best.type.name}"]\n`,
        },
      ],
      backtest: null,
    },
  };
}

function judge(group: NodeGroup, facts: NodeGroups, settings: Settings, window: Window): Evaluation {
  const { node, rooms } = group;
  const subject = subjectOf(group);
  if (node.gpus > 0) return { state: 'not-applicable', subject, title: `${TITLE}: GPUs decide it` };
  const fill = fillOf(group, settings);
  if (fill.hours < LEAST_NODE_HOURS * rooms.length)
    return {
      state: 'insufficient-data',
      subject,
      title: `${TITLE}: needs 3 days of history of each node, has ${(fill.hours / rooms.length / 24).toFixed(1)}`,
    };
  if (fill.stranded <= settings.stranded)
    return { state: 'ok', subject, title: `${percent(fill.stranded)} % of a resource is stranded by shape` };
  const names = plainSiblings(node.instanceType ?? '', facts.types);
  if (names.length === 0)
    return {
      state: 'insufficient-data',
      subject,
      title: `${TITLE}: other shapes of ${node.instanceType} are not known`,
    };
  const own = facts.usdPerHour(group, node.instanceType ?? '');
  const nowUsd = own === undefined ? undefined : own * rooms.length;
  const options = facts.types
    .filter(({ name }) => names.includes(name))
    .flatMap((type) => optionFor(group, fill, type, facts) ?? []);
  const priced = options
    .filter(({ usdPerHour }) => usdPerHour !== undefined)
    .sort((a, b) => (a.usdPerHour ?? 0) - (b.usdPerHour ?? 0));
  const [best] = priced;
  if (!best || nowUsd === undefined)
    return {
      state: 'insufficient-data',
      subject,
      title: `${TITLE}: ${percent(fill.stranded)} % is stranded, but prices of other shapes are not known`,
    };
  if ((best.usdPerHour ?? nowUsd) > nowUsd * (1 - settings.leastSaving))
    return { state: 'ok', subject, title: `${percent(fill.stranded)} % is stranded, but no other shape is cheaper` };
  return findingOf(group, fill, best, nowUsd, window);
}

export const nodeFit = defineRule({
  id: 'sizing/node-fit',
  title: 'Node group of the wrong shape',
  severity: 'info',
  ledger: 'type',
  needs: { groups: nodeGroups },
  parameters,
  *evaluate({ facts, parameters: settings, window }): Iterable<Evaluation> {
    for (const group of facts.groups.groups) yield judge(group, facts.groups, settings, window);
  },
});
