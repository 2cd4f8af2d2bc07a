import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

const DROP_ADDRESSES = 'DELETE FROM instance_address WHERE region = ? AND id = ?';
const ADD_ADDRESS = 'INSERT OR IGNORE INTO instance_address (region, id, address) VALUES (?, ?, ?)';
const PUT_DAY = `INSERT OR REPLACE INTO machine_day (address, day_ms, cpu_share, network_bytes, samples)
  VALUES (@address, @dayMs, @cpuShare, @networkBytes, @samples)`;
const DAYS = `SELECT a.id, d.day_ms AS dayMs, d.cpu_share AS cpuShare, d.network_bytes AS networkBytes, max(d.samples) AS samples
  FROM instance_address a JOIN machine_day d ON d.address = a.address
  WHERE d.day_ms >= @sinceMs AND d.day_ms < @untilMs GROUP BY a.id, d.day_ms ORDER BY a.id, d.day_ms`;
/** Running machines that no node of a known cluster is. */
const HAS_LONE = `SELECT EXISTS (SELECT 1 FROM ec2_instance i WHERE i.state = 'running'
  AND NOT EXISTS (SELECT 1 FROM node n WHERE n.instance_id = i.id))`;

export interface MachineDay {
  address: string;
  dayMs: number;
  cpuShare: number;
  networkBytes: number;
  samples: number;
}

const InstanceDay = z.object({
  id: z.string(),
  dayMs: z.number(),
  cpuShare: z.number(),
  networkBytes: z.number(),
  samples: z.number(),
});
export type InstanceDay = z.infer<typeof InstanceDay>;

/** Call it inside the transaction of the page that the instance came with. */
export function putAddresses(db: Db, region: string, id: string, addresses: readonly string[]): void {
  db.prepare(DROP_ADDRESSES).run(region, id);
  for (const address of addresses) db.prepare(ADD_ADDRESS).run(region, id, address);
}

/** A day that is read again is replaced. */
export function putMachineDay(db: Db, day: MachineDay): void {
  db.prepare(PUT_DAY).run(day);
}

/** What exporters said of EC2 instances on the days that begin in the window. */
export function instanceDays(db: Db, window: Window): InstanceDay[] {
  return z.array(InstanceDay).parse(db.prepare(DAYS).all({ ...window }));
}

export function hasLoneInstances(db: Db): boolean {
  return db.prepare(HAS_LONE).pluck().get() === 1;
}
