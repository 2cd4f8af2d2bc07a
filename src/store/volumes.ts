import { z } from 'zod';
import type { Db } from './open.js';

/** What EBS makes of a volume whose class names no type (AWS EBS CSI driver, parameters.md). */
const TYPE_AND_REGION = `coalesce(e.volume_type, s.volume_type, CASE s.provisioner WHEN 'ebs.csi.aws.com' THEN 'gp3' END) AS volumeType,
    coalesce(e.region, (SELECT n.region FROM node n WHERE n.cluster = x.cluster AND n.region IS NOT NULL LIMIT 1)) AS region`;

/** Not what the newest whole look at the cluster no longer found. */
const STILL_THERE = `x.last_seen_ms >= coalesce((SELECT max(r.until_ms) FROM collection_run r
    WHERE r.source = 'kubernetes' AND r.cluster = x.cluster AND r.state = 'ok'), 0)`;

const CLAIMS = `SELECT x.cluster, x.namespace, x.name, x.phase, coalesce(v.capacity_bytes, x.request_bytes) AS bytes,
    x.mounted_by AS mountedBy, x.last_mounted_ms AS lastMountedMs, x.first_seen_ms AS firstSeenMs, x.volume, v.handle,
    x.request_bytes AS requestBytes, s.provisioner, s.allow_expansion AS allowExpansion, ${TYPE_AND_REGION}
  FROM volume_claim x
    LEFT JOIN volume v ON v.cluster = x.cluster AND v.name = x.volume
    LEFT JOIN storage_class s ON s.cluster = x.cluster AND s.name = x.storage_class
    LEFT JOIN ebs_volume e ON e.id = v.handle
  WHERE ${STILL_THERE} ORDER BY x.cluster, x.namespace, x.name`;

const UNCLAIMED = `SELECT x.cluster, x.name, x.phase, x.capacity_bytes AS bytes, x.first_seen_ms AS firstSeenMs, x.handle, ${TYPE_AND_REGION}
  FROM volume x
    LEFT JOIN storage_class s ON s.cluster = x.cluster AND s.name = x.storage_class
    LEFT JOIN ebs_volume e ON e.id = x.handle
  WHERE x.phase IN ('Released', 'Available') AND ${STILL_THERE} ORDER BY x.cluster, x.name`;

const Priced = {
  bytes: z.number().nullable(),
  handle: z.string().nullable(),
  volumeType: z.string().nullable(),
  region: z.string().nullable(),
};

const ClaimRow = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  phase: z.string().nullable(),
  mountedBy: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  lastMountedMs: z.number().nullable(),
  firstSeenMs: z.number(),
  volume: z.string().nullable(),
  requestBytes: z.number().nullable(),
  provisioner: z.string().nullable(),
  /** 1: its class lets it grow. */
  allowExpansion: z.number().nullable(),
  ...Priced,
});
export type ClaimWithPrice = z.infer<typeof ClaimRow>;

const UnclaimedRow = z.object({
  cluster: z.string(),
  name: z.string(),
  phase: z.string(),
  firstSeenMs: z.number(),
  ...Priced,
});
export type UnclaimedVolume = z.infer<typeof UnclaimedRow>;

/** Every claim with what is needed to price its volume. */
export function claimsWithPrice(db: Db): ClaimWithPrice[] {
  return z.array(ClaimRow).parse(db.prepare(CLAIMS).all());
}

/** Volumes that no claim holds any more, or none yet. */
export function unclaimedVolumes(db: Db): UnclaimedVolume[] {
  return z.array(UnclaimedRow).parse(db.prepare(UNCLAIMED).all());
}
