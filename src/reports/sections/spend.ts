import type { ArtifactInput } from '../../analyzers/rule.js';
import { GIB } from '../../model/quantity.js';
import type { Report, SpendRow } from '../../model/report.js';
import { costs } from '../../pricing/scopes.js';
import { type Spend, spend, type WorkloadSpend } from '../../pricing/spend.js';
import { collectedSources } from '../../store/sources.js';

function rowOf(key: string, parts: readonly WorkloadSpend[], { toMonth, hoursCovered }: Spend): SpendRow {
  const sum = (pick: (part: WorkloadSpend) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const mean = (total: number) => (hoursCovered > 0 ? total / hoursCovered : null);
  const priced = sum((part) => part.pricedHours) > 0;
  const usd = sum((part) => part.usd);
  const memory = (gibHours: number) => mean(gibHours * GIB);
  return {
    key,
    usd: priced ? usd : null,
    usdPerMonth: priced && toMonth !== null ? usd * toMonth : null,
    wastedUsd: priced ? sum((part) => part.wastedUsd) : null,
    cpuCoreHours: sum((part) => part.cpuCoreHours),
    memoryGibHours: sum((part) => part.memoryGibHours),
    cpuRequestCores: mean(sum((part) => part.cpuRequestCoreHours)),
    cpuUsageCores: mean(sum((part) => part.cpuUsageCoreHours)),
    memoryRequestBytes: memory(sum((part) => part.memoryRequestGibHours)),
    memoryUsageBytes: memory(sum((part) => part.memoryUsageGibHours)),
  };
}

export function grouped(
  parts: readonly WorkloadSpend[],
  keyOf: (part: WorkloadSpend) => string,
): Map<string, WorkloadSpend[]> {
  const groups = new Map<string, WorkloadSpend[]>();
  for (const part of parts) {
    const group = groups.get(keyOf(part));
    if (group) group.push(part);
    else groups.set(keyOf(part), [part]);
  }
  return groups;
}

function rows(parts: readonly WorkloadSpend[], spent: Spend, keyOf: (part: WorkloadSpend) => string): SpendRow[] {
  return [...grouped(parts, keyOf)]
    .map(([key, own]) => rowOf(key, own, spent))
    .sort((a, b) => (b.usd ?? -1) - (a.usd ?? -1) || (a.key < b.key ? -1 : 1));
}

const NAME_OF_KIND: Readonly<Record<string, string>> = {
  EC2Instance: 'EC2 instances that are no nodes',
  EBSVolume: 'volumes and disks',
  PersistentVolumeClaim: 'volumes and disks',
  ControlPlane: 'EKS control plane',
};

/** What neither pods nor idle capacity account for, the dearest first. */
function restOf(input: ArtifactInput, { nodes, toMonth }: Spend): NonNullable<Report['spend']['rest']> {
  const sums = new Map<string, number>();
  const add = (name: string, usd: number) => sums.set(name, (sums.get(name) ?? 0) + usd);
  for (const { systemUsd } of nodes.values()) add('kept by nodes for themselves', systemUsd * (toMonth ?? 0));
  for (const [key, usd] of input.get(costs).scopes.own) {
    const kind = key.slice(0, key.indexOf('/'));
    add(NAME_OF_KIND[kind] ?? kind, usd);
  }
  return [...sums]
    .filter(([, usd]) => usd > 0)
    .map(([name, usdPerMonth]) => ({ name, usdPerMonth }))
    .sort((a, b) => b.usdPerMonth - a.usdPerMonth || (a.name < b.name ? -1 : 1));
}

/** Spend and waste by namespace and workload; empty where use or pods were never collected. */
export function spendSection(input: ArtifactInput): Report['spend'] {
  const there = collectedSources(input.db);
  if (!there.has('kubernetes') || !there.has('prometheus'))
    return { byNamespace: [], byWorkload: [], idleUsdPerMonth: null };
  const spent = input.get(spend);
  const parts = [...spent.workloads.values()].filter((part) => part.hours > 0);
  const nodes = [...spent.nodes.values()].filter((node) => node.pricedHours > 0);
  const idleUsd = nodes.reduce((sum, node) => sum + node.idleUsd, 0);
  return {
    byNamespace: rows(parts, spent, ({ workload }) => workload.namespace),
    byWorkload: rows(parts, spent, ({ workload }) => `${workload.namespace}/${workload.name}`),
    idleUsdPerMonth: nodes.length > 0 && spent.toMonth !== null ? idleUsd * spent.toMonth : null,
    rest: restOf(input, spent),
  };
}
