import { above, most, sumOf } from '../../model/load.js';
import { type PodScheduling, selects } from '../../model/posture.js';
import { DAY_MS, HOUR_MS } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { type NodeSpend, type Spend, spend } from '../../pricing/spend.js';
import type { PackNode, PackPod } from '../../recommend/pack-model.js';
import { packAway, type Removal } from '../../recommend/packing.js';
import type { LiveNode, LivePod, StoredObject } from '../../store/posture.js';
import { defineArtifact } from '../rule.js';
import { type Posture, posture, type WorkloadPosture } from './posture.js';
import { boundClaims } from './stateful.js';

/** What a pod asks for after a change of its workload's size. */
export type Resized = (pod: LivePod) => { cpuCores: number; memoryBytes: number };

export interface NodeRoom {
  live: LiveNode;
  /** Undefined where its size is not known. */
  pack: PackNode | undefined;
  spent: NodeSpend | undefined;
  pods: PackPod[];
  /** Why it may not go at all; undefined if it may. */
  held: string | undefined;
}

export interface NodePacking {
  nodes: NodeRoom[];
  /** The first list that is not whole, so that nothing can be said. */
  notListed(cluster: string): string | undefined;
  /** Which of these nodes could go together, with pods as large as they are or as they would be. */
  pack(candidates: ReadonlySet<string>, resized?: Resized): Removal[];
}

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** Kinds whose pods go with their node: DaemonSets, and the kubelet's own static pods. */
const OF_NODE = new Set(['DaemonSet', 'Node']);
/** Of a pod that may run anywhere. */
export const NO_SCHEDULING: PodScheduling = {
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

type Budgets = readonly StoredObject<'PodDisruptionBudget'>[];

function blockedBy(pod: LivePod, { controlled, doNotDisrupt }: PodScheduling, budgets: Budgets): string | undefined {
  if (doNotDisrupt) return 'asks to be left alone (do-not-disrupt)';
  if (pod.role === 'driver') return 'is a Spark driver: its run would fail';
  if (!controlled) return 'has no controller that would make it again';
  const budget = budgets.find(
    ({ cluster, namespace, spec }) =>
      cluster === pod.cluster &&
      namespace === pod.namespace &&
      spec.selector !== null &&
      spec.disruptionsAllowed === 0 &&
      selects(spec.selector, pod.labels),
  );
  return budget && `is held by the PodDisruptionBudget ${budget.name}, which allows no disruption now`;
}

class Builder {
  readonly #workloads: Map<number, WorkloadPosture>;
  readonly #scheduling: Map<string, PodScheduling>;
  readonly #holds: Map<string, { doNotDisrupt: boolean; maxPods: number | null; extended: Record<string, number> }>;
  readonly #zones: Map<string, string>;
  readonly #budgets: Budgets;

  constructor(
    facts: Posture,
    private readonly spent: Spend,
    claims: readonly { cluster: string; namespace: string; name: string; zone: string | null }[],
  ) {
    this.#workloads = new Map(facts.workloads.map((workload) => [workload.row.id, workload]));
    const keyed = <T>(items: readonly { cluster: string; namespace: string; name: string; spec: T }[]) =>
      new Map(items.map(({ cluster, namespace, name, spec }) => [`${cluster}/${namespace}/${name}`, spec]));
    this.#scheduling = keyed(facts.objects('Pod'));
    this.#holds = keyed(facts.objects('Node'));
    this.#zones = new Map(
      claims.flatMap(({ cluster, namespace, name, zone }) => (zone ? [[`${cluster}/${namespace}/${name}`, zone]] : [])),
    );
    this.#budgets = facts.objects('PodDisruptionBudget');
  }

  pod(pod: LivePod): PackPod {
    const key = `${pod.cluster}/${pod.namespace}`;
    const scheduling = this.#scheduling.get(`${key}/${pod.name}`) ?? NO_SCHEDULING;
    const kind = this.#workloads.get(pod.workloadId)?.row.kind ?? '';
    return {
      namespace: pod.namespace,
      name: pod.name,
      node: pod.node ?? '',
      labels: pod.labels,
      scheduling,
      zones: scheduling.claims.flatMap((claim) => this.#zones.get(`${key}/${claim}`) ?? []),
      ofNode: OF_NODE.has(kind),
      blocked: blockedBy(pod, scheduling, this.#budgets),
      cpuCores: pod.cpuRequestCores,
      memoryBytes: pod.memoryRequestBytes,
      gpus: pod.gpus,
      extended: scheduling.extended,
    };
  }

  node(live: LiveNode, pods: PackPod[]): NodeRoom {
    const hold = this.#holds.get(`${live.cluster}//${live.name}`);
    const spent = this.spent.nodes.get(live.name);
    const { cpuAllocatableCores: cpuCores, memoryAllocatableBytes: memoryBytes } = live;
    const now = sumOf(pods);
    const pack: PackNode | undefined =
      cpuCores === null || memoryBytes === null || cpuCores <= 0 || memoryBytes <= 0
        ? undefined
        : {
            ...{ name: live.name, labels: live.labels, taints: live.taints },
            ...{ cpuCores, memoryBytes, gpus: live.gpus },
            maxPods: hold?.maxPods ?? Number.POSITIVE_INFINITY,
            extended: hold?.extended ?? {},
            spot: spent ? lifecycleOf(spent.node) === 'spot' : false,
            hours: (spent?.daily ?? []).map(({ highest, recurring, allDay, largest }) => ({
              reserve: above(highest, now),
              // What was there all day and is not now has moved for good.
              visits: above(recurring, most(allDay, now)),
              largest,
            })),
          };
    return { live, pack, spent, pods, held: this.#heldBy(live, hold?.doNotDisrupt ?? false) };
  }

  #heldBy({ labels }: LiveNode, doNotDisrupt: boolean): string | undefined {
    if (CONTROL_PLANE.some((label) => label in labels)) return 'it is part of the control plane';
    return doNotDisrupt ? 'it asks to be left alone (do-not-disrupt, scale-down-disabled)' : undefined;
  }
}

/** Nodes with their pods as they are now, ready to be packed. */
export const nodePacking = defineArtifact<NodePacking>({
  id: 'node-packing',
  sources: ['kubernetes', 'prometheus'],
  compute({ get }) {
    const facts = get(posture);
    const builder = new Builder(facts, get(spend), get(boundClaims));
    const live = facts.pods.filter(({ node, phase }) => node !== null && phase !== 'Pending');
    const podsOf = new Map<string, PackPod[]>();
    const source = new Map<PackPod, LivePod>();
    for (const one of live) {
      const pod = builder.pod(one);
      source.set(pod, one);
      podsOf.set(pod.node, [...(podsOf.get(pod.node) ?? []), pod]);
    }
    const nodes = facts.nodes.map((node) => builder.node(node, podsOf.get(node.name) ?? []));
    return {
      nodes,
      notListed: (cluster) => facts.notListed(cluster, 'Pod', 'Node', 'PodDisruptionBudget'),
      pack(candidates, resized) {
        const known = nodes.flatMap(({ pack, pods }) => (pack ? [{ pack, pods }] : []));
        const sized = known.flatMap(({ pods }) =>
          pods.map((pod) => {
            const now = source.get(pod);
            return resized && now ? { ...pod, ...resized(now) } : pod;
          }),
        );
        return packAway(
          known.map(({ pack }) => pack),
          sized,
          candidates,
        );
      },
    };
  },
});

/** Least history of what runs on (RULES): 3 days, covered from 95 %. */
export const LEAST_NODE_HOURS = ((3 * DAY_MS) / HOUR_MS) * 0.95;
