import { lifecycleOf } from '../../pricing/node-hours.js';
import { DEFAULT_PRODUCT, type PriceBook, priceBook } from '../../pricing/price-book.js';
import { type NodeSpend, spend } from '../../pricing/spend.js';
import type { NodeRow } from '../../store/node-usage.js';
import { type InstanceType, instanceTypes } from '../../store/prices.js';
import { defineArtifact } from '../rule.js';
import { type NodeRoom, nodePacking } from './node-packing.js';
import { offerings } from './offerings.js';
import { nodeGroupName } from './spot-groups.js';

/** Nodes that are bought alike: type, lifecycle and zone. */
export interface NodeGroup {
  name: string;
  cluster: string;
  node: NodeRow;
  lifecycle: 'on-demand' | 'spot' | undefined;
  rooms: NodeRoom[];
  spent: NodeSpend[];
}

export interface NodeGroups {
  groups: NodeGroup[];
  types: InstanceType[];
  /** USD per hour over the window of a type bought like the group; undefined where it is not known. */
  usdPerHour(group: NodeGroup, instanceType: string): number | undefined;
  /** Whether AWS has the type in the group's zone. */
  isOffered(group: NodeGroup, instanceType: string): boolean;
}

function priceOf(
  book: PriceBook,
  { node, lifecycle }: NodeGroup,
  instanceType: string,
  window: Parameters<PriceBook['instanceHour']>[1],
) {
  if (!node.region || !lifecycle) return undefined;
  const ask = { region: node.region, zone: node.zone, instanceType, lifecycle, product: DEFAULT_PRODUCT };
  return book.instanceHour(ask, window)?.usd;
}

export const nodeGroups = defineArtifact<NodeGroups>({
  id: 'node-groups',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    const [book, isOffered] = [get(priceBook), get(offerings)];
    const spent = get(spend);
    const groups = new Map<string, NodeGroup>();
    for (const room of get(nodePacking).nodes) {
      const own = spent.nodes.get(room.live.name);
      if (!own) continue;
      const lifecycle = lifecycleOf(own.node);
      const { instanceType, zone } = own.node;
      const name = nodeGroupName(instanceType ?? 'unknown', lifecycle ?? 'on-demand', zone ?? 'unknown');
      const key = `${room.live.cluster}|${name}`;
      const group = groups.get(key) ?? {
        ...{ name, cluster: room.live.cluster, node: own.node, lifecycle },
        ...{ rooms: [], spent: [] },
      };
      groups.set(key, group);
      group.rooms.push(room);
      group.spent.push(own);
    }
    return {
      groups: [...groups.values()],
      types: instanceTypes(db),
      isOffered: ({ node }, instanceType) => isOffered(node.region, node.zone, instanceType),
      usdPerHour: (group, instanceType) => priceOf(book, group, instanceType, window),
    };
  },
});
