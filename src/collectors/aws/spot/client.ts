import type { Config } from '../../../config/schema.js';
import type { Window } from '../../../model/window.js';
import type { ListPage } from '../listing.js';
import { openEc2 } from '../sdk.js';
import { productNames } from './map.js';

/** DescribeSpotPriceHistory gives at most so many lines. */
const PAGE_SIZE = 1000;

export interface SpotQuery {
  /** A type, a pattern with *, or undefined for all. */
  instanceType: string | undefined;
  product: string;
  range: Window;
}

export interface SpotClient {
  readonly region: string;
  pages(query: SpotQuery, token: string | undefined, pageSize?: number): AsyncIterable<ListPage>;
  close(): void;
}

export async function openSpotClient(config: Config): Promise<SpotClient> {
  const { client, region } = await openEc2(config);
  const { paginateDescribeSpotPriceHistory } = await import('@aws-sdk/client-ec2');
  return {
    region,
    async *pages({ instanceType, product, range }, token, pageSize = PAGE_SIZE) {
      const input = {
        StartTime: new Date(range.sinceMs),
        EndTime: new Date(range.untilMs),
        ProductDescriptions: productNames(product),
        ...(instanceType ? { Filters: [{ Name: 'instance-type', Values: [instanceType] }] } : {}),
      };
      const paging = { client, pageSize, ...(token ? { startingToken: token } : {}) };
      for await (const page of paginateDescribeSpotPriceHistory(paging, input))
        yield { items: page.SpotPriceHistory ?? [], nextToken: page.NextToken };
    },
    close: () => client.destroy(),
  };
}
