import { HOUR_MS, HOURS_PER_MONTH, type Window, windowHours } from '../../model/window.js';
import { lifecycleOf } from '../../pricing/node-hours.js';
import { DEFAULT_PRODUCT } from '../../pricing/price-book.js';
import type { PriceSteps } from '../../spot/step-function.js';
import { type NodeRow, nodeRows } from '../../store/node-usage.js';
import { spotReader, spotSeries } from '../../store/spot.js';
import { defineArtifact } from '../rule.js';
import { offerings } from './offerings.js';

/** The price of one type in one zone over time. */
export interface ZoneSteps {
  zone: string;
  steps: PriceSteps;
}

/** Spot nodes of one type in one zone, with what the type costs in each zone of the region that has it. */
export interface SpotGroup {
  /** `r5.4xlarge/spot/us-east-1a`. */
  name: string;
  cluster: string;
  region: string | null;
  instanceType: string;
  zone: string;
  nodes: number;
  /** Node-hours in the window, as a month of 730 h would have them; null if no node was seen for any time. */
  nodeHoursPerMonth: number | null;
  zones: ZoneSteps[];
}

export function nodeGroupName(instanceType: string, lifecycle: 'on-demand' | 'spot', zone: string): string {
  return `${instanceType}/${lifecycle}/${zone}`;
}

function hoursIn({ aliveFromMs, aliveUntilMs }: NodeRow, window: Window): number {
  const lengthMs = Math.min(aliveUntilMs, window.untilMs) - Math.max(aliveFromMs, window.sinceMs);
  return Math.max(0, lengthMs) / HOUR_MS;
}

/** Spot nodes that were there in the window, by cluster, type and zone. */
export const spotGroups = defineArtifact<SpotGroup[]>({
  id: 'spot-groups',
  sources: ['kubernetes', 'aws-spot'],
  compute({ db, window, get }) {
    const isOffered = get(offerings);
    const read = spotReader(db);
    const groups = new Map<string, NodeRow[]>();
    for (const node of nodeRows(db)) {
      if (node.aliveUntilMs < window.sinceMs || node.aliveFromMs >= window.untilMs) continue;
      if (lifecycleOf(node) !== 'spot' || !node.instanceType || !node.zone) continue;
      const name = nodeGroupName(node.instanceType, 'spot', node.zone);
      const key = `${node.cluster}|${name}`;
      groups.set(key, [...(groups.get(key) ?? []), node]);
    }
    return [...groups.values()].flatMap((nodes): SpotGroup[] => {
      const [first] = nodes;
      if (!first?.instanceType || !first.zone) return [];
      const { cluster, instanceType, zone, region } = first;
      const hours = nodes.reduce((sum, node) => sum + hoursIn(node, window), 0);
      const series = spotSeries(db, { instanceType, product: DEFAULT_PRODUCT, region: region ?? undefined });
      return [
        {
          name: nodeGroupName(instanceType, 'spot', zone),
          cluster,
          region,
          instanceType,
          zone,
          nodes: nodes.length,
          nodeHoursPerMonth: hours > 0 ? (hours / windowHours(window)) * HOURS_PER_MONTH : null,
          zones: series
            .filter((one) => one.zone === zone || isOffered(region, one.zone, instanceType))
            .map((one) => ({ zone: one.zone, steps: read(one.id, window) })),
        },
      ];
    });
  },
});
