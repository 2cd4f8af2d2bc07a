import { nodeGroupName } from '../../pricing/scopes.js';
import { spend } from '../../pricing/spend.js';
import { clusterOf } from '../../store/sources.js';
import { defineArtifact } from '../rule.js';

export interface GroupMoney {
  name: string;
  nodes: number;
  usd: number;
  idleUsd: number;
}

/** What the nodes of the cluster cost in the covered hours, and what of it no workload is charged. */
export interface NodeMoney {
  cluster: string;
  hoursCovered: number;
  toMonth: number | null;
  nodeHours: number;
  pricedHours: number;
  usd: number;
  idleUsd: number;
  groups: GroupMoney[];
}

export const nodeMoney = defineArtifact<NodeMoney>({
  id: 'node-money',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, config, get }) {
    const { nodes, hoursCovered, toMonth } = get(spend);
    const groups = new Map<string, GroupMoney>();
    const money = { nodeHours: 0, pricedHours: 0, usd: 0, idleUsd: 0 };
    for (const { node, hours, pricedHours, usd, idleUsd } of nodes.values()) {
      money.nodeHours += hours;
      money.pricedHours += pricedHours;
      money.usd += usd;
      money.idleUsd += idleUsd;
      const name = nodeGroupName(node);
      const group = groups.get(name) ?? { name, nodes: 0, usd: 0, idleUsd: 0 };
      groups.set(name, { name, nodes: group.nodes + 1, usd: group.usd + usd, idleUsd: group.idleUsd + idleUsd });
    }
    const cluster = config.cluster || clusterOf(db) || 'default';
    return { cluster, hoursCovered, toMonth, ...money, groups: [...groups.values()] };
  },
});
