import { zoneOfferings } from '../../store/spot-market.js';
import { defineArtifact } from '../rule.js';

/** Whether a type can be had in a zone. True where the region's offerings were never read: not known is not refused. */
export type IsOffered = (region: string | null | undefined, zone: string | null | undefined, type: string) => boolean;

/** What AWS offers where: what is not offered in a zone is never advised there. */
export const offerings = defineArtifact<IsOffered>({
  id: 'offerings',
  sources: [],
  compute({ db }) {
    const regions = new Map<string, Set<string>>();
    for (const { region, zone, instanceType } of zoneOfferings(db)) {
      const own = regions.get(region) ?? new Set();
      regions.set(region, own.add(`${zone}|${instanceType}`));
    }
    return (region, zone, type) => {
      const own = region ? regions.get(region) : undefined;
      return !own || !zone || own.has(`${zone}|${type}`);
    };
  },
});
