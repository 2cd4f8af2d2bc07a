import { DAY_MS, HOUR_MS } from '../../model/window.js';
import { type VolumeHour, volumeHours } from '../../store/usage.js';
import { defineArtifact } from '../rule.js';
import { type Volumes, volumes } from './volumes.js';

/** A claim with how full its volume was, hour by hour, as kubelets told while a pod mounted it. */
export interface VolumeUse {
  claim: Volumes['claims'][number];
  hours: VolumeHour[];
  /** Why a share of its capacity says nothing; undefined if it does. */
  meaningless: string | undefined;
}

/** File systems that claim to have exabytes, or show the whole server's disk. */
const SHARED = /efs|nfs|fsx|cephfs|azurefile|filestore|s3\.csi|hostpath|local-path|no-provisioner/;
/** A file system is at most this much larger than the volume that was asked for: more is somebody else's. */
const OWN_SIZE = 2;

function meaningless({ provisioner, requestBytes }: VolumeUse['claim'], hours: readonly VolumeHour[]) {
  if (provisioner && SHARED.test(provisioner)) return `a share of a common file system (${provisioner})`;
  const capacity = hours.at(-1)?.capacityBytes;
  if (capacity !== undefined && requestBytes !== null && capacity > OWN_SIZE * requestBytes)
    return 'the file system is larger than the claim: it shows somebody else’s disk';
  return undefined;
}

export const volumeUse = defineArtifact<VolumeUse[]>({
  id: 'volume-use',
  sources: ['kubernetes', 'prometheus'],
  compute({ db, window, get }) {
    return get(volumes).claims.map((claim) => {
      const { cluster, namespace, name } = claim;
      const hours = volumeHours(db, { cluster, namespace, claim: name, window });
      return { claim, hours, meaningless: meaningless(claim, hours) };
    });
  },
});

export interface Trend {
  bytesPerDay: number;
  hours: number;
}

/** Growth by least squares over the hours of the last `days`; undefined with fewer than `leastHours` of them. */
export function trendOf(hours: readonly VolumeHour[], days: number, leastHours: number): Trend | undefined {
  const lastMs = hours.at(-1)?.hourMs;
  if (lastMs === undefined) return undefined;
  const recent = hours.filter(({ hourMs }) => hourMs > lastMs - days * DAY_MS);
  if (recent.length < leastHours) return undefined;
  const times = recent.map(({ hourMs }) => (hourMs - lastMs) / HOUR_MS);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [meanTime, meanUsed] = [mean(times), mean(recent.map(({ usedBytes }) => usedBytes))];
  let [covariance, variance] = [0, 0];
  for (const [i, time] of times.entries()) {
    covariance += (time - meanTime) * ((recent[i]?.usedBytes ?? 0) - meanUsed);
    variance += (time - meanTime) ** 2;
  }
  return { bytesPerDay: variance > 0 ? (covariance / variance) * 24 : 0, hours: recent.length };
}

export function claimSubject({ cluster, namespace, name }: VolumeUse['claim']) {
  return { kind: 'PersistentVolumeClaim', cluster, namespace, name };
}
