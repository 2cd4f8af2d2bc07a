import type { ObjectSpec, PodScheduling, Requirement } from '../../model/posture.js';
import { parseQuantity } from '../../model/quantity.js';
import { selectorOf } from './map.js';
import type { Metadata, Node, Pod } from './schema.js';

type Quantities = Readonly<Record<string, string | number>> | null | undefined;

/** What nodes give by amount; all else is counted one by one. */
const PLAIN = /^(cpu|memory|pods|storage|ephemeral-storage|hugepages-.*|attachable-volumes-.*)$/;

function extendedOf(quantities: Quantities): Record<string, number> {
  const counted = Object.entries(quantities ?? {}).flatMap(([name, value]) => {
    const number = PLAIN.test(name) ? undefined : parseQuantity(value);
    return number === undefined ? [] : [[name, number] as const];
  });
  return Object.fromEntries(counted);
}

/** Karpenter's wish on pods and nodes, and the cluster autoscaler's. */
function asksForPeace({ annotations }: Metadata): boolean {
  const { 'karpenter.sh/do-not-disrupt': peace, 'karpenter.sh/do-not-evict': stay } = annotations ?? {};
  const safe = annotations?.['cluster-autoscaler.kubernetes.io/safe-to-evict'];
  const disabled = annotations?.['cluster-autoscaler.kubernetes.io/scale-down-disabled'];
  return peace === 'true' || stay === 'true' || safe === 'false' || disabled === 'true';
}

export function nodeHold(node: Node): ObjectSpec<'Node'> {
  const { allocatable } = node.status ?? {};
  return {
    doNotDisrupt: asksForPeace(node.metadata),
    maxPods: parseQuantity(allocatable?.pods) ?? null,
    extended: extendedOf(allocatable),
  };
}

function termsOf({ spec }: Pod): Requirement[][] {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.map(({ matchExpressions, matchFields }) =>
    [...(matchExpressions ?? []), ...(matchFields ?? [])].map((one) => ({ ...one, values: one.values ?? [] })),
  );
}

function extendedRequests({ spec }: Pod): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { resources } of spec.containers)
    for (const [name, count] of Object.entries(extendedOf({ ...resources?.limits, ...resources?.requests })))
      sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** What keeps a pod off nodes, and whether it may be moved. */
export function podScheduling(pod: Pod): PodScheduling {
  const { metadata, spec } = pod;
  const apart = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    nodeSelector: spec.nodeSelector ?? {},
    nodeTerms: termsOf(pod),
    tolerations: (spec.tolerations ?? []).map((one) => ({
      key: one.key || null,
      operator: one.operator ?? 'Equal',
      value: one.value ?? null,
      effect: one.effect || null,
    })),
    apartFrom: apart.map(({ labelSelector, topologyKey }) => ({ selector: selectorOf(labelSelector), topologyKey })),
    hostPorts: spec.containers.flatMap(({ ports }) => (ports ?? []).flatMap(({ hostPort }) => hostPort || [])),
    claims: (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
    controlled: (metadata.ownerReferences ?? []).some(({ controller }) => controller),
    doNotDisrupt: asksForPeace(metadata),
    extended: extendedRequests(pod),
  };
}
