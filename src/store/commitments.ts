import { z } from 'zod';
import type { Db } from './open.js';
import { prepared } from './statements.js';

const PUT = `INSERT INTO reserved_price (region, instance_type, product, years, offering_class, payment, usd_per_hour, upfront_usd, source, as_of_ms)
  VALUES (@region, @instanceType, @product, @years, @offeringClass, @payment, @usdPerHour, @upfrontUsd, @source, @asOfMs)
  ON CONFLICT DO UPDATE SET usd_per_hour = excluded.usd_per_hour, upfront_usd = excluded.upfront_usd,
    source = excluded.source, as_of_ms = excluded.as_of_ms`;
const ALL = `SELECT region, instance_type AS instanceType, product, years, offering_class AS offeringClass, payment,
    usd_per_hour AS usdPerHour, upfront_usd AS upfrontUsd, source, as_of_ms AS asOfMs
  FROM reserved_price ORDER BY region, instance_type, usd_per_hour`;

const ReservedPrice = z.object({
  region: z.string(),
  instanceType: z.string(),
  product: z.string(),
  years: z.number(),
  offeringClass: z.string(),
  payment: z.string(),
  usdPerHour: z.number(),
  upfrontUsd: z.number(),
  source: z.string(),
  asOfMs: z.number(),
});
export type ReservedPrice = z.infer<typeof ReservedPrice>;

/** Call it inside the transaction of the page that the prices came with. */
export function putReservedPrices(db: Db, prices: readonly ReservedPrice[]): void {
  for (const price of prices) prepared(db, PUT).run(price);
}

/** By region and type, the cheapest first. */
export function reservedPrices(db: Db): ReservedPrice[] {
  return z.array(ReservedPrice).parse(prepared(db, ALL).all());
}
