import type { Config } from '../../../config/schema.js';
import type { ListPage } from '../listing.js';
import { openEc2 } from '../sdk.js';

const INSTANCES_PER_PAGE = 1000;
const VOLUMES_PER_PAGE = 500;
const REQUESTS_PER_PAGE = 1000;

export interface InstancesClient {
  readonly region: string;
  /** Instances, out of the reservations they come in. */
  instances(token: string | undefined, pageSize?: number): AsyncIterable<ListPage>;
  volumes(token: string | undefined): AsyncIterable<ListPage>;
  spotRequests(token: string | undefined): AsyncIterable<ListPage>;
  close(): void;
}

const withToken = (token: string | undefined) => (token ? { startingToken: token } : {});

export async function openInstancesClient(config: Config): Promise<InstancesClient> {
  const { client, region } = await openEc2(config);
  const { paginateDescribeInstances, paginateDescribeSpotInstanceRequests, paginateDescribeVolumes } = await import(
    '@aws-sdk/client-ec2'
  );
  return {
    region,
    async *instances(token, pageSize = INSTANCES_PER_PAGE) {
      for await (const page of paginateDescribeInstances({ client, pageSize, ...withToken(token) }, {}))
        yield {
          items: (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []),
          nextToken: page.NextToken,
        };
    },
    async *volumes(token) {
      const paging = { client, pageSize: VOLUMES_PER_PAGE, ...withToken(token) };
      for await (const page of paginateDescribeVolumes(paging, {}))
        yield { items: page.Volumes ?? [], nextToken: page.NextToken };
    },
    async *spotRequests(token) {
      const paging = { client, pageSize: REQUESTS_PER_PAGE, ...withToken(token) };
      for await (const page of paginateDescribeSpotInstanceRequests(paging, {}))
        yield { items: page.SpotInstanceRequests ?? [], nextToken: page.NextToken };
    },
    close: () => client.destroy(),
  };
}
