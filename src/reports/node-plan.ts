import type { Report } from '../model/report.js';
import { formatBytes, formatCores, formatCount, formatUsdPerMonth } from './format.js';
import { shown } from './text.js';

type Plan = NonNullable<Report['nodePlan']>;

/** `4 of 12 nodes could go: 3 as pods are now, 1 more with the sizes …`; undefined where there is no plan. */
export function nodePlanText({ nodePlan: plan, totals }: Report): string | undefined {
  if (!plan) return undefined;
  const { removable, nodes, usdPerMonth, freedCpuCores, freedMemoryBytes } = plan;
  const withSizes = removable.filter(({ needsSizes }) => needsSizes).length;
  const idle = totals.freedCpuCores > freedCpuCores || totals.freedMemoryBytes > freedMemoryBytes;
  const whole = idle
    ? ` (with what idle workloads hold, ${formatCores(totals.freedCpuCores)} and ${formatBytes(totals.freedMemoryBytes)} could be freed)`
    : '';
  const freed = `The sizes of the findings free ${formatCores(Math.max(0, freedCpuCores))} and ${formatBytes(Math.max(0, freedMemoryBytes))} of requests${whole}. Savings value such capacity at its price: the money comes when a node goes or others use the room.`;
  if (removable.length === 0) return `None of ${formatCount(nodes, 'node')} could go. ${freed}`;
  const parts = [
    removable.length > withSizes ? `${removable.length - withSizes} with pods as they are` : '',
    withSizes > 0 ? `${withSizes} once the sizes of the findings are applied` : '',
  ];
  const money = usdPerMonth === null ? 'their price is not known' : `${formatUsdPerMonth(usdPerMonth)} of node prices`;
  return `${removable.length} of ${formatCount(nodes, 'node')} could go together (${parts.filter(Boolean).join(', ')}): ${money}, not on top of the savings. ${freed}`;
}

/** Name, what it needs, price and group of each node that could go. */
export function removableRow(node: Plan['removable'][number]): [string, string, string, string] {
  const { name, group, usdPerMonth, moves, needsSizes } = node;
  const pods = moves.length === 0 ? 'no pod of its own' : `${formatCount(moves.length, 'pod')} to move`;
  const price = usdPerMonth === null ? 'price unknown' : formatUsdPerMonth(usdPerMonth);
  return [shown(name), needsSizes ? `${pods}, after sizes` : pods, price, shown(group)];
}
