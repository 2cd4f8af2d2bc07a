import { GIB } from '../../model/quantity.js';
import { HOUR_MS, type Window } from '../../model/window.js';
import { type PriceBook, priceBook } from '../../pricing/price-book.js';
import { metricHours } from '../../store/usage.js';
import { type ClaimWithPrice, claimsWithPrice, type UnclaimedVolume, unclaimedVolumes } from '../../store/volumes.js';
import { defineArtifact } from '../rule.js';

interface Price {
  /** USD per month for the provisioned size; null where size, type or price is not known. */
  usdPerMonth: number | null;
}

export interface Volumes {
  claims: (ClaimWithPrice & Price)[];
  unclaimed: (UnclaimedVolume & Price)[];
  /** Share of the window's hours, 0 to 1, in which kubelets told of any mounted volume in the cluster. */
  kubeletCoverage(cluster: string, window: Window): number;
}

function usdPerMonth(
  book: PriceBook,
  volume: { bytes: number | null; volumeType: string | null; region: string | null },
): number | null {
  const { bytes, volumeType, region } = volume;
  const price = volumeType && region ? book.volumeGibMonth(region, volumeType)?.usd : undefined;
  return price === undefined || bytes === null ? null : (bytes / GIB) * price;
}

/** Claims and unclaimed volumes with their monthly price. */
export const volumes = defineArtifact<Volumes>({
  id: 'volumes',
  sources: ['kubernetes'],
  compute({ db, get }) {
    const book = get(priceBook);
    return {
      claims: claimsWithPrice(db).map((claim) => ({ ...claim, usdPerMonth: usdPerMonth(book, claim) })),
      unclaimed: unclaimedVolumes(db).map((volume) => ({ ...volume, usdPerMonth: usdPerMonth(book, volume) })),
      kubeletCoverage(cluster, window) {
        const hours = (window.untilMs - window.sinceMs) / HOUR_MS;
        return hours > 0 ? Math.min(1, metricHours(db, { cluster, metric: 'volume', window }).length / hours) : 0;
      },
    };
  },
});
