import { DEFAULT_PRODUCT } from '../../pricing/price-book.js';
import { sameShape } from '../../spot/shape.js';
import type { PriceSteps } from '../../spot/step-function.js';
import { instanceTypes } from '../../store/prices.js';
import { spotReader, spotSeries } from '../../store/spot.js';
import { defineArtifact } from '../rule.js';
import { offerings } from './offerings.js';
import { type SpotGroup, spotGroups } from './spot-groups.js';

/** A spot node group with the types of its shape. */
export interface TypeOptions {
  group: SpotGroup;
  /** Whether the type's cores and memory are known. */
  shapeKnown: boolean;
  /** Every type of the same shape that the group's zone has. */
  alike: string[];
  /** Those with a price in the group's zone, the group's own type among them. */
  priced: { instanceType: string; steps: PriceSteps }[];
}

export const typeOptions = defineArtifact<TypeOptions[]>({
  id: 'type-options',
  sources: ['kubernetes', 'aws-spot'],
  compute({ db, window, get }) {
    const types = instanceTypes(db);
    const read = spotReader(db);
    const isOffered = get(offerings);
    return get(spotGroups).map((group) => {
      const { region, zone } = group;
      const alike = sameShape(group.instanceType, types).filter((type) => isOffered(region, zone, type));
      const wanted = new Set([group.instanceType, ...alike]);
      const series = spotSeries(db, { region: group.region ?? undefined, product: DEFAULT_PRODUCT });
      return {
        group,
        shapeKnown: types.some(({ name }) => name === group.instanceType),
        alike,
        priced: series
          .filter(({ zone, instanceType }) => zone === group.zone && wanted.has(instanceType))
          .map(({ id, instanceType }) => ({ instanceType, steps: read(id, window) })),
      };
    });
  },
});
