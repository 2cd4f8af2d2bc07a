import { GIB } from '../../model/quantity.js';
import { DAY_MS } from '../../model/window.js';
import { type Price, priceBook } from '../../pricing/price-book.js';
import { type EbsVolume, ebsVolumes } from '../../store/instances.js';
import { claimsWithPrice } from '../../store/volumes.js';
import { defineArtifact } from '../rule.js';

/** How long something has been in its state; both are the same where it was seen to enter it. */
export interface StateAge {
  atLeastDays: number;
  /** Null: nothing bounds it. */
  atMostDays: number | null;
}

interface Stateful {
  stateSinceMs: number;
  firstSeenMs: number;
}

/**
 * AWS tells the state and not since when. Seen to change: since then. Else at least since it was first seen, and at
 * most since it came to be.
 */
export function stateAge({ stateSinceMs, firstSeenMs }: Stateful, bornMs: number | null, untilMs: number): StateAge {
  const atLeastDays = Math.max(0, untilMs - stateSinceMs) / DAY_MS;
  if (stateSinceMs !== firstSeenMs) return { atLeastDays, atMostDays: atLeastDays };
  return { atLeastDays, atMostDays: bornMs === null ? null : Math.max(atLeastDays, (untilMs - bornMs) / DAY_MS) };
}

export interface AccountVolume extends EbsVolume {
  /** USD per GiB and month; undefined: not known. */
  price: Price | undefined;
  usdPerMonth: number | null;
  /** The claim of a cluster that it belongs to. */
  claim: { cluster: string; namespace: string; name: string; lastMountedMs: number | null } | null;
}

/** The account's EBS volumes, with what they cost and whose they are. */
export const accountVolumes = defineArtifact<AccountVolume[]>({
  id: 'account-volumes',
  sources: ['aws-instances'],
  compute({ db, get }) {
    const book = get(priceBook);
    const claims = new Map(claimsWithPrice(db).map((claim) => [claim.handle, claim]));
    return ebsVolumes(db)
      .filter(({ state }) => state !== 'deleted' && state !== 'deleting')
      .map((volume) => {
        const price = book.volumeGibMonth(volume.region, volume.volumeType);
        const claim = claims.get(volume.id);
        return {
          ...volume,
          price,
          usdPerMonth: price ? price.usd * volume.sizeGib : null,
          claim: claim ? { ...claim } : null,
        };
      });
  },
});

export function sizeText(volumes: readonly { sizeGib: number }[]): string {
  return `${Math.round(volumes.reduce((sum, { sizeGib }) => sum + sizeGib, 0))} GiB`;
}

export function sizeBytes(volumes: readonly { sizeGib: number }[]): number {
  return volumes.reduce((sum, { sizeGib }) => sum + sizeGib, 0) * GIB;
}
