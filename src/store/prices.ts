import { z } from 'zod';
import type { Db } from './open.js';

const PUT_ON_DEMAND = `INSERT INTO on_demand_price (region, instance_type, product, usd_per_hour, source, as_of_ms)
  VALUES (@region, @instanceType, @product, @usdPerHour, @source, @asOfMs)
  ON CONFLICT DO UPDATE SET usd_per_hour = excluded.usd_per_hour, source = excluded.source, as_of_ms = excluded.as_of_ms`;
const PUT_VOLUME = `INSERT INTO volume_price (region, volume_type, usd_per_gib_month, source, as_of_ms)
  VALUES (@region, @volumeType, @usdPerGibMonth, @source, @asOfMs)
  ON CONFLICT DO UPDATE SET usd_per_gib_month = excluded.usd_per_gib_month, source = excluded.source, as_of_ms = excluded.as_of_ms`;
const PUT_TYPE = `INSERT INTO instance_type (name, vcpu, memory_bytes, architecture, gpu_count, gpu_name)
  VALUES (@name, @vcpu, @memoryBytes, @architecture, @gpuCount, @gpuName)
  ON CONFLICT DO UPDATE SET vcpu = excluded.vcpu, memory_bytes = excluded.memory_bytes,
    architecture = excluded.architecture, gpu_count = excluded.gpu_count, gpu_name = excluded.gpu_name`;
const ON_DEMAND = `SELECT region, instance_type AS instanceType, product, usd_per_hour AS usdPerHour, source, as_of_ms AS asOfMs
  FROM on_demand_price`;
const VOLUMES = `SELECT region, volume_type AS volumeType, usd_per_gib_month AS usdPerGibMonth, source, as_of_ms AS asOfMs
  FROM volume_price`;
const TYPES = `SELECT name, vcpu, memory_bytes AS memoryBytes, architecture, gpu_count AS gpuCount, gpu_name AS gpuName
  FROM instance_type ORDER BY name`;

const OnDemandPrice = z.object({
  region: z.string(),
  instanceType: z.string(),
  product: z.string(),
  usdPerHour: z.number(),
  source: z.string(),
  asOfMs: z.number(),
});
const VolumePrice = z.object({
  region: z.string(),
  volumeType: z.string(),
  usdPerGibMonth: z.number(),
  source: z.string(),
  asOfMs: z.number(),
});
const InstanceType = z.object({
  name: z.string(),
  vcpu: z.number(),
  memoryBytes: z.number(),
  architecture: z.string().nullable(),
  gpuCount: z.number(),
  gpuName: z.string().nullable(),
});

export type OnDemandPrice = z.infer<typeof OnDemandPrice>;
export type VolumePrice = z.infer<typeof VolumePrice>;
export type InstanceType = z.infer<typeof InstanceType>;

/** Call these inside the transaction of the page that the rows came with. */
export function putOnDemandPrices(db: Db, prices: readonly OnDemandPrice[]): void {
  const put = db.prepare(PUT_ON_DEMAND);
  for (const price of prices) put.run(price);
}

export function putVolumePrices(db: Db, prices: readonly VolumePrice[]): void {
  const put = db.prepare(PUT_VOLUME);
  for (const price of prices) put.run(price);
}

export function putInstanceTypes(db: Db, types: readonly InstanceType[]): void {
  const put = db.prepare(PUT_TYPE);
  for (const type of types) put.run(type);
}

export function onDemandPrices(db: Db): OnDemandPrice[] {
  return z.array(OnDemandPrice).parse(db.prepare(ON_DEMAND).all());
}

export function volumePrices(db: Db): VolumePrice[] {
  return z.array(VolumePrice).parse(db.prepare(VOLUMES).all());
}

export function instanceTypes(db: Db): InstanceType[] {
  return z.array(InstanceType).parse(db.prepare(TYPES).all());
}
