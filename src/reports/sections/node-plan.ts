import { type NodeRoom, nodePacking, type Resized } from '../../analyzers/derived/node-packing.js';
import { nodeGroupName } from '../../analyzers/derived/spot-groups.js';
import { type WorkloadProfile, workloadProfiles } from '../../analyzers/derived/workload-profiles.js';
import type { ArtifactInput } from '../../analyzers/rule.js';
import type { Finding, SizeChange } from '../../model/finding.js';
import type { NodePlan } from '../../model/report.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { type Spend, spend } from '../../pricing/spend.js';
import { workloadKey } from '../../recommend/ledger.js';
import { type LivePod, livePods } from '../../store/posture.js';
import { collectedSources } from '../../store/sources.js';

/** Rules that make room; what asks for more wins over them. */
const SMALLER: ReadonlySet<string> = new Set(['sizing/cpu-over-requested', 'sizing/memory-over-requested']);

/** The new requests of each workload's containers, as the findings have them. */
function sizesOf(findings: readonly Finding[]): Map<string, Map<string, SizeChange>> {
  const all = new Map<string, Map<string, SizeChange>>();
  const sized = findings.filter(({ state, recommendation }) => state === 'finding' && recommendation?.sizes?.length);
  sized.sort((a, b) => Number(SMALLER.has(b.rule)) - Number(SMALLER.has(a.rule)));
  for (const { subject, recommendation } of sized) {
    const key = workloadKey(subject.namespace, subject.kind, subject.name);
    const own = all.get(key) ?? new Map<string, SizeChange>();
    all.set(key, own);
    for (const change of recommendation?.sizes ?? []) {
      const container = `${change.role ?? ''}/${change.container}`;
      own.set(container, { ...own.get(container), ...change });
    }
  }
  return all;
}

/** What a pod asks for once its workload's containers have their new sizes. */
function resizer(
  profiles: readonly WorkloadProfile[],
  sizes: ReadonlyMap<string, ReadonlyMap<string, SizeChange>>,
): Resized {
  const byId = new Map(profiles.map((profile) => [profile.row.id, profile]));
  return (pod) => {
    let [cpuCores, memoryBytes] = [pod.cpuRequestCores, pod.memoryRequestBytes];
    const profile = byId.get(pod.workloadId);
    const own = profile && sizes.get(workloadKey(profile.row.namespace, profile.row.kind, profile.row.name));
    for (const container of own ? (profile?.containers ?? []) : []) {
      if (container.role !== pod.role) continue;
      const change = own?.get(`${container.role ?? ''}/${container.name}`);
      if (change?.cpuCores !== undefined) cpuCores += change.cpuCores - (container.cpuRequestCores ?? 0);
      if (change?.memoryBytes !== undefined) memoryBytes += change.memoryBytes - (container.memoryRequestBytes ?? 0);
    }
    return { cpuCores: Math.max(0, cpuCores), memoryBytes: Math.max(0, memoryBytes) };
  };
}

function freed(pods: readonly LivePod[], resized: Resized) {
  let [freedCpuCores, freedMemoryBytes] = [0, 0];
  for (const pod of pods) {
    if (pod.node === null || pod.phase === 'Pending') continue;
    const now = resized(pod);
    freedCpuCores += pod.cpuRequestCores - now.cpuCores;
    freedMemoryBytes += pod.memoryRequestBytes - now.memoryBytes;
  }
  return { freedCpuCores, freedMemoryBytes };
}

function groupOf({ spent }: NodeRoom): string {
  const node = spent?.node;
  return nodeGroupName(
    node?.instanceType ?? 'unknown',
    (node && lifecycleOf(node)) ?? 'on-demand',
    node?.zone ?? 'unknown',
  );
}

function usdOf({ spent }: NodeRoom, { toMonth }: Spend): number | null {
  return spent && spent.pricedHours > 0 && toMonth !== null ? spent.usd * toMonth : null;
}

/** Which nodes could go together, with pods as they are and with the findings' sizes applied. */
export function nodePlanSection(input: ArtifactInput, findings: readonly Finding[]): NodePlan | null {
  const there = collectedSources(input.db);
  if (!there.has('kubernetes') || !there.has('prometheus')) return null;
  const packing = input.get(nodePacking);
  const known = packing.nodes.filter(({ pack, live }) => pack && !packing.notListed(live.cluster));
  if (known.length === 0) return null;
  const spent = input.get(spend);
  const resized = resizer(input.get(workloadProfiles), sizesOf(findings));
  const candidates = new Set(known.filter(({ held }) => !held).map(({ live }) => live.name));
  const now = new Set(packing.pack(candidates).flatMap(({ node, moves }) => (moves ? [node] : [])));
  const rooms = new Map(known.map((room) => [room.live.name, room]));
  const removals = packing.pack(candidates, resized);
  const removable = removals.flatMap(({ node, moves }) => {
    const room = rooms.get(node);
    if (!room || !moves) return [];
    const moved = moves.map(({ pod, to }) => ({ pod: `${pod.namespace}/${pod.name}`, to }));
    return [
      { name: node, group: groupOf(room), usdPerMonth: usdOf(room, spent), moves: moved, needsSizes: !now.has(node) },
    ];
  });
  const priced = removable.flatMap(({ usdPerMonth }) => usdPerMonth ?? []);
  const held = known.flatMap(({ live, held: why }) => (why ? [{ name: live.name, why }] : []));
  return {
    nodes: packing.nodes.length,
    removable,
    staying: [...held, ...removals.flatMap(({ node, moves, why }) => (moves ? [] : [{ name: node, why }]))],
    usdPerMonth: removable.length === 0 ? 0 : priced.length > 0 ? priced.reduce((sum, usd) => sum + usd, 0) : null,
    ...freed(livePods(input.db), resized),
  };
}
