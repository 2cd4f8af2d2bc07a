import { z } from 'zod';

/** What an entry costs under one term. */
const Dimension = z.object({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) });

/** One entry of GetProducts' PriceList, as far as we need it. */
export const PriceListEntry = z.object({
  product: z.object({ productFamily: z.string(), attributes: z.record(z.string(), z.string()) }),
  terms: z.object({
    OnDemand: z.record(z.string(), z.object({ priceDimensions: z.record(z.string(), Dimension) })).optional(),
    Reserved: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(z.string(), Dimension),
          termAttributes: z.object({
            LeaseContractLength: z.string().optional(),
            OfferingClass: z.string().optional(),
            PurchaseOption: z.string().optional(),
          }),
        }),
      )
      .optional(),
  }),
  publicationDate: z.iso.datetime().optional(),
});
export type PriceListEntry = z.infer<typeof PriceListEntry>;

/** An entry of DescribeInstanceTypeOfferings by zone. */
export const OfferingItem = z.object({ InstanceType: z.string(), Location: z.string() });

/** 1 PiB: beyond it a size is none. */
const MOST_MIB = 2 ** 30;

/** An entry of DescribeInstanceTypes. */
export const InstanceTypeItem = z.object({
  InstanceType: z.string(),
  VCpuInfo: z.object({ DefaultVCpus: z.int().positive() }),
  MemoryInfo: z.object({ SizeInMiB: z.int().positive().max(MOST_MIB) }),
  ProcessorInfo: z.object({ SupportedArchitectures: z.array(z.string()).optional() }).optional(),
  GpuInfo: z
    .object({
      Gpus: z.array(z.object({ Name: z.string().optional(), Count: z.int().nonnegative().optional() })).optional(),
    })
    .optional(),
});
