import { z } from 'zod';

const text = z.string().nullish();
/** Numbers come as text from CSV, as numbers from Parquet; empty is none. */
const amount = z
  .union([z.number(), z.bigint(), z.string()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : Number(value)))
  .refine((value) => value === undefined || Number.isFinite(value), 'no number');

/** A line of CUR 2.0 (or of CUR 1, its column names made alike), as far as we need it. */
export const BillLine = z.object({
  line_item_usage_start_date: z.union([z.string(), z.date()]),
  line_item_line_item_type: z.string(),
  line_item_product_code: z.string(),
  line_item_usage_type: text,
  line_item_operation: text,
  line_item_resource_id: text,
  line_item_currency_code: text,
  line_item_usage_amount: amount,
  line_item_unblended_cost: amount,
  line_item_net_unblended_cost: amount,
  savings_plan_savings_plan_effective_cost: amount,
  savings_plan_net_savings_plan_effective_cost: amount,
  reservation_effective_cost: amount,
  reservation_net_effective_cost: amount,
  product_region_code: text,
  product_instance_type: text,
});
export type BillLine = z.infer<typeof BillLine>;

/** Columns that are read; a Parquet file is read no further. */
export const BILL_COLUMNS = Object.keys(BillLine.shape);

/** Without these a file is no bill. */
export const REQUIRED_COLUMNS = [
  'line_item_usage_start_date',
  'line_item_line_item_type',
  'line_item_product_code',
  'line_item_usage_type',
  'line_item_usage_amount',
  'line_item_unblended_cost',
] as const;
