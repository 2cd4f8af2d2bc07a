import { z } from 'zod';

/** A line of DescribeSpotPriceHistory, as far as we need it. */
export const SpotPriceItem = z.object({
  Timestamp: z.date(),
  SpotPrice: z.string(),
  AvailabilityZone: z.string().optional(),
  AvailabilityZoneId: z.string().optional(),
  InstanceType: z.string(),
  ProductDescription: z.string(),
});
export type SpotPriceItem = z.infer<typeof SpotPriceItem>;

const Range = z.object({ sinceMs: z.number(), untilMs: z.number() });

/** How far a list of spot prices got: what is complete, and the list that was not read to its end. */
export const SpotCursor = z.object({
  covered: Range.nullable(),
  pending: z.object({ range: Range, token: z.string() }).nullable(),
});
export type SpotCursor = z.infer<typeof SpotCursor>;
