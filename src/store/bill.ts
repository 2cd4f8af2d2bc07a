import { z } from 'zod';
import type { Window } from '../model/window.js';
import type { Db } from './open.js';

const DROP_SHEET = 'DELETE FROM sheet_price WHERE file = ?';
const PUT_SHEET = `INSERT INTO sheet_price (file, kind, region, name, lifecycle, product, usd, as_of_ms)
  VALUES (@file, @kind, @region, @name, @lifecycle, @product, @usd, @asOfMs)
  ON CONFLICT DO UPDATE SET file = excluded.file, usd = excluded.usd, as_of_ms = excluded.as_of_ms`;
const SHEET = `SELECT file, kind, region, name, lifecycle, product, usd, as_of_ms AS asOfMs FROM sheet_price`;
const FILES = 'SELECT path, version FROM bill_file ORDER BY path';
const DROP_FILE = 'DELETE FROM bill_file WHERE path = ?';
const ADD_FILE = 'INSERT INTO bill_file (path, version) VALUES (?, ?)';
const ADD_SUM = `INSERT INTO bill_hour_sum (file_id, day_ms, region, instance_type, lifecycle, resource, hours, usd)
  VALUES (@fileId, @dayMs, @region, @instanceType, @lifecycle, @resource, @hours, @usd)`;
const RATES = `SELECT region, instance_type AS instanceType, lifecycle, sum(usd) / sum(hours) AS usdPerHour, max(day_ms) AS asOfMs
  FROM bill_hour_sum GROUP BY region, instance_type, lifecycle HAVING sum(hours) > 0`;
const RESOURCES = `SELECT resource, day_ms AS dayMs, sum(hours) AS hours, sum(usd) AS usd FROM bill_hour_sum
  WHERE resource <> '' AND day_ms >= @sinceMs AND day_ms < @untilMs GROUP BY resource, day_ms`;

const SheetPrice = z.object({
  file: z.string(),
  kind: z.enum(['instance', 'volume']),
  region: z.string(),
  name: z.string(),
  lifecycle: z.string(),
  product: z.string(),
  usd: z.number(),
  asOfMs: z.number(),
});
const BillRate = z.object({
  region: z.string(),
  instanceType: z.string(),
  lifecycle: z.enum(['on-demand', 'spot']),
  usdPerHour: z.number(),
  asOfMs: z.number(),
});
const BillFile = z.object({ path: z.string(), version: z.string() });
const BillDay = z.object({ resource: z.string(), dayMs: z.number(), hours: z.number(), usd: z.number() });

export type SheetPrice = z.infer<typeof SheetPrice>;
export type BillRate = z.infer<typeof BillRate>;
export type BillFile = z.infer<typeof BillFile>;
export type BillDay = z.infer<typeof BillDay>;

/** Hours of one resource (or of all of a type where the bill names none) on one day. */
export interface BillSum {
  dayMs: number;
  region: string;
  instanceType: string;
  lifecycle: 'on-demand' | 'spot';
  resource: string;
  hours: number;
  usd: number;
}

/** Puts the prices of a sheet in the place of those that it had before. Call it inside a transaction. */
export function putSheet(db: Db, file: string, prices: readonly SheetPrice[]): void {
  db.prepare(DROP_SHEET).run(file);
  const put = db.prepare(PUT_SHEET);
  for (const price of prices) put.run(price);
}

export function sheetPrices(db: Db): SheetPrice[] {
  return z.array(SheetPrice).parse(db.prepare(SHEET).all());
}

export function billFiles(db: Db): BillFile[] {
  return z.array(BillFile).parse(db.prepare(FILES).all());
}

/** Puts what a file of the bill says in the place of what it said before. Call it inside a transaction. */
export function putBillFile(db: Db, { path, version }: BillFile, sums: Iterable<BillSum>): void {
  db.prepare(DROP_FILE).run(path);
  const fileId = Number(db.prepare(ADD_FILE).run(path, version).lastInsertRowid);
  const add = db.prepare(ADD_SUM);
  for (const sum of sums) add.run({ ...sum, fileId });
}

/** A file that is gone was replaced by another. */
export function dropBillFile(db: Db, path: string): void {
  db.prepare(DROP_FILE).run(path);
}

/** What an hour of each type effectively cost, by lifecycle. */
export function billRates(db: Db): BillRate[] {
  return z.array(BillRate).parse(db.prepare(RATES).all());
}

/** What was paid for each instance on each day that begins in the window. */
export function billDays(db: Db, window: Window): BillDay[] {
  return z.array(BillDay).parse(db.prepare(RESOURCES).all({ ...window }));
}
