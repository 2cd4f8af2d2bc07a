import { type Price, priceBook } from '../../pricing/price-book.js';
import { type Interruptions, openSpotAdvisor } from '../../spot/advisor.js';
import type { SeenSpot } from '../../spot/seen.js';
import { type PriceSummary, summarize } from '../../spot/step-function.js';
import { defineArtifact } from '../rule.js';
import type { SpotGroup } from './spot-groups.js';
import { spotSeen } from './spot-seen.js';
import { typeOptions } from './type-options.js';

/** What makes the capacity of a spot node group uncertain. */
export interface SpotRisk {
  group: SpotGroup;
  /** Prices of its type in its zone; undefined: none known in the window. */
  prices: PriceSummary | undefined;
  onDemand: Price | undefined;
  interruptions: Interruptions | undefined;
  /** What was seen here of its type, in its zone and in the region's others. */
  seen: SeenSpot | undefined;
  otherZones: { zone: string; seen: SeenSpot }[];
  /** Types of the same shape and how often they are taken back, the rarest first. */
  alternatives: { instanceType: string; interruptions: Interruptions }[];
}

export const spotRisks = defineArtifact<SpotRisk[]>({
  id: 'spot-risks',
  sources: ['kubernetes', 'aws-spot'],
  compute({ window, get }) {
    const advisor = openSpotAdvisor();
    const [book, seen] = [get(priceBook), get(spotSeen)];
    return get(typeOptions).map(({ group, alike }) => {
      const { region, instanceType, zone, zones } = group;
      const own = zones.find((one) => one.zone === zone);
      const of = (type: string) => (region === null ? undefined : advisor(region, type));
      return {
        group,
        prices: own && summarize(own.steps, window),
        onDemand: region === null ? undefined : book.onDemand(region, instanceType),
        interruptions: of(instanceType),
        seen: seen.in(region, instanceType, zone),
        otherZones: zones.flatMap((other) => {
          const there = other.zone === zone ? undefined : seen.in(region, instanceType, other.zone);
          return there ? [{ zone: other.zone, seen: there }] : [];
        }),
        alternatives: alike
          .flatMap((type) => {
            const interruptions = of(type);
            return interruptions ? [{ instanceType: type, interruptions }] : [];
          })
          .sort(
            (a, b) => a.interruptions.bucket - b.interruptions.bucket || (a.instanceType < b.instanceType ? -1 : 1),
          ),
      };
    });
  },
});
