import type { Config } from '../../../config/schema.js';
import type { ListPage } from '../listing.js';
import { openEc2, openPricing } from '../sdk.js';
import type { Filters } from './map.js';

/** GetProducts and DescribeInstanceTypes give at most so many entries. */
const PAGE_SIZE = 100;
const OFFERINGS_PER_PAGE = 1000;

export interface PricesClient {
  /** Of EC2; the price list is asked where it lives. */
  readonly region: string;
  products(filters: Filters, token: string | undefined, pageSize?: number): AsyncIterable<ListPage>;
  instanceTypes(token: string | undefined): AsyncIterable<ListPage>;
  /** Which types each zone has. */
  offerings(token: string | undefined): AsyncIterable<ListPage>;
  close(): void;
}

const withToken = (token: string | undefined) => (token ? { startingToken: token } : {});

export async function openPricesClient(config: Config): Promise<PricesClient> {
  const { client: ec2, region } = await openEc2(config);
  const pricing = await openPricing(config, region);
  const { paginateDescribeInstanceTypeOfferings, paginateDescribeInstanceTypes } = await import('@aws-sdk/client-ec2');
  const { paginateGetProducts } = await import('@aws-sdk/client-pricing');
  return {
    region,
    async *products(filters, token, pageSize = PAGE_SIZE) {
      const input = {
        ServiceCode: 'AmazonEC2',
        Filters: Object.entries(filters).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value })),
      };
      for await (const page of paginateGetProducts({ client: pricing, pageSize, ...withToken(token) }, input))
        yield { items: page.PriceList ?? [], nextToken: page.NextToken };
    },
    async *instanceTypes(token) {
      const paging = { client: ec2, pageSize: PAGE_SIZE, ...withToken(token) };
      for await (const page of paginateDescribeInstanceTypes(paging, {}))
        yield { items: page.InstanceTypes ?? [], nextToken: page.NextToken };
    },
    async *offerings(token) {
      const paging = { client: ec2, pageSize: OFFERINGS_PER_PAGE, ...withToken(token) };
      for await (const page of paginateDescribeInstanceTypeOfferings(paging, { LocationType: 'availability-zone' }))
        yield { items: page.InstanceTypeOfferings ?? [], nextToken: page.NextToken };
    },
    close() {
      ec2.destroy();
      pricing.destroy();
    },
  };
}
