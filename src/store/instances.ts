import { z } from 'zod';
import { putAddresses } from './machines.js';
import type { Db } from './open.js';

// A list read again for an older moment must not make an instance younger.
const PUT_INSTANCE = `INSERT INTO ec2_instance (region, id, instance_type, zone, lifecycle, state, launched_ms, tags, volumes, state_since_ms, first_seen_ms, last_seen_ms)
  VALUES (@region, @id, @instanceType, @zone, @lifecycle, @state, @launchedMs, @tags, @volumes, coalesce(@stateSinceMs, @seenMs), @seenMs, @seenMs)
  ON CONFLICT DO UPDATE SET instance_type = excluded.instance_type, zone = excluded.zone, lifecycle = excluded.lifecycle,
    state = excluded.state, launched_ms = excluded.launched_ms, tags = excluded.tags, volumes = excluded.volumes,
    state_since_ms = coalesce(@stateSinceMs, CASE WHEN state = excluded.state THEN min(state_since_ms, excluded.state_since_ms)
      ELSE excluded.state_since_ms END),
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const PUT_VOLUME = `INSERT INTO ebs_volume (region, id, volume_type, size_gib, zone, state, attached_to, encrypted, created_ms, tags, state_since_ms, first_seen_ms, last_seen_ms)
  VALUES (@region, @id, @volumeType, @sizeGib, @zone, @state, @attachedTo, @encrypted, @createdMs, @tags, @seenMs, @seenMs, @seenMs)
  ON CONFLICT DO UPDATE SET volume_type = excluded.volume_type, size_gib = excluded.size_gib, zone = excluded.zone,
    state = excluded.state, attached_to = excluded.attached_to, encrypted = excluded.encrypted,
    created_ms = excluded.created_ms, tags = excluded.tags,
    state_since_ms = CASE WHEN state = excluded.state THEN min(state_since_ms, excluded.state_since_ms) ELSE excluded.state_since_ms END,
    first_seen_ms = min(first_seen_ms, excluded.first_seen_ms), last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)`;
const END_INSTANCES = `UPDATE ec2_instance SET state = 'terminated' WHERE region = ? AND last_seen_ms < ? AND state <> 'terminated'`;
const END_VOLUMES = `UPDATE ebs_volume SET state = 'deleted' WHERE region = ? AND last_seen_ms < ? AND state <> 'deleted'`;
const INSTANCES = `SELECT region, id, instance_type AS instanceType, zone, lifecycle, state, launched_ms AS launchedMs, tags, volumes,
    state_since_ms AS stateSinceMs, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs
  FROM ec2_instance ORDER BY region, id`;
const VOLUMES = `SELECT region, id, volume_type AS volumeType, size_gib AS sizeGib, zone, state, attached_to AS attachedTo, encrypted,
    created_ms AS createdMs, tags, state_since_ms AS stateSinceMs, first_seen_ms AS firstSeenMs, last_seen_ms AS lastSeenMs
  FROM ebs_volume ORDER BY region, id`;
const TYPES_IN_USE = `SELECT instance_type FROM node WHERE instance_type IS NOT NULL AND (region = @region OR region IS NULL)
  UNION SELECT instance_type FROM ec2_instance WHERE region = @region AND state <> 'terminated' ORDER BY 1`;

export type Lifecycle = 'on-demand' | 'spot';

interface Seen {
  region: string;
  id: string;
  zone: string | null;
  state: string;
  tags: Record<string, string>;
}

export interface InstanceRecord extends Seen {
  instanceType: string;
  lifecycle: Lifecycle;
  launchedMs: number | null;
  /** When it entered its state, where AWS tells; it does so for stops only. */
  stateSinceMs?: number | null;
  /** Ids of the attached volumes. */
  volumes: string[];
  /** Private IP and DNS name, where AWS tells. */
  addresses?: (string | undefined)[];
}

export interface VolumeRecord extends Seen {
  volumeType: string;
  sizeGib: number;
  attachedTo: string | null;
  encrypted: boolean | null;
  createdMs: number | null;
}

const Tags = z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)));
const SeenRow = {
  region: z.string(),
  id: z.string(),
  zone: z.string().nullable(),
  state: z.string(),
  tags: Tags,
  /** Equal to `firstSeenMs`: it has been in its state at least since then. */
  stateSinceMs: z.number(),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
};
const InstanceRow = z.object({
  ...SeenRow,
  instanceType: z.string(),
  lifecycle: z.enum(['on-demand', 'spot']),
  launchedMs: z.number().nullable(),
  volumes: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
});
const VolumeRow = z.object({
  ...SeenRow,
  volumeType: z.string(),
  sizeGib: z.number(),
  attachedTo: z.string().nullable(),
  encrypted: z
    .number()
    .nullable()
    .transform((flag) => (flag === null ? null : flag !== 0)),
  createdMs: z.number().nullable(),
});

export type Ec2Instance = z.infer<typeof InstanceRow>;
export type EbsVolume = z.infer<typeof VolumeRow>;

/** Call these inside the transaction of the page that the rows came with. */
export function putInstances(db: Db, instances: readonly InstanceRecord[], seenMs: number): void {
  const put = db.prepare(PUT_INSTANCE);
  for (const { tags, volumes, stateSinceMs = null, addresses = [], ...rest } of instances) {
    putAddresses(
      db,
      rest.region,
      rest.id,
      addresses.filter((address) => address !== undefined),
    );
    put.run({ ...rest, stateSinceMs, tags: JSON.stringify(tags), volumes: JSON.stringify(volumes), seenMs });
  }
}

export function putVolumes(db: Db, volumes: readonly VolumeRecord[], seenMs: number): void {
  const put = db.prepare(PUT_VOLUME);
  for (const { tags, encrypted, ...rest } of volumes)
    put.run({ ...rest, tags: JSON.stringify(tags), encrypted: encrypted === null ? null : Number(encrypted), seenMs });
}

/** After a complete list: what was known before and is not in it any more has ended. */
export function endUnseenInstances(db: Db, region: string, seenMs: number): void {
  db.prepare(END_INSTANCES).run(region, seenMs);
}

export function endUnseenVolumes(db: Db, region: string, seenMs: number): void {
  db.prepare(END_VOLUMES).run(region, seenMs);
}

export function ec2Instances(db: Db): Ec2Instance[] {
  return z.array(InstanceRow).parse(db.prepare(INSTANCES).all());
}

export function ebsVolumes(db: Db): EbsVolume[] {
  return z.array(VolumeRow).parse(db.prepare(VOLUMES).all());
}

/** Types of the cluster's nodes and of the account's instances. */
export function instanceTypesInUse(db: Db, region: string): string[] {
  return z.array(z.string()).parse(db.prepare(TYPES_IN_USE).pluck().all({ region }));
}
